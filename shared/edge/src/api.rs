//! Every type that goes over the wire in an answer. Names here are promises to clients.

mod admin;
pub mod flags;
pub mod models;

use std::collections::BTreeMap;

pub use galley_api::page::Page;
use galley_domain::{
    content::{
        blockers::Blocker,
        quality::{Quality, Score},
        references::Reference,
        seo::Seo,
    },
    idempotency::claim::SavedResponse,
    kernel::{
        ids::{Subject, TaskId, TenantId, TraceId},
        mask::Masked,
        url::PublicUrl,
        usd::MicroUsd,
    },
    models::phase::{Phase, Routed},
    money::ledger::{CallOutcome, Corrected, ModelCall},
    operations::{due::Due, stuck::Stuck},
    outbox::deliver::{Delivery, DeliveryState, Try},
    publishing::live::{Article, ArticleSummary},
    queue::message::Kind,
    task::{
        audit::{Actor, AuditEvent},
        record::{Approval, Decision, Failure, Progress, Task},
        request::TaskRequest,
        revision::{Author, DraftScore, Image, Revision},
        state::TaskState,
    },
};
use jiff::Timestamp;
use serde::Serialize;

use crate::http::error::{FieldError, ProblemBody};

pub use admin::{
    CallbackSecretView, EndedView, JobPartView, JobView, KeyView, MadeKeyView, MeView, PersonView, ReceiptView,
    RefreshToken, SettingsPatch, SettingsView, SourceSecretView, SourceView, TenantLimitsView, TokensView, UsageLine,
    UsageView,
};

/// A task as it reads; lists leave `content` out.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Task))]
pub struct TaskView {
    pub task_id: TaskId,
    pub status: TaskState,
    /// Rises with every change that a reader can see; the `ETag`.
    pub version: u64,
    #[serde(flatten)]
    pub request: TaskRequest,
    pub requested_by: Subject,
    pub progress: Progress,
    pub attempt: u32,
    /// The newest revision's number; 0 while there is none.
    pub revision: u32,
    /// Plain text: escape it where it is shown as HTML.
    pub title: Option<String>,
    /// Cleaned HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: Option<String>,
    pub quality_score: Option<Score>,
    pub quality: Option<Quality>,
    /// What keeps the newest revision from publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blockers: Option<Vec<BlockerView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_count: Option<u32>,
    pub cost_usd: MicroUsd,
    pub cost_breakdown: BTreeMap<Phase, MicroUsd>,
    /// Who did each phase last, and why not another.
    pub models: BTreeMap<Phase, Routed>,
    pub error: Option<Failure>,
    pub approval: Option<Approval>,
    pub published_url: Option<String>,
    /// The revision that is live; a newer one may wait for its decision, or was turned down.
    pub live_revision: Option<u32>,
    pub publish_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Blocker))]
pub struct BlockerView {
    pub code: Blocker,
    pub message: String,
}

impl TaskView {
    /// As a list shows it.
    pub fn summary(task: &Task) -> Self {
        Self {
            task_id: task.id.clone(),
            status: task.state,
            version: task.version,
            request: task.request.clone(),
            requested_by: task.requested_by.clone(),
            progress: task.progress.clone(),
            attempt: task.attempt,
            revision: task.revision,
            title: task.title.clone(),
            content: None,
            excerpt: task.excerpt.clone(),
            quality_score: task.quality_score,
            quality: task.quality.clone(),
            blockers: None,
            suggestions: None,
            word_count: None,
            cost_usd: task.cost_usd(),
            cost_breakdown: task
                .cost
                .iter()
                .filter(|(_, cost)| **cost > MicroUsd::ZERO)
                .map(|(p, c)| (*p, *c))
                .collect(),
            models: task.models.clone(),
            error: task.error.clone(),
            approval: task.approval.clone(),
            published_url: task.published_url(),
            live_revision: task.live.as_ref().map(|live| live.revision),
            publish_at: task.publish_at,
            created_at: task.created_at,
            updated_at: task.updated_at,
            started_at: task.started_at,
            completed_at: task.completed_at,
        }
    }

    /// With its newest revision.
    pub fn whole(task: &Task, draft: Option<&Revision>) -> Self {
        let mut view = Self::summary(task);
        if let Some(draft) = draft {
            view.content = Some(draft.html.clone());
            view.blockers = Some(blockers(&draft.blockers));
            view.suggestions = Some(draft.suggestions.clone());
            view.word_count = Some(draft.word_count);
        }
        view
    }
}

fn blockers(blockers: &[Blocker]) -> Vec<BlockerView> {
    blockers.iter().map(|blocker| BlockerView { code: *blocker, message: blocker.to_string() }).collect()
}

/// The strong validator of a task: its version.
pub fn etag(task: &Task) -> String {
    format!("\"{}\"", task.version)
}

