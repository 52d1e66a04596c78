//! The task as it is kept. Its moves stand in `moves`.
//! Invariants: `version` rises with every change that a reader can see, but for that of who is to see to it; whatever ends a worker's right raises `fence`;
//! `due_at` is there exactly while there is a next step; a closed or failed task has no live article.

use std::collections::BTreeMap;

use galley_api::agent::AgentUsed;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    access::limits::QuotaDay,
    content::{
        kind::TaskType,
        quality::{DEFAULT_QUALITY_BAR, Quality, Score},
        shape::{Form, Shape},
        slug::{ARTICLES, Slug},
    },
    kernel::{
        ids::{Subject, TaskId, TenantId, TraceId},
        usd::MicroUsd,
    },
    models::phase::{Phase, Routed},
    money::ledger::ModelCall,
    task::{
        assignment::Assignment,
        audit::{AuditEvent, Context},
        request::TaskRequest,
        state::{Article, Attempts, Generator, Lease, TaskState},
    },
};

/// How long external content may take to arrive.
pub const EXTERNAL_WAIT: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Progress {
    pub stage: String,
    #[cfg_attr(feature = "schema", schema(maximum = 100))]
    pub percentage: u8,
    pub message: String,
}

/// Why a task failed, or why its last attempt did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub stage: String,
    pub attempt: u32,
}

/// A person's decision; or, where the tenant lets a draft go live without one, that of whoever asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Approval {
    pub decision: Decision,
    pub reviewer_id: Subject,
    pub human_feedback: String,
    pub revision: u32,
    /// SHA-256 of the bytes that were decided on.
    pub content_hash: String,
    /// The blockers that an admin overrode.
    pub overrode: Vec<String>,
    pub at: Timestamp,
}

impl Approval {
    /// Whether somebody read the text. A person says why, and the tenant's policy has no words.
    pub fn is_a_persons(&self) -> bool {
        !self.human_feedback.is_empty()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = DecisionKind))]
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
    /// When the task went live; what replaces its text keeps it.
    pub published_at: Timestamp,
    /// When its present text went live. What was stored before this was kept has the one hour alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Outlet::is_articles")]
    pub outlet: Outlet,
}

impl Live {
    /// An article that goes live at `at`.
    pub const fn article(slug: Slug, revision: u32, at: Timestamp) -> Self {
        Self { slug, revision, published_at: at, updated_at: Some(at), outlet: Outlet::Articles }
    }

    pub fn updated_at(&self) -> Timestamp {
        self.updated_at.unwrap_or(self.published_at)
    }
}

/// Where a published text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlet {
    /// In the public list, and under an address of its own.
    #[default]
    Articles,
    /// In its task alone, from which a client takes it: an e-mail and a thread are sent, not read on a page.
    Task,
}

impl Outlet {
    pub const fn of(task_type: TaskType) -> Self {
        match Shape::of(task_type).form {
            Form::Article => Self::Articles,
            Form::Thread { .. } | Form::Letter => Self::Task,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_articles(&self) -> bool {
        *self == Self::Articles
    }
}

/// A place in a tenant's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaPlace {
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
    /// Since when nobody has answered whom its work needs; such attempts are not counted.
    pub outage_since: Option<Timestamp>,
    /// Who is to see to it. No move writes it, and it leaves `version` as it is.
    pub assignment: Assignment,
    pub approval: Option<Approval>,
    pub live: Option<Live>,
    pub cost: BTreeMap<Phase, MicroUsd>,
    /// Who did each phase last, and why not another.
    pub models: BTreeMap<Phase, Routed>,
    /// The agents that phases were given to, in the round that each was done in.
    pub agents: BTreeMap<Phase, AgentUsed>,
    /// What the newest draft was held against: the tenant's bar of then.
    pub quality_bar: Option<Score>,
    /// Given back to the quota already.
    pub refunded: bool,
    /// Who asked for the present generation, and in which day it counts; `None` is the one that the task was made for.
    pub place: Option<QuotaPlace>,
    pub trace_id: TraceId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
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
            due_at: Some(now + if external { EXTERNAL_WAIT } else { context.timings.grace() }),
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
            outage_since: None,
            assignment: Assignment::default(),
            approval: None,
            live: None,
            cost: BTreeMap::new(),
            models: BTreeMap::new(),
            agents: BTreeMap::new(),
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
            about: None,
            comment: None,
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

    /// For how long nobody has answered whom its work needs.
    pub fn outage_at(&self, now: Timestamp) -> SignedDuration {
        self.outage_since.map_or(SignedDuration::ZERO, |since| now.duration_since(since))
    }

    /// Whether the present attempt began the call; what an earlier one left open has nobody who waits for it.
    pub const fn began(&self, call: &ModelCall) -> bool {
        self.round == call.round && self.attempt == call.attempt
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

    /// The path under which the live article is read. What is no article has none.
    pub fn published_url(&self) -> Option<String> {
        let live = self.live.as_ref().filter(|_| Outlet::of(self.request.task_type) == Outlet::Articles)?;
        Some(article_path(&self.tenant, &live.slug))
    }

    /// The day's quota that the present generation took a place of.
    pub fn quota_day(&self) -> QuotaDay {
        match &self.place {
            Some(QuotaPlace { subject, date }) => {
                QuotaDay { tenant: self.tenant.clone(), subject: subject.clone(), date: *date }
            }
            None => QuotaDay::of(&self.tenant, &self.requested_by, self.created_at),
        }
    }

    /// Another generation begins, which took a place of `day`.
    pub fn counts_in(&mut self, day: &QuotaDay) {
        self.place = Some(QuotaPlace { subject: day.subject.clone(), date: day.date });
        self.refunded = false;
    }
}

/// The path under which an article is read.
pub fn article_path(tenant: &TenantId, slug: &Slug) -> String {
    format!("{ARTICLES}{tenant}/{}", slug.as_str())
}

pub fn progress(stage: &str, percentage: u8, message: &str) -> Progress {
    Progress { stage: stage.to_owned(), percentage, message: message.to_owned() }
}
