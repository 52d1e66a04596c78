//! The items of a task. They are not the domain's types: stored data outlives a release, so these change only with a new
//! `schema_version`.

use std::collections::BTreeMap;

use galley_domain::{
    agents::registry::AgentUsed,
    content::quality::{Quality, Score},
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId, TenantId, TraceId},
        usd::MicroUsd,
    },
    models::phase::{Phase, Routed},
    task::{
        assignment::Assignment,
        audit::AuditEvent,
        record::{Approval, Failure, Live, Progress, QuotaPlace, Task},
        request::TaskRequest,
        revision::Revision,
        state::TaskState,
        store::Checkpoint,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dynamodb::{
    items::{Item, SCHEMA_VERSION, due_shard, from_item, item_at, n, s, to_item, unreadable},
    keys,
};

/// A task's `META`. Attributes that the list's index does not project have defaults.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredTask {
    schema_version: u32,
    pk: String,
    tenant: TenantId,
    requested_by: Subject,
    request: TaskRequest,
    state: TaskState,
    version: u64,
    attempt: u32,
    #[serde(default)]
    round: u32,
    #[serde(default)]
    fence: u64,
    #[serde(default)]
    lease_until: Option<i64>,
    #[serde(default)]
    worked_ms: Option<i64>,
    #[serde(default)]
    due_at: Option<i64>,
    publish_at: Option<Timestamp>,
    progress: Progress,
    revision: u32,
    title: Option<String>,
    excerpt: Option<String>,
    quality: Option<Quality>,
    quality_score: Option<Score>,
    #[serde(default)]
    feedback: Option<String>,
    error: Option<Failure>,
    #[serde(default)]
    outage_since: Option<Timestamp>,
    approval: Option<Approval>,
    live: Option<Live>,
    cost: BTreeMap<Phase, u64>,
    #[serde(default)]
    models: Option<BTreeMap<Phase, Routed>>,
    #[serde(default)]
    agents: Option<BTreeMap<Phase, AgentUsed>>,
    #[serde(default)]
    quality_bar: Option<Score>,
    #[serde(default)]
    refunded: bool,
    #[serde(default)]
    place: Option<QuotaPlace>,
    #[serde(default = "no_trace")]
    trace_id: TraceId,
    times: Times,
}

/// Lists show no trace.
fn no_trace() -> TraceId {
    TraceId::from_uuid(Uuid::nil())
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Times {
    created_at: Timestamp,
    updated_at: Timestamp,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    /// Who is to see to it. Here, because the list's indexes project `times`, and take no more names. An older release leaves it out of what
    /// it writes, so what is assigned while two of them run may have to be assigned again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assigned: Option<StoredAssignment>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredAssignment {
    assignee: Option<Subject>,
    number: u32,
}

impl From<&Assignment> for StoredAssignment {
    fn from(assignment: &Assignment) -> Self {
        Self { assignee: assignment.assignee.clone(), number: assignment.number }
    }
}

impl From<&Task> for StoredTask {
    fn from(task: &Task) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            pk: keys::task_pk(&task.id),
            tenant: task.tenant.clone(),
            requested_by: task.requested_by.clone(),
            request: task.request.clone(),
            state: task.state,
            version: task.version,
            attempt: task.attempt,
            round: task.round,
            fence: task.fence,
            lease_until: task.lease_until.map(Timestamp::as_millisecond),
            worked_ms: i64::try_from(task.worked.as_millis()).ok(),
            due_at: task.due_at.map(Timestamp::as_millisecond),
            publish_at: task.publish_at,
            progress: task.progress.clone(),
            revision: task.revision,
            title: task.title.clone(),
            excerpt: task.excerpt.clone(),
            quality: task.quality.clone(),
            quality_score: task.quality_score,
            feedback: task.feedback.clone(),
            error: task.error.clone(),
            outage_since: task.outage_since,
            approval: task.approval.clone(),
            live: task.live.clone(),
            // Every phase is written from the start, because a later ADD needs an existing path.
            cost: Phase::ALL
                .iter()
                .map(|phase| (*phase, task.cost.get(phase).copied().unwrap_or(MicroUsd::ZERO).micros()))
                .collect(),
            models: Some(task.models.clone()),
            agents: (!task.agents.is_empty()).then(|| task.agents.clone()),
            quality_bar: task.quality_bar,
            refunded: task.refunded,
            place: task.place.clone(),
            trace_id: task.trace_id.clone(),
            times: Times {
                created_at: task.created_at,
                updated_at: task.updated_at,
                started_at: task.started_at,
                completed_at: task.completed_at,
                assigned: (task.assignment.number > 0).then(|| StoredAssignment::from(&task.assignment)),
            },
        }
    }
}

