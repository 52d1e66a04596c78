//! One worker's hold on one task: claim, run the stages, let go.
//! Invariant: every write is conditional on the version and the fence of this claim, so a worker that was overtaken
//! leaves nothing behind but the settlement of a call that it made.

use std::{pin::pin, time::Duration};

use futures_util::future::{self, Either};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{
    Draft, DraftBrief, GeneratorError,
    stages::{self, Stage},
};
use crate::{
    audit::Actor,
    content::{clean::CleanHtml, markdown, quality::Assessment, text},
    deliver,
    ids::{TaskId, TenantId, TraceId},
    message::Message,
    ports::{
        BreakerStore, Change, Checkpoint, Clock, CommitError, Ledger, Queue, StoreError, TaskStore, TenantStore,
        TranscriptStore, Writer,
    },
    report::chain,
    revision::{Manuscript, Revision},
    state::{Attempts, TaskState},
    task::{Context, EXTERNAL_WAIT, Failure, Task, progress},
};

/// What a worker keeps for itself at the end of its time: enough to hand over.
pub const RESERVE: SignedDuration = SignedDuration::from_secs(30);

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

/// How often a write whose answer was lost is made again.
const WRITE_TRIES: u32 = 3;

/// What one task may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    pub attempts: u32,
    /// Work on one attempt, waiting in the queue not counted.
    pub attempt: SignedDuration,
}

impl Default for WorkLimits {
    fn default() -> Self {
        Self { attempts: 3, attempt: SignedDuration::from_secs(900) }
    }
}

/// What a worker needs.
#[derive(Clone, Debug)]
pub struct Worker<S, Q, C, W> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
    pub writer: W,
    pub limits: WorkLimits,
}

/// Why the stages stopped before the end.
pub(super) enum Stopped {
    Lost,
    /// The function's time is over, not the attempt's.
    OutOfTime,
    AttemptTooLong,
    Failed(Stage, GeneratorError),
    Unfit(String),
    Error(WorkError),
}

impl<E: Into<WorkError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// The task as this worker last wrote it.
pub(super) struct Hold<'a> {
    pub(super) task: Task,
    previous: Option<Revision>,
    checkpoints: Vec<Checkpoint>,
    trace_id: &'a TraceId,
    /// When the function ends.
    pub(super) deadline: Timestamp,
    claimed_at: Timestamp,
}

impl<S: TaskStore + BreakerStore + TenantStore + TranscriptStore, Q: Queue, C: Clock, W: Writer> Worker<S, Q, C, W> {
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
        if let Some((failure, refund)) = hopeless(&task, self.limits, self.clock.now()) {
            return self.give_up(&task, failure, refund, trace_id).await;
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
        let checkpoints = self.store.checkpoints(id, claimed.round).await?;
        let fence = claimed.fence;
        let mut hold = Hold { task: claimed, previous, checkpoints, trace_id, deadline, claimed_at: context.at };
        match self.run(&mut hold, fence).await {
            Ok(()) => Ok(Outcome::Drafted),
            Err(stopped) => self.stop(stopped, &hold, fence).await,
        }
    }

    /// The stages, while the lease is kept and the time lasts.
    async fn run(&self, hold: &mut Hold<'_>, fence: u64) -> Result<(), Stopped> {
        let id = hold.task.id.clone();
        let now = self.clock.now();
        let until = |left: SignedDuration| Duration::try_from(left).unwrap_or_default();
        let function = until(hold.deadline.duration_since(now) - RESERVE);
        let attempt = until(self.limits.attempt.saturating_sub(hold.task.worked));
        let time_up = pin!(self.clock.sleep(function.min(attempt)));
        let lease = pin!(self.keep_lease(&id, fence));
        let stages = pin!(self.stages(hold));
        match future::select(stages, future::select(lease, time_up)).await {
            Either::Left((result, _)) => result,
            Either::Right((Either::Left((stopped, _)), _)) => Err(stopped),
            Either::Right((Either::Right(((), _)), _)) if attempt <= function => Err(Stopped::AttemptTooLong),
            Either::Right((Either::Right(((), _)), _)) => Err(Stopped::OutOfTime),
        }
    }

