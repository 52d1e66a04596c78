//! Counters that are written in the transaction of what they count, so that they count it exactly once.

use crate::{audit::AuditEvent, request::TaskType, state::TaskState};

/// Spread over so many items, or a busy counter would make its writers collide.
pub const SHARDS: u8 = 16;

/// One thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counter {
    Created {
        task_type: TaskType,
    },
    /// The task came to this end; one that is retried or replaced may come to several.
    Completed {
        task_type: TaskType,
        outcome: TaskState,
    },
    /// A question that was answered before.
    CacheHit,
    CacheMiss,
}

impl Counter {
    /// What `event` counts as, if it counts.
    pub fn of(event: &AuditEvent, task_type: TaskType) -> Option<Self> {
        if event.from.is_none() {
            return Some(Self::Created { task_type });
        }
        let ends = matches!(event.to, TaskState::Published | TaskState::Failed) || event.to.is_closed();
        ends.then_some(Self::Completed { task_type, outcome: event.to })
    }

    /// The name under which it is kept.
    pub fn name(self) -> String {
        match self {
            Self::Created { task_type } => format!("tasks_created_total/{}", task_type.name()),
            Self::Completed { task_type, outcome } => {
                format!("tasks_completed_total/{}/{}", task_type.name(), outcome.name())
            }
            Self::CacheHit => "cache_hits_total".to_owned(),
            Self::CacheMiss => "cache_misses_total".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{audit::Actor, ids::TraceId};

    fn event(from: Option<TaskState>, to: TaskState) -> AuditEvent {
        AuditEvent {
            id: uuid::Uuid::nil(),
            event: String::new(),
            actor: Actor::Worker,
            from,
            to,
            reason: None,
            revision: None,
            at: Timestamp::UNIX_EPOCH,
            trace_id: TraceId::from_uuid(uuid::Uuid::nil()),
        }
    }

    #[test]
    fn only_beginnings_and_ends_count() {
        let of = |from, to| Counter::of(&event(from, to), TaskType::BlogPost).map(Counter::name);
        assert_eq!(of(None, TaskState::Pending).as_deref(), Some("tasks_created_total/blog_post"));
        assert_eq!(of(Some(TaskState::Pending), TaskState::Generating), None);
        assert_eq!(of(Some(TaskState::AwaitingApproval), TaskState::Approved), None);
        let published = of(Some(TaskState::Approved), TaskState::Published);
        assert_eq!(published.as_deref(), Some("tasks_completed_total/blog_post/published"));
        assert!(of(Some(TaskState::Generating), TaskState::Failed).is_some());
        assert!(of(Some(TaskState::Published), TaskState::Archived).is_some());
    }
}
