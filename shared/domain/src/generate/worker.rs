//! One worker's hold on one task: claim, do the work, let go.
//! Invariant: every write is conditional on the version and the fence of this claim, so a worker that was overtaken
//! leaves nothing behind but the settlement of a call that it made.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

use futures_util::{
    future::{self, Either},
    lock::Mutex,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use super::ending::{Refund, hopeless};
use super::stages::Stage;
use crate::{
    audit::Actor,
    costs::{self, Cap, day_of},
    deliver,
    flags::{FlagCache, FlagName},
    ids::{TaskId, TenantId, TraceId},
    ledger::{Price, Settlement},
    message::Message,
    metrics::{self, Metric},
    models::{ProviderError, ProviderId, catalogue::Catalogue, router::Routed},
    money::MicroUsd,
    ports::{
        AnswerStore, BreakerStore, Change, Checkpoint, Clock, CommitError, CostStore, FlagStore, LanguageModel, Ledger,
        LinkChecker, Photographs, Queue, Researcher, StatStore, StoreError, TaskStore, TenantStore, TranscriptStore,
    },
    report::chain,
    revision::Revision,
    task::{Context, Task},
    tenant::{Caps, Policy},
};

/// What a worker keeps for itself at the end of its time: enough to hand over.
pub const RESERVE: SignedDuration = SignedDuration::from_secs(30);
/// How often a write whose answer was lost is made again.
const WRITE_TRIES: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
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
    /// One call of a model.
    pub call: Duration,
    /// What may be spent, where a tenant has no caps of its own.
    pub caps: Caps,
}

/// The parts of the table that the work needs.
pub trait Table:
    TaskStore + BreakerStore + TenantStore + TranscriptStore + CostStore + FlagStore + AnswerStore + StatStore
{
}
impl<T> Table for T where
    T: TaskStore + BreakerStore + TenantStore + TranscriptStore + CostStore + FlagStore + AnswerStore + StatStore
{
}

/// What is asked of the world besides models: searches, photographs, where links lead.
pub trait Outside: Researcher + Photographs + LinkChecker {}
impl<T: Researcher + Photographs + LinkChecker> Outside for T {}

/// What a worker needs.
#[derive(Clone, Debug)]
pub struct Worker<S, Q, C, M, O> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
    pub models: M,
    pub outside: O,
    pub catalogue: Arc<Catalogue>,
    /// What a model of the deployment's own endpoint costs.
    pub custom_price: Price,
    pub limits: WorkLimits,
    pub flags: FlagCache,
}

/// Why the work stopped before its end.
pub(super) enum Stopped {
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

impl<E: Into<WorkError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// One claim on a task.
pub(super) struct Hold<'a> {
    /// The task as it was claimed: its request, round and attempt do not change while it is held.
    pub(super) start: Task,
    /// As this worker last wrote it. Steps that run side by side take turns with it.
    task: Mutex<Task>,
    pub(super) previous: Option<Revision>,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) policy: Policy,
    pub(super) caps: Caps,
    /// Providers that are off for this tenant.
    pub(super) switched_off: BTreeSet<ProviderId>,
    pub(super) trace_id: &'a TraceId,
    /// When the function ends.
    pub(super) deadline: Timestamp,
    pub(super) claimed_at: Timestamp,
}

impl Hold<'_> {
    /// Takes in what a settlement that was written apart from the task has changed of its cost.
    pub(super) async fn settled(&self, settlement: &Settlement) {
        self.task.lock().await.charge(settlement.phase, settlement.difference());
    }
}

impl<S: Table, Q: Queue, C: Clock, M: LanguageModel, O: Outside> Worker<S, Q, C, M, O> {
    /// Works on a task until it rests, the time is up or the lease is lost.
    ///
    /// # Errors
    /// See `WorkError`; the message may be delivered again.
    pub async fn generate(
        &self,
        tenant: &TenantId,
        id: &TaskId,
        trace_id: &TraceId,
        deadline: Timestamp,
    ) -> Result<Outcome, WorkError> {
        let Some((task, previous)) = self.store.load(id).await? else {
            return Ok(Outcome::NothingToDo("no such task"));
        };
        if task.tenant != *tenant {
            return Ok(Outcome::NothingToDo("another tenant's task"));
        }
        if let Some((failure, refund)) = hopeless(&task, self.limits.attempts, self.clock.now()) {
            return self.give_up(&task, failure, refund, trace_id).await;
        }
        let flags = self.flags.flags(&self.store, self.clock.now()).await;
        if flags.is_debugged(id, tenant) {
            tracing::Span::current().record("verbose", true);
        }
        if !flags.is_on(&FlagName::generation(), tenant) {
            // It stays due: the sweeper brings it again, less and less often, until it is on.
            return Ok(Outcome::NothingToDo("generation is switched off"));
        }
        let context = self.context(trace_id);
        let Ok((claimed, event)) = task.claim(&context) else {
            return Ok(Outcome::NothingToDo("not to be claimed"));
        };
        match self.commit(Change::new(task.stamp(), claimed.clone(), vec![event])).await {
            Ok(()) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(Outcome::NothingToDo("another worker was faster")),
        }
        let (checkpoints, settings, previous) = future::join3(
            self.store.checkpoints(id, claimed.round),
            self.store.settings(tenant),
            self.revised(&claimed, previous),
        )
        .await;
        let settings = settings?;
        let hold = Hold {
            task: Mutex::new(claimed.clone()),
            start: claimed,
            previous: previous?,
            checkpoints: checkpoints?,
            policy: settings.policy,
            caps: settings.limits.caps(self.limits.caps),
            switched_off: flags.providers_off(tenant),
            trace_id,
            deadline,
            claimed_at: context.at,
        };
        let ended = match self.run(&hold).await {
            Ok(()) => Ok(Outcome::Drafted),
            Err(stopped) => self.stop(stopped, &hold).await,
        };
        self.watch_spending(&hold).await;
        ended
    }