/// The answer to a create, which is also the one that a replay gives.
pub fn created(task: &Task) -> SavedResponse {
    SavedResponse {
        status: 201,
        location: Some(format!("/api/content/tasks/{}", task.id)),
        etag: Some(etag(task)),
        body: to_json(&TaskView::summary(task)),
    }
}

/// The answer to a decision.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Decision))]
pub struct DecisionView {
    pub task_id: TaskId,
    pub approval_status: TaskState,
    pub published_url: Option<String>,
    pub approval_timestamp: Timestamp,
    pub reviewer_id: Subject,
    pub message: String,
}

/// The answer to approve, reject, request-changes and publish.
pub fn decided(task: &Task) -> SavedResponse {
    let Some(approval) = &task.approval else { return changed(task) };
    let message = match (approval.decision, task.state) {
        (Decision::Approved, TaskState::Approved) => "Approved; it will be published at its hour".to_owned(),
        (Decision::Approved, _) if !approval.overrode.is_empty() => {
            format!("Approved and published; overrode {}", approval.overrode.join(", "))
        }
        (Decision::Approved, _) => "Approved and published".to_owned(),
        (Decision::Rejected, TaskState::Published) => "Rejected; the live article stays as it is".to_owned(),
        (Decision::Rejected, _) => "Rejected".to_owned(),
        (Decision::ChangesRequested, _) => "Sent back for another draft".to_owned(),
    };
    let view = DecisionView {
        task_id: task.id.clone(),
        approval_status: task.state,
        published_url: task.published_url(),
        approval_timestamp: approval.at,
        reviewer_id: approval.reviewer_id.clone(),
        message,
    };
    SavedResponse { status: 200, location: None, etag: Some(etag(task)), body: to_json(&view) }
}

/// The answer to every other change: the task as it is now.
pub fn changed(task: &Task) -> SavedResponse {
    SavedResponse { status: 200, location: None, etag: Some(etag(task)), body: to_json(&TaskView::summary(task)) }
}

fn to_json(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        "{}".to_owned()
    })
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Event))]
pub struct EventView {
    pub event_id: uuid::Uuid,
    pub event: String,
    /// `kind` is person, operator, worker, sweeper or webhook; `subject` names a person or source.
    pub actor: Actor,
    pub from: Option<TaskState>,
    pub to: TaskState,
    pub reason: Option<Masked>,
    pub revision: Option<u32>,
    pub at: Timestamp,
    pub trace_id: String,
}

impl From<AuditEvent> for EventView {
    fn from(event: AuditEvent) -> Self {
        Self {
            event_id: event.id,
            event: event.event,
            actor: event.actor,
            from: event.from,
            to: event.to,
            reason: event.reason,
            revision: event.revision,
            at: event.at,
            trace_id: event.trace_id.to_string(),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Revision))]
pub struct RevisionView {
    pub revision: u32,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub seo: Seo,
    pub featured_image: Option<Image>,
    pub quality_score: Score,
    /// Each 0 to 100.
    pub quality: Quality,
    pub suggestions: Vec<String>,
    pub blockers: Vec<BlockerView>,
    pub word_count: u32,
    /// `kind` is outline, model, person, external or cleaner.
    pub author: Author,
    /// What was found on the topic.
    pub references: Vec<Reference>,
    /// Every draft on the way to this text, with its scores.
    pub drafts: Vec<DraftScore>,
    pub created_at: Timestamp,
}

impl RevisionView {
    pub fn whole(revision: Revision) -> Self {
        let content = Some(revision.html.clone());
        Self { content, ..Self::summary(revision) }
    }

    /// As a list shows it.
    pub fn summary(revision: Revision) -> Self {
        Self {
            revision: revision.number,
            blockers: blockers(&revision.blockers),
            title: revision.title,
            content: None,
            excerpt: revision.excerpt,
            seo: revision.seo,
            featured_image: revision.featured_image,
            quality_score: revision.quality_score,
            quality: revision.quality,
            suggestions: revision.suggestions,
            word_count: revision.word_count,
            author: revision.author,
            references: revision.references,
            drafts: revision.drafts,
            created_at: revision.created_at,
        }
    }
}

/// A live article as anyone reads it: nothing of its making.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Article))]
pub struct ArticleView {
    pub tenant: TenantId,
    pub slug: String,
    pub title: String,
    /// Cleaned HTML.
    pub content: String,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub seo: Seo,
    pub featured_image: Option<Image>,
    pub word_count: u32,
    pub published_at: Timestamp,
}