    async fn stages(&self, hold: &mut Hold<'_>) -> Result<(), Stopped> {
        let draft = self.draft(hold).await?;
        let html = markdown::to_html(&draft.markdown);
        let manuscript = manuscript(&draft, html, hold.previous.as_ref());
        let assessment = self.assess(hold, &draft, &manuscript).await?;
        self.finalize(hold, manuscript, assessment).await
    }

    async fn draft(&self, hold: &mut Hold<'_>) -> Result<Draft, Stopped> {
        let brief = DraftBrief {
            request: hold.task.request.clone(),
            feedback: hold.task.feedback.clone(),
            previous: hold
                .previous
                .as_ref()
                .map(|revision| text::plain_text(&crate::content::clean::clean(&revision.html))),
        };
        let input = stages::input_hash(Stage::Draft, &(self.writer.identity(), &brief))?;
        if let Some(draft) = stages::reusable(&hold.checkpoints, Stage::Draft, &input) {
            return Ok(draft);
        }
        self.ask(hold, &brief, &input).await
    }

    async fn assess(&self, hold: &mut Hold<'_>, draft: &Draft, manuscript: &Manuscript) -> Result<Assessment, Stopped> {
        let input = stages::input_hash(Stage::Assess, &(draft, &hold.task.request))?;
        if let Some(assessment) = stages::reusable(&hold.checkpoints, Stage::Assess, &input) {
            return Ok(assessment);
        }
        let assessment = manuscript.assess(&hold.task.request);
        self.keep(hold, Stage::Assess, input, &assessment, Ledger::None).await?;
        Ok(assessment)
    }

    /// The last stage's checkpoint is written with the move that it leads to.
    async fn finalize(
        &self,
        hold: &mut Hold<'_>,
        manuscript: Manuscript,
        assessment: Assessment,
    ) -> Result<(), Stopped> {
        let task = &hold.task;
        let input = stages::input_hash(Stage::Finalize, &(&manuscript.title, manuscript.html.as_str(), &assessment))?;
        let revision = Revision::finish(task.revision + 1, manuscript, assessment, &task.request, self.clock.now())
            .map_err(|error| Stopped::Unfit(error.to_string()))?;
        let (next, event) = task.drafted(&revision, &self.context(hold.trace_id)).map_err(|_| Stopped::Lost)?;
        let mut change = Change::new(task.stamp(), next, vec![event]);
        change.checkpoint = Some(self.checkpoint(task, Stage::Finalize, input, &revision.number)?);
        change.revision = Some(revision);
        self.write(hold, change).await
    }

    /// Keeps a stage's result and shows that the next one has begun, in one write.
    pub(super) async fn keep(
        &self,
        hold: &mut Hold<'_>,
        stage: Stage,
        input_hash: String,
        output: &impl Serialize,
        ledger: Ledger,
    ) -> Result<(), Stopped> {
        let (following, message) = match stage {
            Stage::Draft => (Stage::Assess, "Assessing the draft"),
            Stage::Assess | Stage::Finalize => (Stage::Finalize, "Finishing the draft"),
        };
        let progress = progress(following.name(), following.percentage(), message);
        let next = hold.task.progressed(progress, self.clock.now());
        let mut change = Change { ledger, ..Change::new(hold.task.stamp(), next, Vec::new()) };
        change.checkpoint = Some(self.checkpoint(&hold.task, stage, input_hash, output)?);
        self.write(hold, change).await
    }

    fn checkpoint(
        &self,
        task: &Task,
        stage: Stage,
        input_hash: String,
        output: &impl Serialize,
    ) -> Result<Checkpoint, Stopped> {
        let output = serde_json::to_value(output)?;
        Ok(Checkpoint { round: task.round, number: stage.number(), input_hash, output, at: self.clock.now() })
    }

