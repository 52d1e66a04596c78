//! The task and every move it can make. Pure: a move takes the task as it was read and gives the task as it will be,
//! with the audit event that tells of it.
//! Invariants: `version` rises with every change that a reader can see; whatever ends a worker's right raises `fence`;
//! `due_at` is there exactly while there is a next step; a closed or failed task has no live article.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::{Actor, AuditEvent},
    content::{
        quality::{Quality, Score},
        slug::Slug,
    },
    ids::{Subject, TaskId, TenantId, TraceId},
    limits::QuotaDay,
    models::router::Routed,
    money::MicroUsd,
    pace::Pace,
    privacy::Masked,
    request::{Phase, TaskRequest},
    revision::{DEFAULT_QUALITY_BAR, Revision},
    state::{Article, Attempts, Event, Generator, IllegalMove, Lease, TaskState},
};

/// How long external content may take to arrive.
pub const EXTERNAL_WAIT: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub stage: String,
    pub percentage: u8,
    pub message: String,
}

/// Why a task failed, or why its last attempt did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub stage: String,
    pub attempt: u32,
}

/// A person's decision; or, where the tenant lets a draft go live without one, that of whoever asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub decision: Decision,
    pub reviewer_id: Subject,
    pub human_feedback: String,
    pub revision: u32,
    /// The bytes that were decided on.
    pub content_hash: String,
    pub overrode: Vec<String>,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approved,
    Rejected,
    ChangesRequested,
}

/// Where the article is, while it is live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub slug: Slug,
    pub revision: u32,
    pub published_at: Timestamp,
}

/// A place in a tenant's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub subject: Subject,
    pub date: Date,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub id: TaskId,
    pub tenant: TenantId,
    pub requested_by: Subject,
    pub request: TaskRequest,
    pub state: TaskState,
    pub version: u64,
    pub attempt: u32,
    pub round: u32,
    pub fence: u64,
    pub lease_until: Option<Timestamp>,
    /// How long earlier workers of this attempt worked before they handed over.
    pub worked: SignedDuration,
    pub due_at: Option<Timestamp>,
    pub publish_at: Option<Timestamp>,
    pub progress: Progress,
    /// The newest revision's number; 0 while there is none.
    pub revision: u32,
    pub title: Option<String>,
    pub excerpt: Option<String>,
    pub quality: Option<Quality>,
    pub quality_score: Option<Score>,
    pub feedback: Option<String>,
    pub error: Option<Failure>,
    pub approval: Option<Approval>,
    pub live: Option<Live>,
    pub cost: BTreeMap<Phase, MicroUsd>,
    /// Who did each phase last, and why not another.
    pub models: BTreeMap<Phase, Routed>,
    /// What the newest draft was held against: the tenant's bar of then.
    pub quality_bar: Option<Score>,
    /// Given back to the quota already.
    pub refunded: bool,
    /// Who asked for the present generation, and in which day it counts; `None` is the one that the task was made for.
    pub place: Option<Place>,
    pub trace_id: TraceId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

/// What every move wants to know of its circumstances.
#[derive(Clone, Debug)]
pub struct Context {
    pub actor: Actor,
    pub at: Timestamp,
    pub event_id: Uuid,
    pub trace_id: TraceId,
    pub pace: Pace,
}

/// What a write must find unchanged to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub version: u64,
    pub fence: u64,
}

impl Stamp {
    /// Whether a write that found this may still be made on `present`. Every store's condition says this and no more.
    pub fn admits(self, present: &Task) -> bool {
        self == present.stamp()
    }
}

impl Task {
    /// A freshly accepted task and its first audit event.
    pub fn accept(
        id: TaskId,
        tenant: TenantId,
        requested_by: Subject,
        request: TaskRequest,
        context: &Context,
    ) -> (Self, AuditEvent) {
        let now = context.at;
        let external = request.generator == Generator::External;
        let task = Self {
            progress: if external {
                progress("awaiting_content", 0, "Waiting for content by webhook")
            } else {
                progress("queued", 0, "Waiting for a worker")
            },
            due_at: Some(now + if external { EXTERNAL_WAIT } else { context.pace.grace() }),
            id,
            tenant,
            requested_by,
            request,
            state: TaskState::Pending,
            version: 1,
            attempt: 0,
            round: 1,
            fence: 0,
            lease_until: None,
            worked: SignedDuration::ZERO,
            publish_at: None,
            revision: 0,
            title: None,
            excerpt: None,
            quality: None,
            quality_score: None,
            feedback: None,
            error: None,
            approval: None,
            live: None,
            cost: BTreeMap::new(),
            models: BTreeMap::new(),
            quality_bar: None,
            refunded: false,
            place: None,
            trace_id: context.trace_id.clone(),
            created_at: now,
            updated_at: now,
            started_at: None,
            completed_at: None,
        };
        let event = AuditEvent {
            id: context.event_id,
            event: "created".to_owned(),
            actor: context.actor.clone(),
            from: None,
            to: TaskState::Pending,
            reason: None,
            revision: None,
            at: now,
            trace_id: context.trace_id.clone(),
        };
        (task, event)
    }

