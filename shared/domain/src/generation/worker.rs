//! A worker and the task that it has leased. Every write goes through here.
//! Invariant: every write is conditional on the version and the fence of this claim, so a worker that was overtaken
//! leaves nothing behind but the settlement of a call that it made.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use futures_util::{future, lock::Mutex};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    agents::{cast::Cast, registry::AgentUsed, store::AgentStore},
    generation::{
        breaker::BreakerStore,
        services::{AnswerStore, ImageSearch, LinkChecker, Researcher},
        stages::Stage,
        transcript::TranscriptStore,
    },
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{TenantId, TraceId},
    },
    metrics::{
        Metric,
        stats::{StatStore, Tally},
    },
    models::{
        ask::{LanguageModel, ProviderError},
        catalogue::Catalogue,
        id::ProviderId,
        phase::{Phase, Routed},
        price::Price,
    },
    money::{
        budget::{Cap, Caps, CostStore},
        ledger::Settlement,
    },
    outbox::announce,
    publishing::near::NearStore,
    queue::message::{Kind, Message, Queue},
    task::{
        audit::{Actor, Context},
        comment::{CommentStore, Told},
        record::Task,
        revision::Revision,
        store::{Change, Checkpoint, CommitError, Ledger, TaskStore},
    },
    tenancy::{
        flags::{FlagCache, FlagStore, Flags},
        registry::RegistryStore,
        settings::{Policy, TenantStore},
    },
};

/// What a worker keeps for itself at the end of its time: enough to hand over.
pub const RESERVE: SignedDuration = SignedDuration::from_secs(30);
/// How often a write whose answer was lost is made again.
const WRITE_TRIES: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkOutcome {
    Drafted,
    /// The rest goes to another worker, by a new message.
    HandedOver,
    /// The attempt failed and another may succeed after this long.
    RetryIn(Duration),
    GaveUp,
    /// A duplicate, another's task by now, or none of ours.
    NothingToDo(&'static str),
    /// Somebody took the task over; nothing of this attempt's result was kept.
    LostLease,
}

#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a stage's data is not JSON")]
    Stage(#[from] serde_json::Error),
}

/// What one task may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    pub attempts: u32,
    /// Work on one attempt, waiting in the queue not counted.
    pub attempt: SignedDuration,
    /// For so long a task waits for providers that do not answer, without an attempt being counted.
    pub outage: SignedDuration,
    /// One call of a model.
    pub call: Duration,
    /// What may be spent, where a tenant has no caps of its own.
    pub caps: Caps,
}

/// The parts of the table that the work needs.
pub trait WorkStore:
    TaskStore
    + CommentStore
    + BreakerStore
    + TenantStore
    + RegistryStore
    + TranscriptStore
    + CostStore
    + FlagStore
    + AnswerStore
    + StatStore
    + NearStore
    + AgentStore
{
}
impl<T> WorkStore for T where
    T: TaskStore
        + CommentStore
        + BreakerStore
        + TenantStore
        + RegistryStore
        + TranscriptStore
        + CostStore
        + FlagStore
        + AnswerStore
        + StatStore
        + NearStore
        + AgentStore
{
}

/// What is asked of the world besides models: searches, photographs, where links lead.
pub trait WebServices: Researcher + ImageSearch + LinkChecker {}
impl<T: Researcher + ImageSearch + LinkChecker> WebServices for T {}

/// What a worker needs.
#[derive(Clone, Debug)]
pub struct Worker<S, Q, C, M, O> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
    pub models: M,
    pub web: O,
    pub catalogue: Arc<Catalogue>,
    /// What a model of the deployment's own endpoint costs.
    pub custom_price: Price,
    pub limits: WorkLimits,
    pub flags: FlagCache,
}

/// Why the work stopped before its end.
pub(super) enum Interruption {
    Lost,
    /// The function's time is over, not the attempt's.
    OutOfTime,
    AttemptTooLong,
    Failed(Stage, ProviderError),
    /// The next call could cost more than is left.
    OverBudget(Stage, Cap),
    /// As the table says it, which knows no stage.
    Refused(Cap),
    Unfit(String),
    Error(WorkError),
}