    /// Writes under the fence. A lost answer may hide a write that happened, and what it kept may have been paid for:
    /// so it is made again, and if that finds the task changed, the change may be our own.
    pub(super) async fn write(&self, hold: &mut Hold<'_>, change: Change) -> Result<(), Stopped> {
        let next = change.task.clone();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.commit(change.clone()).await {
                Ok(()) => break,
                Err(CommitError::Store(error)) if tries == WRITE_TRIES => return Err(error.into()),
                Err(CommitError::Store(error)) => {
                    tracing::warn!(task.id = %next.id, tries, error = chain(&error), "the write is made again");
                    self.clock.sleep(self.clock.pace().retry_soon(tries, self.clock.random())).await;
                }
                Err(_) if tries > 1 && self.is_written(&next).await? => break,
                Err(_) => return Err(Stopped::Lost),
            }
        }
        hold.task = next;
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

    /// Ends an attempt that did not reach its end.
    async fn stop(&self, stopped: Stopped, hold: &Hold<'_>, fence: u64) -> Result<Outcome, WorkError> {
        let (id, trace_id) = (&hold.task.id, hold.trace_id);
        if let Stopped::Lost = stopped {
            return Ok(Outcome::LostLease);
        }
        if let Stopped::Error(error) = stopped {
            return Err(error);
        }
        let Some(task) = self.still_ours(id, fence).await? else { return Ok(Outcome::LostLease) };
        match stopped {
            Stopped::Lost => Ok(Outcome::LostLease),
            Stopped::Error(error) => Err(error),
            Stopped::OutOfTime => self.hand_over(&task, hold).await,
            Stopped::AttemptTooLong => {
                let message = format!("the attempt took more than {} s", self.limits.attempt.as_secs());
                let failure = failure("attempt_timeout", message, &task.progress.stage, &task);
                self.fail_attempt(&task, failure, None, trace_id).await
            }
            Stopped::Unfit(reason) => {
                let failure = failure("generator_refused", reason, Stage::Finalize.name(), &task);
                self.give_up(&task, failure, Refund::Due, trace_id).await
            }
            Stopped::Failed(stage, GeneratorError::Refused { reason, .. }) => {
                let failure = failure("generator_refused", reason, stage.name(), &task);
                self.give_up(&task, failure, Refund::Due, trace_id).await
            }
            Stopped::Failed(stage, GeneratorError::Unavailable { retry_after, source, .. }) => {
                tracing::warn!(task.id = %id, attempt = task.attempt, error = chain(&*source), "the provider is not available");
                let message = "the model's provider was not available".to_owned();
                let failure = failure("provider_unavailable", message, stage.name(), &task);
                self.fail_attempt(&task, failure, retry_after, trace_id).await
            }
        }
    }

    /// The task as it stands, if no one else has it: a dropped write may or may not have happened.
    async fn still_ours(&self, id: &TaskId, fence: u64) -> Result<Option<Task>, StoreError> {
        let task = self.store.load(id).await?.map(|(task, _)| task);
        Ok(task.filter(|task| task.fence == fence && task.state == TaskState::Generating))
    }

    async fn hand_over(&self, task: &Task, hold: &Hold<'_>) -> Result<Outcome, WorkError> {
        let (id, context) = (&task.id, self.context(hold.trace_id));
        let worked = context.at.duration_since(hold.claimed_at);
        let Ok((next, event)) = task.hand_over(worked, &context) else { return Ok(Outcome::LostLease) };
        match self.commit(Change::new(task.stamp(), next, vec![event])).await {
            Ok(()) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(Outcome::LostLease),
        }
        let message = Message::generate(task.tenant.clone(), id, hold.trace_id.clone());
        if let Err(error) = self.queue.send(&message).await {
            tracing::warn!(task.id = %id, error = chain(&error), "handed over, message left to the sweeper");
        }
        Ok(Outcome::HandedOver)
    }