impl TryFrom<StoredTask> for Task {
    type Error = StoreError;

    fn try_from(stored: StoredTask) -> Result<Self, StoreError> {
        let id = stored.pk.strip_prefix(keys::TASK_PREFIX).unwrap_or_default();
        let time = |ms: Option<i64>| {
            ms.map(Timestamp::from_millisecond).transpose().map_err(|error| unreadable("task", error))
        };
        Ok(Self {
            id: TaskId::new(id).map_err(|error| unreadable("task", error))?,
            tenant: stored.tenant,
            requested_by: stored.requested_by,
            request: stored.request,
            state: stored.state,
            version: stored.version,
            attempt: stored.attempt,
            round: stored.round,
            fence: stored.fence,
            lease_until: time(stored.lease_until)?,
            worked: SignedDuration::from_millis(stored.worked_ms.unwrap_or(0)),
            due_at: time(stored.due_at)?,
            publish_at: stored.publish_at,
            progress: stored.progress,
            revision: stored.revision,
            title: stored.title,
            excerpt: stored.excerpt,
            quality: stored.quality,
            quality_score: stored.quality_score,
            feedback: stored.feedback,
            error: stored.error,
            outage_since: stored.outage_since,
            assignment: stored.times.assigned.map_or_else(
                Assignment::default,
                |StoredAssignment { assignee, number }| Assignment { assignee, number },
            ),
            approval: stored.approval,
            live: stored.live,
            cost: stored.cost.into_iter().map(|(phase, micros)| (phase, MicroUsd::from_micros(micros))).collect(),
            models: stored.models.unwrap_or_default(),
            agents: stored.agents.unwrap_or_default(),
            quality_bar: stored.quality_bar,
            refunded: stored.refunded,
            place: stored.place,
            trace_id: stored.trace_id,
            created_at: stored.times.created_at,
            updated_at: stored.times.updated_at,
            started_at: stored.times.started_at,
            completed_at: stored.times.completed_at,
        })
    }
}

/// A task's whole item, as it is first written.
pub(crate) fn task_item(task: &Task) -> Result<Item, StoreError> {
    let mut item = to_item("task", &StoredTask::from(task))?;
    let (pk, sk) = keys::task(&task.id);
    item.insert("list_pk".into(), s(keys::list_of(&task.tenant, "TASK")));
    item.insert("list_sk".into(), s(keys::list_sort(task.created_at, task.id.as_str())));
    item.insert("state_pk".into(), s(state_pk(task)));
    item.insert("resends".into(), n(0));
    match task.due_at {
        Some(_) => item.insert("due_shard".into(), due_shard(&pk)),
        None => item.remove("due_at"),
    };
    item.insert("sk".into(), s(sk));
    Ok(item)
}

pub(crate) fn state_pk(task: &Task) -> String {
    keys::list_of(&task.tenant, task.state.name())
}

/// Reads a task's item, whole or as an index shows it.
pub(crate) fn task_from(item: Item) -> Result<Task, StoreError> {
    from_item::<StoredTask>("task", item)?.try_into()
}

