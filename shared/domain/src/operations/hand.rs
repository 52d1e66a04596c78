//! What operators do to a task of any tenant: send for it at once, and cancel it. The audit says that an operator did it, and the
//! operators' acts say who, as for a correction of costs.
//! Invariant: an operator changes no text, decides on none, and brings none to life.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    access::acts::{Acting, Recording},
    idempotency::claim::{ClaimError, Claimed, KeyReused, Keyed, Once},
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::TaskId,
        reason::OperatorReason,
    },
    outbox::announce,
    publishing::publish,
    queue::message::{Kind, Message, Queue},
    task::{
        audit::{Actor, AuditEvent, Context},
        record::Task,
        replay::replay_or,
        state::{IllegalMove, Lease, TaskState},
        store::{Change, CommitError, TaskStore},
    },
    tenancy::flags::{self, FlagStore},
};

/// How often a change is tried while a worker keeps writing.
const TRIES: u8 = 5;
/// The event of a task that was sent for.
const KICKED: &str = "kicked";

/// Why an operator ends a task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub reason: OperatorReason,
    /// Only while it stands so: a draft that is done meanwhile is not meant.
    #[serde(default)]
    pub status: Option<TaskState>,
}

#[derive(Debug, thiserror::Error)]
pub enum HandError {
    #[error("the task does not exist")]
    NotFound,
    #[error("the move is not allowed")]
    IllegalMove(#[from] IllegalMove),
    #[error("nothing is to be sent for: {1}")]
    NothingToSendFor(TaskState, Rests),
    /// It kept changing.
    #[error("the task has changed meanwhile and is now {0}")]
    Conflict(TaskState),
    #[error(transparent)]
    Claim(#[from] ClaimError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a task is not sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rests {
    #[error("no next step of it is Galley's")]
    Done,
    #[error("its content comes by webhook")]
    AwaitsContent,
    #[error("a worker has it until {0}")]
    Leased(Timestamp),
    #[error("it is to be published at {0}")]
    Scheduled(Timestamp),
    #[error("an operator has switched off what it waits for: see the flags")]
    Held,
}

/// What continues the task, if its next step is one of Galley's, and can be taken now.
fn next_step(task: &Task, now: Timestamp) -> Result<Kind, Rests> {
    match (task.state, task.due_at) {
        (TaskState::Pending, Some(_)) if task.awaits_content() => Err(Rests::AwaitsContent),
        (TaskState::Generating, Some(_)) => match (task.lease_at(now), task.lease_until) {
            (Lease::Held, Some(until)) => Err(Rests::Leased(until)),
            _ => Ok(Kind::Generate),
        },
        (TaskState::Pending, Some(_)) => Ok(Kind::Generate),
        (TaskState::Approved, Some(_)) => match task.publish_at.filter(|at| *at > now) {
            Some(at) => Err(Rests::Scheduled(at)),
            None => Ok(Kind::Publish),
        },
        _ => Err(Rests::Done),
    }
}

/// What an operator's change needs.
#[derive(Clone, Copy, Debug)]
pub struct Hand<'a, S, Q, C> {
    pub store: &'a S,
    pub queue: &'a Q,
    pub clock: &'a C,
    pub acting: &'a Acting,
}

/// A change, and the message that continues the task.
type Planned = Result<(Change, Option<Message>), HandError>;

impl<S: TaskStore + Recording, Q: Queue, C: Clock> Hand<'_, S, Q, C> {
    /// Sends for a task at once, as if it had just come: the waiting time before its next attempt, and how often the sweeper has sent
    /// for it, count no more. A repeat sends for it again, and does nothing else.
    ///
    /// # Errors
    /// See `HandError`; nothing was changed.
    pub async fn kick(&self, id: &TaskId, keyed: &Keyed<Task>) -> Result<Once<Task>, HandError>
    where
        S: FlagStore,
    {
        let flags = &flags::of_work(self.store).await;
        self.write(id, keyed, |task| {
            let context = self.context();
            let kind = next_step(task, context.at)
                .and_then(|kind| if flags.holds(kind, &task.tenant) { Err(Rests::Held) } else { Ok(kind) })
                .map_err(|rests| HandError::NothingToSendFor(task.state, rests))?;
            let message = Message::new(kind, task.tenant.clone(), task.id.as_str(), self.acting.trace_id.clone());
            Ok((kicked(task, &context), Some(message)))
        })
        .await
    }

