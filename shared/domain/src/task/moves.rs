//! Every move that a task can make. Pure: a move takes the task as it was read and gives the task as it will be, with the
//! audit event that tells of it.

use jiff::{SignedDuration, Timestamp};

use crate::{
    access::limits::QuotaDay,
    kernel::mask::Masked,
    task::{
        audit::{AuditEvent, Context},
        record::{Approval, Decision, EXTERNAL_WAIT, Failure, Live, Progress, Task, progress},
        revision::Revision,
        state::{Attempts, Event, Generator, IllegalMove, TaskState},
    },
};

/// The stage of what waits until generation is switched on again.
const HELD: &str = "held";

impl Task {
    /// Moves by `event`; the closures of each move below fill in the rest.
    fn moved(&self, event: Event, context: &Context, reason: Option<&str>) -> Result<(Self, AuditEvent), IllegalMove> {
        let to = self.state.next(event)?;
        let mut task = self.clone();
        task.state = to;
        task.version += 1;
        task.updated_at = context.at;
        let event = AuditEvent {
            id: context.event_id,
            event: event.name().to_owned(),
            actor: context.actor.clone(),
            from: Some(self.state),
            to,
            reason: reason.map(Masked::of),
            revision: (self.revision > 0).then_some(self.revision),
            about: None,
            comment: None,
            at: context.at,
            trace_id: context.trace_id.clone(),
        };
        Ok((task, event))
    }

    /// A worker takes the task. The attempt rises, except after a hand-over, which left no lease behind.
    pub fn claim(&self, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let event = Event::Claimed { lease: self.lease_at(context.at), generator: self.request.generator };
        let (mut task, event) = self.moved(event, context, None)?;
        let handed_over = self.state == TaskState::Generating && self.lease_until.is_none();
        if !handed_over {
            task.attempt += 1;
            task.worked = SignedDuration::ZERO;
        }
        task.fence += 1;
        task.lease_until = Some(context.at + context.timings.lease());
        task.due_at = task.lease_until;
        task.started_at = task.started_at.or(Some(context.at));
        task.progress = progress("claimed", 5, "A worker has started");
        Ok((task, event))
    }

