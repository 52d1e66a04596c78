//! One worker's hold on one task: claim, keep the lease, run the stages, let go.
//! Invariant: every write is conditional on the version and the fence of this claim, so a worker that was overtaken
//! leaves nothing behind.

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
    ids::{TaskId, TenantId, TraceId},
    message::Message,
    ports::{Change, Checkpoint, Clock, CommitError, Queue, StoreError, TaskStore, Writer},
    report::chain,
    revision::{Manuscript, Revision},
    state::{Attempts, TaskState},
    task::{Context, EXTERNAL_WAIT, Failure, LEASE, LEASE_RENEWAL, Task, progress},
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

/// What a worker needs.
#[derive(Clone, Debug)]
pub struct Worker<S, Q, C, W> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
    pub writer: W,
}

/// Why the stages stopped before the end.
enum Stopped {
    Lost,
    OutOfTime,
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
struct Hold<'a> {
    task: Task,
    previous: Option<Revision>,
    checkpoints: Vec<Checkpoint>,
    trace_id: &'a TraceId,
    deadline: Timestamp,
}

impl<S: TaskStore, Q: Queue, C: Clock, W: Writer> Worker<S, Q, C, W> {
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
        if let Some((failure, refund)) = hopeless(&task, self.clock.now()) {
            return self.give_up(&task, failure, refund, trace_id).await;
        }
        let Ok((claimed, event)) = task.claim(&self.context(trace_id)) else {
            return Ok(Outcome::NothingToDo("not to be claimed"));
        };
        match self.store.commit(Change::new(task.stamp(), claimed.clone(), vec![event])).await {
            Ok(()) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(Outcome::NothingToDo("another worker was faster")),
        }
        let fence = claimed.fence;
        let checkpoints = self.store.checkpoints(id, claimed.round).await?;
        let mut hold = Hold { task: claimed, previous, checkpoints, trace_id, deadline };
        let stopped = match self.run(&mut hold, fence).await {
            Ok(()) => return Ok(Outcome::Drafted),
            Err(stopped) => stopped,
        };
        self.stop(stopped, id, fence, trace_id).await
    }

    /// The stages, while the lease is kept and the time lasts.
    async fn run(&self, hold: &mut Hold<'_>, fence: u64) -> Result<(), Stopped> {
        let id = hold.task.id.clone();
        let left = hold.deadline.duration_since(self.clock.now()) - RESERVE;
        let time_up = pin!(self.clock.sleep(Duration::try_from(left).unwrap_or_default()));
        let lease = pin!(self.keep_lease(&id, fence));
        let stages = pin!(self.stages(hold));
        match future::select(stages, future::select(lease, time_up)).await {
            Either::Left((result, _)) => result,
            Either::Right((Either::Left((stopped, _)), _)) => Err(stopped),
            Either::Right((Either::Right(((), _)), _)) => Err(Stopped::OutOfTime),
        }
    }

    /// Renews the lease for as long as it is ours. Ends only when it is not, or cannot be known to be.
    async fn keep_lease(&self, id: &TaskId, fence: u64) -> Stopped {
        loop {
            self.clock.sleep(LEASE_RENEWAL).await;
            match self.store.renew_lease(id, fence, self.clock.now() + LEASE).await {
                Ok(true) => {}
                Ok(false) => return Stopped::Lost,
                Err(error) => return Stopped::Error(error.into()),
            }
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
        let needed = SignedDuration::try_from(self.writer.time_limit()).unwrap_or(SignedDuration::MAX);
        if hold.deadline.duration_since(self.clock.now()) < needed.saturating_add(RESERVE) {
            return Err(Stopped::OutOfTime);
        }
        self.show(hold, Stage::Draft, "Writing the draft").await?;
        let draft = self.writer.draft(&brief).await.map_err(|error| Stopped::Failed(Stage::Draft, error))?;
        self.keep(hold, Stage::Draft, input, &draft, "Assessing the draft").await?;
        Ok(draft)
    }

    async fn assess(&self, hold: &mut Hold<'_>, draft: &Draft, manuscript: &Manuscript) -> Result<Assessment, Stopped> {
        let input = stages::input_hash(Stage::Assess, &(draft, &hold.task.request))?;
        if let Some(assessment) = stages::reusable(&hold.checkpoints, Stage::Assess, &input) {
            return Ok(assessment);
        }
        let assessment = manuscript.assess(&hold.task.request);
        self.keep(hold, Stage::Assess, input, &assessment, "Finishing the draft").await?;
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

    async fn show(&self, hold: &mut Hold<'_>, stage: Stage, message: &str) -> Result<(), Stopped> {
        let progress = progress(stage.name(), stage.percentage(), message);
        let next = hold.task.progressed(progress, self.clock.now());
        let change = Change::new(hold.task.stamp(), next, Vec::new());
        self.write(hold, change).await
    }

    /// Keeps a stage's result and shows that the next one has begun, in one write.
    async fn keep(
        &self,
        hold: &mut Hold<'_>,
        stage: Stage,
        input_hash: String,
        output: &impl Serialize,
        message: &str,
    ) -> Result<(), Stopped> {
        let following = match stage {
            Stage::Draft => Stage::Assess,
            Stage::Assess | Stage::Finalize => Stage::Finalize,
        };
        let progress = progress(following.name(), following.percentage(), message);
        let next = hold.task.progressed(progress, self.clock.now());
        let mut change = Change::new(hold.task.stamp(), next, Vec::new());
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

    async fn write(&self, hold: &mut Hold<'_>, change: Change) -> Result<(), Stopped> {
        let next = change.task.clone();
        match self.store.commit(change).await {
            Ok(()) => {
                hold.task = next;
                Ok(())
            }
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => Err(Stopped::Lost),
        }
    }

    /// Ends an attempt that did not reach its end.
    async fn stop(&self, stopped: Stopped, id: &TaskId, fence: u64, trace_id: &TraceId) -> Result<Outcome, WorkError> {
        let (stage, error) = match stopped {
            Stopped::Lost => return Ok(Outcome::LostLease),
            Stopped::Error(error) => return Err(error),
            Stopped::OutOfTime => return self.hand_over(id, fence, trace_id).await,
            Stopped::Unfit(reason) => (Stage::Finalize, GeneratorError::Refused(reason)),
            Stopped::Failed(stage, error) => (stage, error),
        };
        let Some(task) = self.still_ours(id, fence).await? else { return Ok(Outcome::LostLease) };
        match error {
            GeneratorError::Refused(reason) => {
                let failure = failure("generator_refused", reason, stage.name(), &task);
                self.give_up(&task, failure, Refund::Due, trace_id).await
            }
            GeneratorError::Unavailable { retry_after, source } => {
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

    async fn hand_over(&self, id: &TaskId, fence: u64, trace_id: &TraceId) -> Result<Outcome, WorkError> {
        let Some(task) = self.still_ours(id, fence).await? else { return Ok(Outcome::LostLease) };
        let Ok((next, event)) = task.hand_over(&self.context(trace_id)) else { return Ok(Outcome::LostLease) };
        match self.store.commit(Change::new(task.stamp(), next, vec![event])).await {
            Ok(()) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(Outcome::LostLease),
        }
        if let Err(error) = self.queue.send(&Message::generate(task.tenant, id, trace_id.clone())).await {
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
        let Ok((mut next, event)) = task.attempt_failed(failure, &self.context(trace_id)) else {
            return Ok(Outcome::LostLease);
        };
        let refund = if next.state == TaskState::Failed { next.take_refund() } else { None };
        let outcome = if next.state == TaskState::Failed {
            Outcome::GaveUp
        } else {
            Outcome::RetryIn(retry_after.unwrap_or(Duration::ZERO))
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
        match self.store.commit(change).await {
            Ok(()) => Ok(outcome),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => {
                tracing::info!(task.id = %task.id, "overtaken while ending an attempt");
                Ok(Outcome::LostLease)
            }
        }
    }

    fn context(&self, trace_id: &TraceId) -> Context {
        Context { actor: Actor::Worker, at: self.clock.now(), event_id: self.clock.uuid(), trace_id: trace_id.clone() }
    }
}

/// Whether Galley gives back what the task took of the quota.
#[derive(Clone, Copy, Debug)]
enum Refund {
    Due,
    None,
}

/// Why no further attempt makes sense, and whose fault it is.
fn hopeless(task: &Task, now: Timestamp) -> Option<(Failure, Refund)> {
    if task.awaits_content() && now.duration_since(task.updated_at) >= EXTERNAL_WAIT {
        let message = "no content arrived within 24 hours".to_owned();
        return Some((failure("external_timeout", message, "awaiting_content", task), Refund::None));
    }
    let abandoned = task.state == TaskState::Generating && task.lease_until.is_some_and(|until| until <= now);
    if abandoned && task.attempts() == Attempts::Exhausted {
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