    /// Ends a task; or, beside a live article, the work on what would have replaced it.
    ///
    /// # Errors
    /// See `HandError`; nothing was changed.
    pub async fn stop(&self, id: &TaskId, stop: &Stop, keyed: &Keyed<Task>) -> Result<Once<Task>, HandError> {
        self.write(id, keyed, |task| {
            if stop.status.is_some_and(|seen| seen != task.state) {
                return Err(HandError::Conflict(task.state));
            }
            let (next, event) = task.cancelled(Some(stop.reason.as_str()), &self.context())?;
            let mut change = Change::new(task.stamp(), next, vec![event]);
            change.live = publish::delisting(task, &change.task);
            Ok((change, None))
        })
        .await
    }

    fn context(&self) -> Context {
        Context::now(self.clock, Actor::Operator, &self.acting.trace_id)
    }

    /// Writes what `plan` makes of the task, with the claim. No worker's progress keeps an operator from it.
    async fn write(
        &self,
        id: &TaskId,
        keyed: &Keyed<Task>,
        plan: impl Fn(&Task) -> Planned + Send + Sync,
    ) -> Result<Once<Task>, HandError> {
        let mut present = TaskState::Pending;
        for _ in 0..TRIES {
            let task = self.store.task(id).await?.ok_or(HandError::NotFound)?;
            present = task.state;
            let (mut change, message) = match plan(&task) {
                Ok(planned) => planned,
                Err(refusal) => return self.replay_or(refusal, keyed).await,
            };
            let (next, events) = (change.task.clone(), change.events.clone());
            change.claim = keyed.record(&next, self.clock.now());
            let act = self.acting.act(self.clock, &task.tenant, &task.id);
            match self.store.with_act(act).commit(change).await {
                Ok(()) => {
                    self.send(&next, &events, message).await;
                    return Ok(Once::New(next));
                }
                Err(CommitError::Claimed(claimed)) => return Ok(Once::Replay(ClaimError::Claimed(claimed).replay()?)),
                Err(CommitError::InFlight) => return Err(ClaimError::InFlight.into()),
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(
                    CommitError::Stale
                    | CommitError::Contended
                    | CommitError::OverBudget(_)
                    | CommitError::SlugTaken
                    | CommitError::AlreadyProcessed,
                ) => {}
            }
        }
        self.replay_or(HandError::Conflict(present), keyed).await
    }

    async fn send(&self, task: &Task, events: &[AuditEvent], message: Option<Message>) {
        announce::announce(self.queue, task, events).await;
        if let Some(message) = message
            && let Err(error) = self.queue.send(&message).await
        {
            tracing::warn!(task_id = %task.id, error = chain(&error), "what was sent for is left to the sweeper");
        }
    }

    /// Whoever lost the answer and asks again is told it, whatever has become of the task since.
    async fn replay_or(&self, refusal: HandError, keyed: &Keyed<Task>) -> Result<Once<Task>, HandError> {
        replay_or(refusal, keyed.claim.as_ref(), self.store, self.clock.now()).await.map(Once::Replay)
    }
}

/// The task as it is sent for. A reader of its events sees that, so its version rises.
fn kicked(task: &Task, context: &Context) -> Change {
    let mut next = task.clone();
    next.version += 1;
    next.updated_at = context.at;
    next.due_at = Some(context.at + context.timings.grace());
    let event = AuditEvent {
        id: context.event_id,
        event: KICKED.to_owned(),
        actor: context.actor.clone(),
        from: Some(task.state),
        to: task.state,
        reason: None,
        revision: None,
        about: None,
        comment: None,
        at: context.at,
        trace_id: context.trace_id.clone(),
    };
    Change::new(task.stamp(), next, vec![event])
}

impl From<KeyReused> for HandError {
    fn from(_: KeyReused) -> Self {
        ClaimError::Claimed(Claimed::KeyReused).into()
    }
}