pub(crate) fn revision_from(item: Item) -> Result<Revision, StoreError> {
    from_item("revision", item)
}

pub(crate) fn event_from(item: Item) -> Result<AuditEvent, StoreError> {
    from_item("event", item)
}

#[derive(Serialize, Deserialize)]
struct StoredCheckpoint {
    round: u32,
    number: u8,
    input_hash: String,
    /// JSON text: a map of DynamoDB would lose the difference between whole and broken numbers.
    output: String,
    at: Timestamp,
}

pub(crate) fn checkpoint_item(key: keys::Key, checkpoint: &Checkpoint) -> Result<Item, StoreError> {
    let stored = StoredCheckpoint {
        round: checkpoint.round,
        number: checkpoint.number,
        input_hash: checkpoint.input_hash.clone(),
        output: checkpoint.output.to_string(),
        at: checkpoint.at,
    };
    item_at(key, "checkpoint", &stored)
}

pub(crate) fn checkpoint_from(item: Item) -> Result<Checkpoint, StoreError> {
    let stored: StoredCheckpoint = from_item("checkpoint", item)?;
    let output = serde_json::from_str(&stored.output).map_err(|error| unreadable("checkpoint", error))?;
    let StoredCheckpoint { round, number, input_hash, at, .. } = stored;
    Ok(Checkpoint { round, number, input_hash, output, at })
}

#[cfg(test)]
mod tests {
    use galley_domain::task::audit::{Actor, Context};
    use serde_json::json;

    use super::*;

    fn task() -> Task {
        let request: TaskRequest = serde_json::from_value(json!({
            "topic": "How HTTP caching works", "tags": ["http"], "max_cost_usd": "0.5", "metadata": {"a": "b"},
            "models_by_phase": {"draft": "m"}, "callback_url": "https://example.com/x",
        }))
        .unwrap();
        let context = Context {
            actor: Actor::Worker,
            at: "2026-11-20T12:00:00.123456789Z".parse().unwrap(),
            event_id: Uuid::nil(),
            trace_id: TraceId::from_uuid(Uuid::nil()),
            timings: galley_domain::kernel::timings::Timings::default(),
        };
        let (tenant, subject) = (TenantId::new("acme").unwrap(), Subject::new("ana").unwrap());
        Task::accept(TaskId::from_uuid(Uuid::nil()), tenant, subject, request, &context).0
    }

    use uuid::Uuid;

    #[test]
    fn a_newer_schema_is_refused_unharmed() {
        let mut item = task_item(&task()).unwrap();
        item.insert("schema_version".into(), n(2));
        assert!(matches!(task_from(item), Err(StoreError::NewerSchema { found: 2, .. })));
    }

    #[test]
    fn an_older_schema_is_read_with_what_it_lacks_at_rest() {
        let mut item = task_item(&task()).unwrap();
        for later in ["worked_ms", "refunded", "place", "feedback"] {
            item.remove(later);
        }
        item.insert("schema_version".into(), n(0));
        item.insert("left_by_an_older_release".into(), s("x"));
        let read = task_from(item).unwrap();
        assert_eq!((read.worked, read.refunded, read.place, read.feedback), (SignedDuration::ZERO, false, None, None));
    }

    #[test]
    fn a_task_of_before_languages_is_in_english() {
        let read = task_from(task_item(&task()).unwrap()).unwrap();
        assert_eq!((read.request.language, read.request.language().as_str()), (None, "en"));
    }

    #[test]
    fn a_task_reads_as_it_was_written() {
        let task = task();
        let read = task_from(task_item(&task).unwrap()).unwrap();
        assert_eq!(read.request, task.request);
        // Milliseconds are what due and lease times keep.
        assert_eq!(read.due_at.map(Timestamp::as_millisecond), task.due_at.map(Timestamp::as_millisecond));
        assert_eq!(read.created_at, task.created_at);
    }
}
