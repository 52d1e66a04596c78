//! Every type that is sent in an answer. Clients depend on the names here.

mod act;
mod admin;
mod agent;
mod article;
pub mod article_page;
mod calendar;
mod comment;
mod delivery;
mod desk;
mod feed;
pub mod flags;
pub mod ical;
mod inspect;
mod intent;
mod listen;
pub mod models;
mod near;
mod once;
mod provenance;
mod receipts;
mod saved;
mod schedule;
mod session;
mod settings;
mod target;
mod task;
mod tenants;

pub use galley_api::page::Page;
use galley_domain::{
    kernel::ids::{TenantId, TraceId},
    operations::{
        due::Due,
        stuck::{Reason, Stuck},
    },
    queue::message::Kind,
    task::state::TaskState,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::http::error::{FieldError, ProblemBody};

pub use act::ActView;
pub use admin::{
    CallbackSecretView, EndedView, JobPartView, JobView, KeyView, LetterList, LetterView, MadeKeyView, PersonView,
    SourceSecretView, SourceView, TenantLimitsView, UsageLine, UsageView,
};
pub use agent::{
    AgentKind, AgentLine, AgentLines, AgentList, AgentView, PromptView, agent_etag, made_agent, made_prompt,
};
pub use article::{ArticleLine, ArticleView, Citation};
pub use calendar::CalendarView;
pub use comment::{CommentView, made_comment};
pub use delivery::{DeliveryView, TryView};
pub use desk::{ReviewView, TaskListView};
pub use feed::{FeedList, FeedView, MadeFeedView, made_feed};
pub use inspect::{HandledTaskView, InspectedDeliveryView, InspectedEventView, InspectedTaskView, inspected};
pub use intent::{IntentView, ProposalView, TakenResult, TakenView, asked_intent};
pub use listen::{HeardList, HeardView};
pub use near::NearView;
pub use once::{accepted, made_key, made_source, made_target, redelivered, replaced, rotated};
pub use provenance::{CallView, ProvenanceView};
pub use receipts::{ReceiptListView, ReceiptView, RefusedView};
pub use saved::saved;
pub use schedule::{PlanView, RunView, ScheduleView, left_out, made_schedule, ran_at_once};
pub use session::{
    BrowserRenewal, BrowserTokenView, Grant, MeView, RefreshToken, StreamTicketView, TerminalSignIn, TokensView,
};
pub use settings::{LimitsChangeView, LimitsPatch, SettingsChangeView, SettingsPatch, SettingsView};
pub use target::{PlacementList, PlacementRetry, PlacementView, TargetList, TargetTestView, TargetView};
pub use task::{
    BlockerView, DecisionView, EventView, EvidenceView, RevisionView, TaskView, changed, created, decided, etag,
    etag_of,
};

pub use tenants::{InspectedTrailView, TenantCostsView, TenantView, TrailView};

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
    /// True where this is the answer that a request with this item's `Idempotency-Key` had before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub replayed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Done>))]
    pub task: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
}

/// The answer of the single request, as a bulk repeats it.
#[cfg(feature = "openapi")]
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = BulkAnswer)]
#[serde(untagged)]
pub enum Done {
    Task(Box<TaskView>),
    Decision(DecisionView),
}

/// The answer to a webhook.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Received))]
pub struct ReceivedView {
    pub event_id: String,
    pub duplicate: bool,
}

/// Field errors of a bulk's item, with `prefix` (the item's index) before each field.
pub fn prefixed(errors: Vec<FieldError>, prefix: &str) -> Vec<FieldError> {
    errors.into_iter().map(|error| FieldError { field: format!("{prefix}{}", error.field), ..error }).collect()
}

/// An item that is overdue, or waits for a provider that does not answer.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Stuck))]
pub struct StuckView {
    /// The kind of the message that would continue it.
    pub kind: Kind,
    pub tenant: TenantId,
    /// The id of a task or a webhook.
    pub id: String,
    pub status: Option<TaskState>,
    pub reason: Reason,
    /// The provider that does not answer, where that is the reason.
    pub provider: Option<String>,
    /// When the sweeper sends for it again.
    pub due_at: Timestamp,
    /// When it was due for the first time, however often the sweeper has sent for it since; or when the provider was asked.
    pub overdue_since: Timestamp,
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
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
    /// The number of all stuck items, including those that are not in `data`.
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
            reason: stuck.reason,
            provider: stuck.provider,
            due_at,
            overdue_since: stuck.since,
            overdue_s: now.duration_since(stuck.since).as_secs().max(0),
            resends,
            trace_id: message.trace_id,
        }
    }
}
