//! The audit trail: one entry for each move, written with it or not at all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    kernel::{
        clock::Clock,
        ids::{CommentId, ScheduleId, Subject, TraceId},
        mask::Masked,
        timings::Timings,
    },
    task::state::TaskState,
};

galley_api::rule::choice!(
    /// Of what kind whoever did something is.
    ActorKind {
        Person => "person",
        Operator => "operator",
        Worker => "worker",
        Sweeper => "sweeper",
        Webhook => "webhook",
        Schedule => "schedule",
    }
);

/// Who made a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Person {
        subject: Subject,
    },
    /// Somebody of the operator's, who is none of the tenant's people: whoever it was stands in the operators' acts.
    Operator,
    Worker,
    Sweeper,
    /// A webhook's source, as subject.
    Webhook {
        subject: Subject,
    },
    /// A schedule, whose owner asks for the task.
    Schedule {
        schedule: ScheduleId,
    },
}

/// Whom an event is about, beside whoever did it: kept as an actor is, so that an erasure finds both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    pub subject: Subject,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    pub id: Uuid,
    pub event: String,
    pub actor: Actor,
    /// `None` for the event that made the task.
    pub from: Option<TaskState>,
    pub to: TaskState,
    /// A person's words or a cause's code.
    pub reason: Option<Masked>,
    pub revision: Option<u32>,
    /// Who is to see to the task from now on, or was until now; or who was mentioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Whom>,
    /// The comment that it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<CommentId>,
    pub at: Timestamp,
    pub trace_id: TraceId,
}

/// What every move wants to know of its circumstances.
#[derive(Clone, Debug)]
pub struct Context {
    pub actor: Actor,
    pub at: Timestamp,
    pub event_id: Uuid,
    pub trace_id: TraceId,
    pub timings: Timings,
}

impl Context {
    /// The circumstances of a move that `actor` makes now.
    pub fn now(clock: &impl Clock, actor: Actor, trace_id: &TraceId) -> Self {
        Self { actor, at: clock.now(), event_id: clock.uuid(), trace_id: trace_id.clone(), timings: clock.timings() }
    }
}