impl<E: Into<WorkError>> From<E> for Interruption {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// One claim on a task.
pub(super) struct LeasedTask<'a> {
    /// The task as it was claimed: its request, round and attempt do not change while it is held.
    pub(super) start: Task,
    /// As this worker last wrote it. Steps that run side by side take turns with it.
    pub(super) task: Mutex<Task>,
    pub(super) previous: Option<Revision>,
    /// What people want of the next text: the feedback, and their open comments.
    pub(super) told: Told,
    pub(super) checkpoints: Vec<Checkpoint>,
    /// Who does which phase, where the request names somebody.
    pub(super) cast: Cast,
    /// The phases of which an answer was kept.
    pub(super) done: StdMutex<BTreeSet<Phase>>,
    pub(super) policy: Policy,
    pub(super) caps: Caps,
    /// Providers that are off for this tenant.
    pub(super) switched_off: BTreeSet<ProviderId>,
    pub(super) trace_id: &'a TraceId,
    /// When the function ends.
    pub(super) deadline: Timestamp,
    pub(super) claimed_at: Timestamp,
    /// What its calls of providers came to, for `/metrics`.
    pub(super) calls: CallTallies,
}

/// What calls of providers came to, collected while an attempt lasts: they are counted in the table once, at its end.
#[derive(Debug, Default)]
pub(super) struct CallTallies(StdMutex<BTreeMap<Metric, Tally>>);

impl CallTallies {
    pub(super) fn add(&self, metric: Metric, add: impl FnOnce(&mut Tally)) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        add(held.entry(metric).or_insert_with(|| Tally::of_nothing(metric)));
    }

    fn take(&self) -> Vec<Tally> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_values().collect()
    }
}

