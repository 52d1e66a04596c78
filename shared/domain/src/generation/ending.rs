//! How an attempt ends that did not reach its end: handed over, to be tried again, or given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    agents::cast::CastError,
    generation::{
        stages::Stage,
        worker::{Interruption, LeasedTask, WebServices, WorkError, WorkOutcome, WorkStore, Worker},
    },
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{TaskId, TraceId},
    },
    models::{
        ask::{LanguageModel, ProviderError},
        phase::Phase,
    },
    money::budget::Cap,
    queue::message::Queue,
    task::{
        record::{EXTERNAL_WAIT, Failure, Task},
        state::{Attempts, TaskState},
        store::{Change, CommitError},
    },
};

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// Ends an attempt that did not reach its end.
    pub(super) async fn stop(
        &self,
        interruption: Interruption,
        leased: &LeasedTask<'_>,
    ) -> Result<WorkOutcome, WorkError> {
        let (id, fence, trace_id) = (&leased.start.id, leased.start.fence, leased.trace_id);
        if let Interruption::Lost = interruption {
            return self.lost(leased).await;
        }
        let interruption = match interruption {
            Interruption::Error(error) if !StoreError::is_final(&error) => return Err(error),
            interruption => interruption,
        };
        let Some(task) = self.still_ours(id, fence).await? else { return Ok(WorkOutcome::LostLease) };
        match interruption {
            Interruption::Lost => Ok(WorkOutcome::LostLease),
            Interruption::Error(error) => {
                // No later attempt writes anything smaller.
                tracing::error!(task_id = %id, attempt = task.attempt, error = chain(&error), "what was made cannot be kept");
                let message = "what was made cannot be kept".to_owned();
                let failure = failure("result_unkeepable", message, &task.progress.stage, &task);
                self.give_up(&task, failure, Refund::Due, trace_id).await
            }
            Interruption::OutOfTime => self.hand_over(&task, leased).await,
            Interruption::AttemptTooLong => {
                let message = format!("the attempt took more than {} s", self.limits.attempt.as_secs());
                let failure = failure("attempt_timeout", message, &task.progress.stage, &task);
                self.fail_attempt(&task, failure, None, trace_id).await
            }
            Interruption::Unfit(reason) => {
                let failure = failure("generator_refused", reason, Stage::Finalize.name(), &task);
                self.give_up(&task, failure, Refund::Due, trace_id).await
            }
            // Only a call is refused, and a call has a stage.
            Interruption::Refused(cap) => self.over_budget(&task, Stage::Finalize, cap, trace_id).await,
            Interruption::OverBudget(stage, cap) => self.over_budget(&task, stage, cap, trace_id).await,
            Interruption::Failed(stage, ProviderError::Refused { reason, .. }) => {
                let failure = failure("generator_refused", reason, stage.name(), &task);
                self.give_up(&task, failure, Refund::Due, trace_id).await
            }
            Interruption::Failed(stage, ProviderError::Unavailable { retry_after, source, .. }) => {
                tracing::warn!(task_id = %id, attempt = task.attempt, error = chain(&*source), "the provider is not available");
                let message = "the model's provider was not available".to_owned();
                let failure = failure("provider_unavailable", message, stage.name(), &task);
                if self.waits_out(&task, leased) {
                    self.put_off(&task, failure, retry_after, trace_id).await
                } else {
                    self.fail_attempt(&task, failure, retry_after, trace_id).await
                }
            }
        }
    }

    /// Somebody whom the request names is gone, before this attempt paid for anything: written without them, the text would not be what was
    /// asked for.
    pub(super) async fn miscast(
        &self,
        task: &Task,
        gone: &CastError,
        trace_id: &TraceId,
    ) -> Result<WorkOutcome, WorkError> {
        let phase = if let CastError::Gone { phase, .. } = gone { *phase } else { Phase::Draft };
        let failure = failure("agent_gone", gone.to_string(), phase.name(), task);
        self.give_up(task, failure, Refund::Due, trace_id).await
    }

    async fn over_budget(
        &self,
        task: &Task,
        stage: Stage,
        cap: Cap,
        trace_id: &TraceId,
    ) -> Result<WorkOutcome, WorkError> {
        let failure = failure("budget_exceeded", cap.refusal(), stage.name(), task);
        self.give_up(task, failure, Refund::Due, trace_id).await
    }

    /// The lease is gone. If the very next fence is that of a finished draft, it is this worker's own end whose answer was
    /// lost: nobody else can have come in between.
    async fn lost(&self, leased: &LeasedTask<'_>) -> Result<WorkOutcome, WorkError> {
        let present = self.store.load(&leased.start.id).await?.map(|(task, _)| task);
        let finished = present.is_some_and(|task| {
            matches!(task.state, TaskState::AwaitingApproval | TaskState::Approved)
                && task.fence == leased.start.fence + 1
        });
        Ok(if finished { WorkOutcome::Drafted } else { WorkOutcome::LostLease })
    }

    /// The task as it stands, if no one else has it: a dropped write may or may not have happened.
    async fn still_ours(&self, id: &TaskId, fence: u64) -> Result<Option<Task>, StoreError> {
        let task = self.store.load(id).await?.map(|(task, _)| task);
        Ok(task.filter(|task| task.fence == fence && task.state == TaskState::Generating))
    }

    async fn hand_over(&self, task: &Task, leased: &LeasedTask<'_>) -> Result<WorkOutcome, WorkError> {
        let (id, context) = (&task.id, self.context(leased.trace_id));
        let worked = context.at.duration_since(leased.claimed_at);
        let Ok((next, event)) = task.hand_over(worked, &context) else { return Ok(WorkOutcome::LostLease) };
        match self.commit(Change::new(task.stamp(), next, vec![event])).await {
            Ok(()) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(WorkOutcome::LostLease),
        }
        if let Err(error) = self.queue.send(&Self::message(task, leased.trace_id)).await {
            tracing::warn!(task_id = %id, error = chain(&error), "handed over, message left to the sweeper");
        }
        Ok(WorkOutcome::HandedOver)
    }

    /// Whether the attempt is as if it had not been. One that cost something is counted: what costs something each time ends. Of one that
    /// was handed over it is not known here what its earlier workers paid.
    fn waits_out(&self, task: &Task, leased: &LeasedTask<'_>) -> bool {
        let is_free = task.worked.is_zero() && task.cost_usd() == leased.start.cost_usd();
        is_free && task.outage_at(self.clock.now()) < self.limits.outage
    }

    /// The longer the outage lasts, the longer until the next attempt.
    async fn put_off(
        &self,
        task: &Task,
        failure: Failure,
        retry_after: Option<Duration>,
        trace_id: &TraceId,
    ) -> Result<WorkOutcome, WorkError> {
        let lasts = task.outage_at(self.clock.now()).unsigned_abs();
        let wait = self.wait(self.clock.timings().tries_in(lasts), retry_after);
        let Ok((next, event)) = task.put_off(failure, wait, &self.context(trace_id)) else {
            return Ok(WorkOutcome::LostLease);
        };
        let change = Change::new(task.stamp(), next, vec![event]);
        self.end(task, change, WorkOutcome::RetryIn(wait.unsigned_abs())).await
    }

    /// A provider that asks for hours gets as long as the sweeper would leave the task alone.
    fn wait(&self, tries: u32, retry_after: Option<Duration>) -> SignedDuration {
        let timings = self.clock.timings();
        let wait = timings.retry(tries, self.clock.random()).max(retry_after.unwrap_or_default());
        SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX).min(timings.longest_patience())
    }

    async fn fail_attempt(
        &self,
        task: &Task,
        failure: Failure,
        retry_after: Option<Duration>,
        trace_id: &TraceId,
    ) -> Result<WorkOutcome, WorkError> {
        let wait = self.wait(task.attempt, retry_after);
        let attempts = task.attempts(self.limits.attempts);
        let Ok((mut next, event)) = task.attempt_failed(failure, attempts, wait, &self.context(trace_id)) else {
            return Ok(WorkOutcome::LostLease);
        };
        let (refund, outcome) = match attempts {
            Attempts::Exhausted => (next.take_refund(), WorkOutcome::GaveUp),
            Attempts::Left => (None, WorkOutcome::RetryIn(wait.unsigned_abs())),
        };
        self.end(task, Change { refund, ..Change::new(task.stamp(), next, vec![event]) }, outcome).await
    }

    pub(super) async fn give_up(
        &self,
        task: &Task,
        failure: Failure,
        refund: Refund,
        trace_id: &TraceId,
    ) -> Result<WorkOutcome, WorkError> {
        let Ok((mut next, event)) = task.gave_up(failure, &self.context(trace_id)) else {
            return Ok(WorkOutcome::NothingToDo("not to be given up"));
        };
        let refund = match refund {
            Refund::Due => next.take_refund(),
            Refund::None => None,
        };
        self.end(task, Change { refund, ..Change::new(task.stamp(), next, vec![event]) }, WorkOutcome::GaveUp).await
    }

    async fn end(&self, task: &Task, change: Change, outcome: WorkOutcome) -> Result<WorkOutcome, WorkError> {
        match self.commit(change).await {
            Ok(()) => Ok(outcome),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => {
                tracing::info!(task_id = %task.id, "overtaken while ending an attempt");
                Ok(WorkOutcome::LostLease)
            }
        }
    }
}

/// Whether Galley gives back what the task took of the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    Due,
    None,
}

/// Why no further attempt makes sense, and whose fault it is.
pub fn hopeless(task: &Task, attempts: u32, now: Timestamp) -> Option<(Failure, Refund)> {
    if task.awaits_content() && now.duration_since(task.updated_at) >= EXTERNAL_WAIT {
        let message = "no content arrived within 24 hours".to_owned();
        return Some((failure("external_timeout", message, "awaiting_content", task), Refund::None));
    }
    let abandoned = task.state == TaskState::Generating && task.lease_until.is_some_and(|until| until <= now);
    if abandoned && task.attempts(attempts) == Attempts::Exhausted {
        let message = "the last attempt's worker did not come back".to_owned();
        return Some((failure("worker_lost", message, &task.progress.stage, task), Refund::Due));
    }
    None
}

fn failure(code: &str, message: String, stage: &str, task: &Task) -> Failure {
    Failure { code: code.to_owned(), message, stage: stage.to_owned(), attempt: task.attempt }
}