    /// The worker's time runs out after it `worked` so long; what it finished is in checkpoints.
    pub fn hand_over(&self, worked: SignedDuration, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::HandedOver, context, None)?;
        task.fence += 1;
        task.lease_until = None;
        task.worked = self.worked.saturating_add(worked);
        task.due_at = Some(context.at + context.timings.grace());
        Ok((task, event))
    }

    /// Work on it is switched off: it waits where it is, due, so that the first sweep after that sends for it.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Self {
        let held = progress(HELD, self.progress.percentage, "Generation is switched off; it goes on when that is over");
        Self { due_at: Some(now), ..self.progressed(held, now) }
    }

    pub fn is_held(&self) -> bool {
        self.progress.stage == HELD
    }

    /// Shows how far a worker is. No move, but a change that a reader can see.
    #[must_use]
    pub fn progressed(&self, progress: Progress, now: Timestamp) -> Self {
        let mut task = self.clone();
        task.version += 1;
        task.updated_at = now;
        task.progress = progress;
        task
    }

    pub fn drafted(&self, revision: &Revision, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (task, event) = self.moved(Event::Drafted, context, None)?;
        Ok(task.rest_with(revision, event))
    }

    /// As `drafted`, but nobody is asked: who wanted it published stands for the decision, and the sweeper or the message
    /// that follows publishes it.
    pub fn auto_approved(&self, revision: &Revision, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (task, event) = self.moved(Event::AutoApproved, context, None)?;
        let (mut task, event) = task.rest_with(revision, event);
        task.due_at = Some(context.at);
        task.progress = progress("approved", 100, "Approved");
        task.approval = Some(Approval {
            decision: Decision::Approved,
            reviewer_id: task.requested_by.clone(),
            human_feedback: String::new(),
            revision: revision.number,
            content_hash: revision.content_hash(),
            overrode: Vec::new(),
            at: context.at,
        });
        Ok((task, event))
    }

    pub fn content_received(&self, revision: &Revision, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let event = Event::ContentReceived { generator: self.request.generator };
        let (mut task, event) = self.moved(event, context, None)?;
        task.started_at = Some(context.at);
        Ok(task.rest_with(revision, event))
    }

    pub fn edited(
        &self,
        revision: &Revision,
        context: &Context,
        reason: Option<&str>,
    ) -> Result<(Self, AuditEvent), IllegalMove> {
        let (task, event) = self.moved(Event::Edited, context, reason)?;
        Ok(task.rest_with(revision, event))
    }

    fn rest_with(mut self, revision: &Revision, mut event: AuditEvent) -> (Self, AuditEvent) {
        self.show(revision);
        self.end_work();
        self.error = None;
        self.outage_since = None;
        self.progress = progress("awaiting_approval", 100, "A draft waits for a decision");
        event.revision = Some(revision.number);
        (self, event)
    }

    /// Makes `revision` the one that readers of the task see.
    fn show(&mut self, revision: &Revision) {
        self.revision = revision.number;
        self.title = Some(revision.title.clone());
        self.excerpt = Some(revision.excerpt.clone());
        self.quality = Some(revision.quality.clone());
        self.quality_score = revision.shown_score();
    }

    /// Whoever worked on it may no longer write, and nothing is due.
    fn end_work(&mut self) {
        self.fence += 1;
        self.lease_until = None;
        self.due_at = None;
    }

    /// An attempt failed: another follows after `wait` while `attempts` are left, else the task is given up.
    pub fn attempt_failed(
        &self,
        failure: Failure,
        attempts: Attempts,
        wait: SignedDuration,
        context: &Context,
    ) -> Result<(Self, AuditEvent), IllegalMove> {
        if attempts == Attempts::Exhausted {
            return self.gave_up(failure, context);
        }
        let (mut task, event) = self.moved(Event::AttemptFailed { attempts }, context, Some(&failure.code))?;
        task.end_work();
        task.due_at = Some(context.at + wait + context.timings.grace());
        task.progress = progress("queued", 0, "Waiting for another attempt");
        task.error = Some(failure);
        Ok((task, event))
    }

    /// Nobody whom the work needs answered, and nothing was paid: another attempt follows after `wait`, and this one is not counted.
    pub fn put_off(
        &self,
        failure: Failure,
        wait: SignedDuration,
        context: &Context,
    ) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.attempt_failed(failure, Attempts::Left, wait, context)?;
        task.attempt = task.attempt.saturating_sub(1);
        task.outage_since = self.outage_since.or(Some(context.at));
        task.progress = progress("queued", 0, "Waiting for a provider of models, which does not answer");
        Ok((task, event))
    }

    /// Nothing comes of the work any more. A live article stays as it is; why it got no successor is in `error`.
    pub fn gave_up(&self, failure: Failure, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let given_up = Event::GaveUp { article: self.article() };
        let (mut task, event) = self.moved(given_up, context, Some(&failure.code))?;
        task.outage_since = None;
        if task.live.is_some() {
            task.stay_live("Live; its next text was given up");
        } else {
            task.end_work();
            task.completed_at = Some(context.at);
            task.progress = progress("failed", 100, "Given up");
        }
        task.error = Some(failure);
        Ok((task, event))
    }

    /// The place of the quota to give back, the first time it is asked: the failure was Galley's, not the caller's.
    pub fn take_refund(&mut self) -> Option<QuotaDay> {
        (!std::mem::replace(&mut self.refunded, true)).then(|| self.quota_day())
    }

    /// A person says yes. With `publish_at` the article waits for its hour.
    pub fn approved(
        &self,
        approval: Approval,
        publish_at: Option<Timestamp>,
        context: &Context,
    ) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, mut event) = self.moved(Event::Approved, context, Some(&approval.human_feedback))?;
        event.revision = Some(approval.revision);
        task.end_work();
        task.publish_at = publish_at;
        // Without an hour of its own it is published in the same breath, or by the sweeper's message.
        task.due_at = Some(publish_at.unwrap_or(context.at));
        task.progress = progress("approved", 100, "Approved");
        task.approval = Some(approval);
        Ok((task, event))
    }

    /// What is approved is published at another hour; without one at once.
    pub fn rescheduled(
        &self,
        publish_at: Option<Timestamp>,
        reason: Option<&str>,
        context: &Context,
    ) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::Rescheduled, context, reason)?;
        task.publish_at = publish_at;
        task.due_at = Some(publish_at.unwrap_or(context.at));
        Ok((task, event))
    }

    /// The article goes live, for the first time, with newer content, or back to an older revision.
    pub fn published(&self, live: Live, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let event = if self.state == TaskState::Published { Event::Republished } else { Event::Published };
        let (mut task, mut event) = self.moved(event, context, None)?;
        event.revision = Some(live.revision);
        task.end_work();
        task.publish_at = None;
        task.completed_at = Some(context.at);
        task.progress = progress("published", 100, "Live");
        task.live = Some(live);
        Ok((task, event))
    }

    /// What was approved could not be published; with `cleaned`, because its stored text needed cleaning again.
    pub fn publication_failed(
        &self,
        reason: &str,
        cleaned: Option<&Revision>,
        context: &Context,
    ) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::PublicationFailed, context, Some(reason))?;
        task.end_work();
        task.publish_at = None;
        task.progress = progress("awaiting_approval", 100, "Publication failed; a decision is needed");
        if let Some(revision) = cleaned {
            task.show(revision);
        }
        Ok((task, event))
    }

    /// A person says no: to the task, or to the text that would have replaced its live article.
    pub fn rejected(&self, approval: Approval, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let rejected = Event::Rejected { article: self.article() };
        let (mut task, mut event) = self.moved(rejected, context, Some(&approval.human_feedback))?;
        event.revision = Some(approval.revision);
        if task.live.is_some() {
            task.stay_live("Live; its next text was rejected");
        } else {
            task.close("rejected", "Rejected", context.at);
        }
        task.approval = Some(approval);
        Ok((task, event))
    }

    pub fn changes_requested(&self, approval: Approval, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::ChangesRequested, context, Some(&approval.human_feedback))?;
        task.queue_again(context);
        task.round += 1;
        task.feedback = Some(approval.human_feedback.clone());
        task.approval = Some(approval);
        Ok((task, event))
    }

    /// Ends the task; or, beside a live article, the work on what would have replaced it.
    pub fn cancelled(&self, reason: Option<&str>, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::Cancelled { article: self.article() }, context, reason)?;
        if task.live.is_some() {
            task.stay_live("Live; its next text was cancelled");
        } else {
            task.close("cancelled", "Cancelled", context.at);
        }
        Ok((task, event))
    }

    pub fn unpublished(&self, reason: Option<&str>, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::Unpublished { article: self.article() }, context, reason)?;
        task.close("archived", "No longer live", context.at);
        Ok((task, event))
    }

    pub fn retried(&self, reason: Option<&str>, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let (mut task, event) = self.moved(Event::Retried, context, reason)?;
        task.queue_again(context);
        task.error = None;
        task.completed_at = None;
        // Who is moved after a failure counts: what it failed by may be what was moved.
        task.agents.retain(|_, used| used.round != self.round);
        Ok((task, event))
    }

    fn queue_again(&mut self, context: &Context) {
        self.end_work();
        self.attempt = 0;
        self.outage_since = None;
        let external = self.request.generator == Generator::External;
        self.due_at = Some(context.at + if external { EXTERNAL_WAIT } else { context.timings.grace() });
        self.progress = if external {
            progress("awaiting_content", 0, "Waiting for content by webhook")
        } else {
            progress("queued", 0, "Waiting for a worker")
        };
    }

    /// Back to the article that has been live all the while.
    fn stay_live(&mut self, message: &str) {
        self.end_work();
        self.publish_at = None;
        self.error = None;
        self.progress = progress("published", 100, message);
    }

    /// Nothing leads out of a closed task, so nothing of it may stay live.
    fn close(&mut self, stage: &str, message: &str, now: Timestamp) {
        self.end_work();
        self.publish_at = None;
        self.live = None;
        self.outage_since = None;
        self.completed_at = Some(now);
        self.progress = progress(stage, 100, message);
    }
}