    pub const fn stamp(&self) -> Stamp {
        Stamp { version: self.version, fence: self.fence }
    }

    pub fn cost_usd(&self) -> MicroUsd {
        self.cost.values().copied().sum()
    }

    /// What a text of this task is held against.
    pub fn bar(&self) -> Score {
        self.quality_bar.unwrap_or(Score::clamped(DEFAULT_QUALITY_BAR))
    }

    /// Takes a call's cost in, or what its settlement changes of it.
    pub fn charge(&mut self, phase: Phase, micros: i64) {
        let cost = self.cost.entry(phase).or_insert(MicroUsd::ZERO);
        *cost = MicroUsd::from_micros(cost.micros().saturating_add_signed(micros));
    }

    pub fn lease_at(&self, now: Timestamp) -> Lease {
        if self.lease_until.is_some_and(|until| until > now) { Lease::Held } else { Lease::Free }
    }

    /// Whether another attempt may follow this one.
    pub const fn attempts(&self, most: u32) -> Attempts {
        if self.attempt < most { Attempts::Left } else { Attempts::Exhausted }
    }

    /// Waits for a webhook rather than for a worker.
    pub fn awaits_content(&self) -> bool {
        self.state == TaskState::Pending && self.request.generator == Generator::External
    }

    pub const fn article(&self) -> Article {
        if self.live.is_some() { Article::Live } else { Article::None }
    }

    /// The revision that the public reads while nothing is done about another.
    pub fn shown_revision(&self) -> Option<u32> {
        self.live.as_ref().filter(|_| self.state == TaskState::Published).map(|live| live.revision)
    }

    /// The revision that changes were requested of, while they are made. It need not be the newest.
    pub fn revised(&self) -> Option<u32> {
        let approval = self.approval.as_ref()?;
        (approval.decision == Decision::ChangesRequested).then_some(approval.revision)
    }

    /// The path under which the live article is read.
    pub fn published_url(&self) -> Option<String> {
        self.live.as_ref().map(|live| format!("/api/content/published/{}/{}", self.tenant, live.slug.as_str()))
    }

    /// The day's quota that the present generation took a place of.
    pub fn quota_day(&self) -> QuotaDay {
        match &self.place {
            Some(Place { subject, date }) => {
                QuotaDay { tenant: self.tenant.clone(), subject: subject.clone(), date: *date }
            }
            None => QuotaDay::of(&self.tenant, &self.requested_by, self.created_at),
        }
    }

    /// Another generation begins, which took a place of `day`.
    pub fn counts_in(&mut self, day: &QuotaDay) {
        self.place = Some(Place { subject: day.subject.clone(), date: day.date });
        self.refunded = false;
    }

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
        task.lease_until = Some(context.at + context.pace.lease());
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
        task.due_at = Some(context.at + context.pace.grace());
        Ok((task, event))
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
        self.quality_score = Some(revision.quality_score);
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
        task.due_at = Some(context.at + wait + context.pace.grace());
        task.progress = progress("queued", 0, "Waiting for another attempt");
        task.error = Some(failure);
        Ok((task, event))
    }

    /// Nothing comes of the work any more. A live article stays as it is; why it got no successor is in `error`.
    pub fn gave_up(&self, failure: Failure, context: &Context) -> Result<(Self, AuditEvent), IllegalMove> {
        let given_up = Event::GaveUp { article: self.article() };
        let (mut task, event) = self.moved(given_up, context, Some(&failure.code))?;
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
        Ok((task, event))
    }

    fn queue_again(&mut self, context: &Context) {
        self.end_work();
        self.attempt = 0;
        let external = self.request.generator == Generator::External;
        self.due_at = Some(context.at + if external { EXTERNAL_WAIT } else { context.pace.grace() });
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
        self.completed_at = Some(now);
        self.progress = progress(stage, 100, message);
    }
}

pub fn progress(stage: &str, percentage: u8, message: &str) -> Progress {
    Progress { stage: stage.to_owned(), percentage, message: message.to_owned() }
}