    /// The revision that the work begins from: the one that changes were requested of, else the newest.
    async fn revised(&self, task: &Task, newest: Option<Revision>) -> Result<Option<Revision>, StoreError> {
        match task.revised() {
            Some(number) if newest.as_ref().is_some_and(|newest| newest.number != number) => {
                Ok(self.store.revision(&task.id, number).await?.or(newest))
            }
            _ => Ok(newest),
        }
    }

    /// Says once when a cap is used to 80, 90 and 100 percent. The work does not depend on it.
    async fn watch_spending(&self, hold: &Hold<'_>) {
        let (tenant, today) = (&hold.start.tenant, day_of(self.clock.now()));
        {
            let task = hold.task.lock().await;
            // What costs nothing leaves at least the name of whoever was asked.
            if task.cost_usd() == hold.start.cost_usd() && task.models == hold.start.models {
                return;
            }
        }
        let spending = match self.store.spending(tenant, today).await {
            Ok(spending) => spending,
            Err(error) => {
                tracing::warn!(%tenant, error = chain(&error), "what is spent was not looked at");
                return;
            }
        };
        let caps = [
            (Cap::Day, spending.on(today).micros(), hold.caps.day.micros()),
            (Cap::Month, spending.month.micros(), hold.caps.month.micros()),
            (Cap::Tokens, spending.tokens_on(today), hold.caps.tokens),
        ];
        for (cap, spent, most) in caps {
            let Some(level) = costs::level_of(spent, most) else { continue };
            if let Ok(true) = self.store.note_alert(tenant, cap, today, level).await {
                metrics::count(Metric::BudgetAlerts, &[cap.name(), &level.to_string()]);
                let show = |amount| match cap {
                    Cap::Tokens => format!("{amount} tokens"),
                    Cap::Task | Cap::Day | Cap::Month => format!("{} USD", MicroUsd::from_micros(amount)),
                };
                let (spent, most) = (show(spent), show(most));
                tracing::warn!(%tenant, ?cap, level_percent = level, spent, cap_at = most, "a budget runs out");
            }
        }
    }

    /// The work, while the lease is kept and the time lasts.
    async fn run(&self, hold: &Hold<'_>) -> Result<(), Stopped> {
        let now = self.clock.now();
        let until = |left: SignedDuration| Duration::try_from(left).unwrap_or_default();
        let function = until(hold.deadline.duration_since(now) - RESERVE);
        let attempt = until(self.limits.attempt.saturating_sub(hold.start.worked));
        let time_up = pin!(self.clock.sleep(function.min(attempt)));
        let lease = pin!(self.keep_lease(&hold.start.id, hold.start.fence));
        // On the heap: all phases together are larger than what a batch should carry about.
        let work = Box::pin(self.work(hold));
        match future::select(work, future::select(lease, time_up)).await {
            Either::Left((result, _)) => result,
            Either::Right((Either::Left((stopped, _)), _)) => Err(stopped),
            Either::Right((Either::Right(((), _)), _)) if attempt <= function => Err(Stopped::AttemptTooLong),
            Either::Right((Either::Right(((), _)), _)) => Err(Stopped::OutOfTime),
        }
    }

    /// Keeps a step's result, what is known of who did it, and the end of the call that it took, in one write.
    pub(super) async fn keep(
        &self,
        hold: &Hold<'_>,
        stage: Stage,
        input_hash: &str,
        output: &impl Serialize,
        settlement: Option<Settlement>,
        routed: Option<Routed>,
    ) -> Result<(), Stopped> {
        let checkpoint = self.checkpoint(hold, stage, input_hash, output)?;
        let now = self.clock.now();
        self.write(hold, |task| {
            let mut next = task.progressed(stage.progress(), now);
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
        hold: &Hold<'_>,
        stage: Stage,
        input_hash: &str,
        output: &impl Serialize,
    ) -> Result<Checkpoint, Stopped> {
        Ok(Checkpoint {
            round: hold.start.round,
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
        hold: &Hold<'_>,
        change: impl FnOnce(&Task) -> Result<Change, Stopped> + Send,
    ) -> Result<(), Stopped> {
        let mut present = hold.task.lock().await;
        let change = change(&present)?;
        let mut next = change.task.clone();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.commit(change.clone()).await {
                Ok(()) => break,
                Err(CommitError::OverBudget(cap)) => return Err(Stopped::Refused(cap)),
                Err(CommitError::Store(error @ StoreError::Invalid(_))) => return Err(error.into()),
                Err(CommitError::Store(error)) if tries == WRITE_TRIES => return Err(error.into()),
                Err(error @ (CommitError::Store(_) | CommitError::Contended)) if tries < WRITE_TRIES => {
                    tracing::warn!(task_id = %next.id, tries, error = chain(&error), "the write is made again");
                    self.clock.sleep(self.clock.pace().retry_soon(tries, self.clock.random())).await;
                }
                Err(error @ CommitError::Contended) => return Err(StoreError::Unavailable(error.into()).into()),
                Err(_) if tries > 1 && self.is_written(&next).await? => break,
                Err(_) => return Err(Stopped::Lost),
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
        deliver::announce(&self.queue, &task, &events).await;
        Ok(())
    }

    pub(super) fn context(&self, trace_id: &TraceId) -> Context {
        self.clock.context(Actor::Worker, trace_id)
    }

    pub(super) fn message(task: &Task, trace_id: &TraceId) -> Message {
        Message::generate(task.tenant.clone(), &task.id, trace_id.clone())
    }
}