impl LeasedTask<'_> {
    /// Notes that somebody did a phase.
    pub(super) fn did(&self, phase: Phase) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).insert(phase);
    }

    /// The agents by which the text was made.
    pub(super) fn made_by(&self) -> BTreeMap<Phase, AgentUsed> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = self.cast.iter().filter(|(phase, _)| done.contains(phase));
        parts.map(|(phase, part)| (*phase, part.used.clone())).collect()
    }

    /// Takes in what a settlement that was written apart from the task has changed of its cost.
    pub(super) async fn settled(&self, settlement: &Settlement) {
        self.task.lock().await.charge(settlement.phase, settlement.difference());
    }
}

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// The flags, unless they hold work of this kind. What was known may be thirty seconds old, and what is sent for because it is back
    /// must not be dropped for that.
    pub async fn unless_held(&self, kind: Kind, tenant: &TenantId) -> Option<Flags> {
        let now = self.clock.now();
        let known = self.flags.flags(&self.store, now).await;
        if !known.holds(kind, tenant) {
            return Some(known);
        }
        let anew = self.flags.anew(&self.store, now).await;
        (!anew.holds(kind, tenant)).then_some(anew)
    }

    /// Counts what the calls of an attempt came to. Where that fails, or the process dies before, `/metrics` is short of it; the metrics in
    /// the log are complete.
    pub(super) async fn count_calls(&self, leased: &LeasedTask<'_>) {
        let (now, task) = (self.clock.now(), leased.start.id.as_str());
        let counted = leased.calls.take().into_iter().map(async |tally| {
            if let Err(error) = self.store.tally(&tally, task, now).await {
                tracing::warn!(metric = tally.metric.name(), error = chain(&error), "calls were not counted");
            }
        });
        future::join_all(counted).await;
    }

    /// Keeps a step's result, what is known of who did it, and the end of the call that it took, in one write.
    pub(super) async fn keep(
        &self,
        leased: &LeasedTask<'_>,
        stage: Stage,
        input_hash: &str,
        output: &impl Serialize,
        settlement: Option<Settlement>,
        routed: Option<Routed>,
    ) -> Result<(), Interruption> {
        let checkpoint = self.checkpoint(leased, stage, input_hash, output)?;
        let now = self.clock.now();
        // A search that answers ends no outage of those whom the work cannot do without.
        let by_model = |ended: &Settlement| self.catalogue.providers.keys().any(|one| one.as_str() == ended.provider);
        let answered = settlement.as_ref().is_some_and(by_model);
        self.write(leased, |task| {
            let mut next = task.progressed(stage.progress(), now);
            if answered {
                next.outage_since = None;
            }
            if let Some(routed) = routed {
                next.models.insert(stage.phase(), routed);
            }
            let ledger = settlement.map_or(Ledger::None, |settlement| Ledger::Settled(Box::new(settlement)));
            let mut change = Change { ledger, ..Change::new(task.stamp(), next, Vec::new()) };
            change.checkpoint = Some(checkpoint);
            Ok(change)
        })
        .await
    }

    pub(super) fn checkpoint(
        &self,
        leased: &LeasedTask<'_>,
        stage: Stage,
        input_hash: &str,
        output: &impl Serialize,
    ) -> Result<Checkpoint, Interruption> {
        Ok(Checkpoint {
            round: leased.start.round,
            number: stage.number(),
            input_hash: input_hash.to_owned(),
            output: serde_json::to_value(output)?,
            at: self.clock.now(),
        })
    }

    /// Writes under the fence. A lost answer may hide a write that happened, and what it kept may have been paid for:
    /// so it is made again, and if that finds the task changed, the change may be our own.
    pub(super) async fn write(
        &self,
        leased: &LeasedTask<'_>,
        change: impl FnOnce(&Task) -> Result<Change, Interruption> + Send,
    ) -> Result<(), Interruption> {
        let mut present = leased.task.lock().await;
        let mut change = change(&present)?;
        self.renew_with(&mut change.task);
        let mut next = change.task.clone();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.commit(change.clone()).await {
                Ok(()) => break,
                Err(CommitError::OverBudget(cap)) => return Err(Interruption::Refused(cap)),
                Err(CommitError::Store(error @ StoreError::Invalid(_))) => return Err(error.into()),
                Err(CommitError::Store(error)) if tries == WRITE_TRIES => return Err(error.into()),
                Err(error @ (CommitError::Store(_) | CommitError::Contended)) if tries < WRITE_TRIES => {
                    tracing::warn!(task_id = %next.id, tries, error = chain(&error), "the write is made again");
                    self.clock.sleep(self.clock.timings().retry_soon(tries, self.clock.random())).await;
                }
                Err(error @ CommitError::Contended) => return Err(StoreError::Unavailable(error.into()).into()),
                Err(_) if tries > 1 && self.is_written(&next).await? => break,
                Err(_) => return Err(Interruption::Lost),
            }
        }
        match &change.ledger {
            Ledger::None => {}
            Ledger::Intent(intent) => {
                let micros = intent.call.quote.reserved.micros();
                next.charge(intent.call.phase, i64::try_from(micros).unwrap_or(i64::MAX));
            }
            Ledger::Settled(settlement) => next.charge(settlement.phase, settlement.difference()),
        }
        *present = next;
        Ok(())
    }

    /// Whether the task stands as `next` says. Nobody else can have brought it there: a version is written once, and
    /// under this state and fence by this worker alone.
    async fn is_written(&self, next: &Task) -> Result<bool, StoreError> {
        let present = self.store.load(&next.id).await?;
        Ok(present.is_some_and(|(task, _)| {
            task.stamp() == next.stamp() && task.state == next.state && task.updated_at == next.updated_at
        }))
    }

    /// Commits, and has whoever asked for it told.
    pub(super) async fn commit(&self, change: Change) -> Result<(), CommitError> {
        let (task, events) = (change.task.clone(), change.events.clone());
        self.store.commit(change).await?;
        announce::announce(&self.queue, &task, &events).await;
        Ok(())
    }

    pub(super) fn context(&self, trace_id: &TraceId) -> Context {
        Context::now(&self.clock, Actor::Worker, trace_id)
    }

    pub(super) fn message(task: &Task, trace_id: &TraceId) -> Message {
        Message::generate(task.tenant.clone(), &task.id, trace_id.clone())
    }
}