    async fn fail_attempt(
        &self,
        task: &Task,
        failure: Failure,
        retry_after: Option<Duration>,
        trace_id: &TraceId,
    ) -> Result<Outcome, WorkError> {
        let pace = self.clock.pace();
        let wait = pace.retry(task.attempt, self.clock.random()).max(retry_after.unwrap_or_default());
        // A provider that asks for hours gets as long as the sweeper would leave the task alone.
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX).min(pace.longest_patience());
        let attempts = task.attempts(self.limits.attempts);
        let Ok((mut next, event)) = task.attempt_failed(failure, attempts, wait, &self.context(trace_id)) else {
            return Ok(Outcome::LostLease);
        };
        let (refund, outcome) = match next.state {
            TaskState::Failed => (next.take_refund(), Outcome::GaveUp),
            _ => (None, Outcome::RetryIn(wait.unsigned_abs())),
        };
        self.end(task, Change { refund, ..Change::new(task.stamp(), next, vec![event]) }, outcome).await
    }

    async fn give_up(
        &self,
        task: &Task,
        failure: Failure,
        refund: Refund,
        trace_id: &TraceId,
    ) -> Result<Outcome, WorkError> {
        let Ok((mut next, event)) = task.gave_up(failure, &self.context(trace_id)) else {
            return Ok(Outcome::NothingToDo("not to be given up"));
        };
        let refund = match refund {
            Refund::Due => next.take_refund(),
            Refund::None => None,
        };
        self.end(task, Change { refund, ..Change::new(task.stamp(), next, vec![event]) }, Outcome::GaveUp).await
    }

    async fn end(&self, task: &Task, change: Change, outcome: Outcome) -> Result<Outcome, WorkError> {
        match self.commit(change).await {
            Ok(()) => Ok(outcome),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => {
                tracing::info!(task.id = %task.id, "overtaken while ending an attempt");
                Ok(Outcome::LostLease)
            }
        }
    }

    /// Commits, and has whoever asked for it told.
    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        let (task, events) = (change.task.clone(), change.events.clone());
        self.store.commit(change).await?;
        deliver::announce(&self.queue, &task, &events).await;
        Ok(())
    }

    fn context(&self, trace_id: &TraceId) -> Context {
        self.clock.context(Actor::Worker, trace_id)
    }
}

/// Whether Galley gives back what the task took of the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    Due,
    None,
}

/// Why no further attempt makes sense, and whose fault it is.
pub fn hopeless(task: &Task, limits: WorkLimits, now: Timestamp) -> Option<(Failure, Refund)> {
    if task.awaits_content() && now.duration_since(task.updated_at) >= EXTERNAL_WAIT {
        let message = "no content arrived within 24 hours".to_owned();
        return Some((failure("external_timeout", message, "awaiting_content", task), Refund::None));
    }
    let abandoned = task.state == TaskState::Generating && task.lease_until.is_some_and(|until| until <= now);
    if abandoned && task.attempts(limits.attempts) == Attempts::Exhausted {
        let message = "the last attempt's worker did not come back".to_owned();
        return Some((failure("worker_lost", message, &task.progress.stage, task), Refund::Due));
    }
    None
}

fn failure(code: &str, message: String, stage: &str, task: &Task) -> Failure {
    Failure { code: code.to_owned(), message, stage: stage.to_owned(), attempt: task.attempt }
}

fn manuscript(draft: &Draft, html: CleanHtml, previous: Option<&Revision>) -> Manuscript {
    Manuscript {
        title: draft.title.clone(),
        html,
        excerpt: None,
        seo: None,
        featured_image: previous.and_then(|revision| revision.featured_image.clone()),
        finish: draft.finish,
        author: draft.author.clone(),
    }
}