impl From<Article> for ArticleView {
    fn from(article: Article) -> Self {
        Self {
            tenant: article.tenant,
            slug: article.live.slug.as_str().to_owned(),
            title: article.revision.title,
            content: article.revision.html,
            excerpt: article.revision.excerpt,
            seo: article.revision.seo,
            featured_image: article.revision.featured_image,
            word_count: article.revision.word_count,
            published_at: article.live.published_at,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArticleLine {
    pub slug: String,
    pub title: String,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub published_at: Timestamp,
    pub published_url: String,
}

impl ArticleLine {
    pub fn of(tenant: &TenantId, summary: ArticleSummary) -> Self {
        let slug = summary.live.slug.as_str().to_owned();
        Self {
            published_url: format!("/api/content/published/{tenant}/{slug}"),
            slug,
            title: summary.title,
            excerpt: summary.excerpt,
            published_at: summary.live.published_at,
        }
    }
}

/// The answer to a bulk: one result for each item, in the order of the request.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = BulkResults))]
pub struct BulkView {
    pub results: Vec<BulkResult>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkResult {
    pub index: usize,
    pub id: Option<String>,
    /// As the single request would have answered.
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub task: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
}

/// The answer to a webhook.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Received))]
pub struct ReceivedView {
    pub event_id: String,
    pub duplicate: bool,
}

/// For a bulk's item: its index stands before each field.
pub fn prefixed(errors: Vec<FieldError>, prefix: &str) -> Vec<FieldError> {
    errors.into_iter().map(|error| FieldError { field: format!("{prefix}{}", error.field), ..error }).collect()
}

/// What waits longer than it should.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Stuck))]
pub struct StuckView {
    /// Of the message that would move it on.
    pub kind: Kind,
    pub tenant: TenantId,
    /// A task's or a webhook's.
    pub id: String,
    pub status: Option<TaskState>,
    /// `unclaimed`, `lease_expired`, `publication_due`, `webhook_unprocessed` or `unfinished`.
    pub reason: &'static str,
    pub due_at: Timestamp,
    /// Negative when the sweeper has sent for it and waits.
    pub overdue_s: i64,
    /// How often the sweeper has sent for it since it last moved.
    pub resends: u32,
    pub trace_id: TraceId,
}

/// The longest stuck first, and how many there are in all.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StuckList {
    pub data: Vec<StuckView>,
    /// All that is stuck, also what is not in `data`.
    pub total: usize,
}

impl StuckView {
    pub fn of(stuck: Stuck, now: Timestamp) -> Self {
        let Due { message, state, due_at, resends, .. } = stuck.due;
        Self {
            kind: message.kind,
            tenant: message.tenant,
            id: message.id,
            status: state,
            reason: stuck.reason.name(),
            due_at,
            overdue_s: now.duration_since(due_at).as_secs(),
            resends,
            trace_id: message.trace_id,
        }
    }
}

/// An event on its way to whoever asked to be called back.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Delivery))]
pub struct DeliveryView {
    pub delivery_id: uuid::Uuid,
    /// `task.` and the state that the task came to.
    pub event_type: String,
    pub url: PublicUrl,
    /// `pending`, `delivered` or `failed`.
    pub status: DeliveryState,
    pub tries: Vec<TryView>,
    pub next_try_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Try))]
pub struct TryView {
    pub at: Timestamp,
    /// What the receiver answered.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    pub latency_ms: u64,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let view = |tried: Try| TryView {
            at: tried.at,
            status: tried.status,
            error: tried.error.map(|error| error.to_string()),
            latency_ms: tried.latency_ms,
        };
        Self {
            delivery_id: delivery.id,
            event_type: delivery.event_type,
            url: delivery.url,
            status: delivery.state,
            tries: delivery.tries.into_iter().map(view).collect(),
            next_try_at: delivery.next_at,
            created_at: delivery.created_at,
        }
    }
}

/// Where an article comes from: what was found, who wrote and judged what, what people decided, and every call.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Provenance))]
pub struct ProvenanceView {
    /// The newest revision; null while there is none.
    pub revision: Option<RevisionView>,
    pub models: BTreeMap<Phase, Routed>,
    pub cost_usd: MicroUsd,
    /// What people did, the newest first.
    pub decisions: Vec<EventView>,
    /// A page of the calls, the newest first.
    pub data: Vec<CallView>,
    pub next_cursor: Option<String>,
}

/// One call of a model for a task.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Call))]
pub struct CallView {
    pub call_id: uuid::Uuid,
    pub phase: Phase,
    pub provider: String,
    pub model: String,
    pub prompt_version: String,
    pub prompt_sha256: String,
    pub round: u32,
    pub attempt: u32,
    pub at: Timestamp,
    pub cost_usd: MicroUsd,
    #[serde(flatten)]
    pub outcome: CallOutcome,
    /// What an operator put right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
}

impl From<ModelCall> for CallView {
    fn from(call: ModelCall) -> Self {
        Self {
            call_id: call.id,
            phase: call.phase,
            provider: call.quote.provider,
            model: call.quote.model,
            prompt_version: call.quote.prompt_version,
            prompt_sha256: call.quote.prompt_sha256,
            round: call.round,
            attempt: call.attempt,
            at: call.at,
            cost_usd: call.cost,
            outcome: call.outcome,
            corrected: call.corrected,
        }
    }
}
