//! A task as operators see it: where it stands, what was done to it and what was sent, without its text, without what was asked for
//! and without anybody's words or name.

use galley_domain::{
    content::kind::TaskType,
    idempotency::claim::SavedResponse,
    kernel::{
        ids::{TaskId, TenantId, TraceId},
        mask::Masked,
        usd::MicroUsd,
    },
    models::phase::Phase,
    money::ledger::{ModelCall, Quote},
    operations::account::Account,
    outbox::deliver::{Delivery, DeliveryState},
    task::{
        audit::{Actor, ActorKind, AuditEvent},
        record::{Failure, Task},
        state::{Generator, TaskState},
    },
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{delivery::TryView, saved::saved};

/// Where a task stands.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = HandledTask))]
pub struct HandledTaskView {
    pub task_id: TaskId,
    pub tenant: TenantId,
    pub task_type: TaskType,
    pub generator: Generator,
    pub status: TaskState,
    pub version: u64,
    pub round: u32,
    pub attempt: u32,
    /// The newest; 0 while there is none.
    pub revision: u32,
    /// What a worker, or whoever waits, was at last.
    pub stage: String,
    /// How long a worker has it, if it is not silent before.
    pub lease_until: Option<Timestamp>,
    /// When the sweeper sends for it; null where nothing is to be done.
    pub due_at: Option<Timestamp>,
    pub publish_at: Option<Timestamp>,
    /// Whether an article of it is live.
    pub is_live: bool,
    pub error: Option<InspectedFailure>,
    /// Since when nobody has answered whom its work needs; null while somebody does.
    pub outage_since: Option<Timestamp>,
    pub trace_id: TraceId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

/// Why the last attempt failed, by its code.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InspectedFailure {
    pub code: String,
    pub stage: String,
    pub attempt: u32,
}

impl From<Failure> for InspectedFailure {
    fn from(Failure { code, stage, attempt, message: _ }: Failure) -> Self {
        Self { code, stage, attempt }
    }
}

/// Where a task stands, what it has come to, and whom its worker waits for.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = InspectedTask))]
pub struct InspectedTaskView {
    #[serde(flatten)]
    task: HandledTaskView,
    /// What its calls cost, as providers reported or operators corrected.
    cost_usd: MicroUsd,
    /// What counts besides, for calls of which nobody has said what they cost.
    reserved_usd: MicroUsd,
    /// The calls of providers that its worker waits for, the newest first.
    waits_for: Vec<OpenCallView>,
}

/// A call of a provider that is not answered yet.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = OpenCall))]
struct OpenCallView {
    call_id: Uuid,
    provider: String,
    model: String,
    phase: Phase,
    /// When it began.
    at: Timestamp,
    reserved_usd: MicroUsd,
}

impl From<ModelCall> for OpenCallView {
    fn from(call: ModelCall) -> Self {
        let (reserved_usd, Quote { provider, model, .. }) = (call.reserved(), call.quote);
        Self { call_id: call.id, provider, model, phase: call.phase, at: call.at, reserved_usd }
    }
}

impl InspectedTaskView {
    pub fn of(task: &Task, Account { cost, reserved, open }: Account) -> Self {
        let waits_for = open.into_iter().map(OpenCallView::from).collect();
        Self { task: task.into(), cost_usd: cost, reserved_usd: reserved, waits_for }
    }
}

impl From<&Task> for HandledTaskView {
    fn from(task: &Task) -> Self {
        Self {
            task_id: task.id.clone(),
            tenant: task.tenant.clone(),
            task_type: task.request.task_type,
            generator: task.request.generator,
            status: task.state,
            version: task.version,
            round: task.round,
            attempt: task.attempt,
            revision: task.revision,
            stage: task.progress.stage.clone(),
            lease_until: task.lease_until,
            due_at: task.due_at,
            publish_at: task.publish_at,
            is_live: task.live.is_some(),
            error: task.error.clone().map(InspectedFailure::from),
            outage_since: task.outage_since,
            trace_id: task.trace_id.clone(),
            created_at: task.created_at,
            updated_at: task.updated_at,
            started_at: task.started_at,
            completed_at: task.completed_at,
        }
    }
}

/// The answer to what an operator did to a task, as it is kept for a replay.
pub fn inspected(task: &Task) -> SavedResponse {
    saved(200, &HandledTaskView::from(task))
}

/// What has happened to a task.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = InspectedEvent))]
pub struct InspectedEventView {
    pub event_id: Uuid,
    pub event: String,
    /// Of what kind whoever did it is.
    pub actor: ActorKind,
    pub from: Option<TaskState>,
    pub to: TaskState,
    /// The cause that Galley found, or an operator's reason; what people of the tenant say is theirs.
    pub reason: Option<Masked>,
    pub revision: Option<u32>,
    pub at: Timestamp,
    pub trace_id: TraceId,
}

impl From<AuditEvent> for InspectedEventView {
    fn from(event: AuditEvent) -> Self {
        let (actor, ours) = match event.actor {
            Actor::Person { .. } => (ActorKind::Person, false),
            Actor::Operator => (ActorKind::Operator, true),
            Actor::Worker => (ActorKind::Worker, true),
            Actor::Sweeper => (ActorKind::Sweeper, true),
            Actor::Webhook { .. } => (ActorKind::Webhook, false),
            Actor::Schedule { .. } => (ActorKind::Schedule, false),
        };
        Self {
            event_id: event.id,
            event: event.event,
            actor,
            from: event.from,
            to: event.to,
            reason: event.reason.filter(|_| ours),
            revision: event.revision,
            at: event.at,
            trace_id: event.trace_id,
        }
    }
}

/// An event that was sent, or is to be sent, to a callback URL. A URL may have a secret in it, so its host alone is told.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = InspectedDelivery))]
pub struct InspectedDeliveryView {
    pub delivery_id: Uuid,
    pub event_type: String,
    pub host: String,
    /// `pending`, `delivered` or `failed`.
    pub status: DeliveryState,
    pub tries: Vec<TryView>,
    pub next_try_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl From<Delivery> for InspectedDeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery_id: delivery.id,
            event_type: delivery.event_type,
            host: delivery.url.host().to_owned(),
            status: delivery.state,
            tries: delivery.tries.into_iter().map(TryView::from).collect(),
            next_try_at: delivery.next_at,
            created_at: delivery.created_at,
        }
    }
}
