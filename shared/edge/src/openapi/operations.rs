//! Each route's request and response types, examples and refusals. The match is exhaustive: a new route does not compile
//! without an entry.

use galley_api::{
    access::{NewKey, NewPerson},
    bulk::{BulkCreate, BulkUpdate},
    health,
    review::{Approve, Edit, Note, Republish, Review},
    task::TaskRequest,
};
use galley_domain::{
    access::route::Route,
    generation::transcript::Transcript,
    operations::correction::Asked as CostCorrection,
    privacy::jobs::Asked,
    queue::dead_letters::{Redrive, Redriven},
    tenancy::{
        flags::{Flag, FlagChange},
        settings::Overrides,
    },
    webhooks::{
        body::Body as WebhookBody,
        source::{NewSource, Rotation},
    },
};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::shapes::Shape;
use crate::{
    api::{
        ArticleLine, ArticleView, BulkView, CallView, CallbackSecretView, DecisionView, DeliveryView, EndedView,
        EventView, JobPartView, JobView, KeyView, MadeKeyView, MeView, PersonView, ProvenanceView, ReceiptView,
        ReceivedView, RefreshToken, RevisionView, SettingsPatch, SettingsView, SourceSecretView, SourceView, StuckList,
        TaskView, TenantLimitsView, TokensView, UsageView,
        flags::{FlagList, FlagView, Revert},
        models::{CostsView, EstimateView, ModelList},
    },
    http::body::JsonBody,
};

/// A header of a request, and what it says.
type Header = (&'static str, &'static str);

pub(super) struct Operation {
    pub(super) tag: &'static str,
    pub(super) body: Option<Body>,
    pub(super) headers: &'static [Header],
    pub(super) answers: Vec<Answer>,
    pub(super) problems: &'static [u16],
}

pub(super) struct Body {
    pub(super) shape: Shape,
    pub(super) required: bool,
    pub(super) example: Value,
    /// How such a body is read, where one type reads all of it.
    #[cfg(test)]
    pub(super) read: Option<Read>,
}

/// What tests try bodies with: the fields that must be there, and what is wrong with an object.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(super) struct Read {
    pub(super) required: &'static [&'static str],
    pub(super) errors: fn(serde_json::Map<String, Value>) -> Vec<crate::http::error::FieldError>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    /// `None`: nothing, or what is no JSON.
    pub(super) shape: Option<Shape>,
    pub(super) description: &'static str,
}

const KEY: Header = ("Idempotency-Key", "1 to 255 visible ASCII characters");
const MATCH: Header = ("If-Match", "The task's ETag: decide only on this version");
const UNLESS: Header = ("If-None-Match", "An ETag: answer 304 if it still holds");
const SIGNATURE: Header =
    ("X-Webhook-Signature", "Hex HMAC-SHA256 over `<timestamp>.<raw body>` with the source's secret");
const TIMESTAMP: Header = ("X-Webhook-Timestamp", "Unix time in seconds, at most 300 from now");

impl Operation {
    const fn of(tag: &'static str) -> Self {
        Self { tag, body: None, headers: &[], answers: Vec::new(), problems: &[] }
    }

    fn body<T: JsonBody + ToSchema>(self, name: &'static str, example: Value) -> Self {
        #[cfg(test)]
        let read = Some(Read {
            required: T::REQUIRED,
            errors: |map| crate::http::body::from_object::<T>(map).err().unwrap_or_default(),
        });
        let body = Body {
            shape: Shape::of::<T>(name),
            required: true,
            example,
            #[cfg(test)]
            read,
        };
        Self { body: Some(body), ..self }
    }

    fn optional_body<T: JsonBody + ToSchema>(self, name: &'static str, example: Value) -> Self {
        let operation = self.body::<T>(name, example);
        Self { body: operation.body.map(|body| Body { required: false, ..body }), ..operation }
    }

    /// For a body that its function reads piece by piece.
    fn body_read_apart<T: ToSchema>(self, name: &'static str, example: Value) -> Self {
        let body = Body {
            shape: Shape::of::<T>(name),
            required: true,
            example,
            #[cfg(test)]
            read: None,
        };
        Self { body: Some(body), ..self }
    }

    fn headers(self, headers: &'static [Header]) -> Self {
        Self { headers, ..self }
    }

    fn answer<T: ToSchema>(mut self, status: u16, name: &'static str, description: &'static str) -> Self {
        self.answers.push(Answer { status, shape: Some(Shape::of::<T>(name)), description });
        self
    }

    fn page<T: ToSchema>(mut self, name: &'static str, description: &'static str) -> Self {
        self.answers.push(Answer { status: 200, shape: Some(Shape::page::<T>(name)), description });
        self
    }

    fn says(mut self, status: u16, description: &'static str) -> Self {
        self.answers.push(Answer { status, shape: None, description });
        self
    }

    fn problems(self, problems: &'static [u16]) -> Self {
        Self { problems, ..self }
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each route: a table, not a procedure")]
pub(super) fn of(route: Route) -> Operation {
    match route {
        Route::CreateTask => Operation::of("tasks")
            .body::<TaskRequest>("CreateTask", json!({"tags": ["http"], "target_length": 800, "topic": "How HTTP caching works"}))
            .headers(&[KEY])
            .answer::<TaskView>(201, "Task", "Accepted; `Location` is where it is")
            .problems(&[400, 409, 413, 415, 422]),
        Route::BulkCreate => Operation::of("tasks")
            .body_read_apart::<BulkCreate>("BulkCreate", json!({"tasks": [{"topic": "How HTTP caching works"}]}))
            .headers(&[KEY])
            .answer::<BulkView>(200, "BulkResults", "A result for each item, in order")
            .problems(&[400, 413, 415]),
        Route::ListDeliveries => Operation::of("tasks")
            .page::<DeliveryView>("DeliveryPage", "A page of deliveries, newest first")
            .problems(&[400, 404]),
        Route::ListTasks => Operation::of("tasks")
            .page::<TaskView>("TaskPage", "A page of tasks, newest first")
            .problems(&[400]),
        Route::GetTask => Operation::of("tasks")
            .headers(&[UNLESS])
            .answer::<TaskView>(200, "Task", "The task")
            .says(304, "Not modified")
            .problems(&[400, 404]),
        Route::ListEvents => Operation::of("tasks")
            .page::<EventView>("EventPage", "A page of events, newest first")
            .problems(&[400, 404]),
        Route::ListRevisions => Operation::of("tasks")
            .page::<RevisionView>("RevisionPage", "A page of revisions, newest first")
            .problems(&[400, 404]),
        Route::Provenance => Operation::of("tasks")
            .answer::<ProvenanceView>(200, "Provenance", "The newest revision's making, and a page of calls, newest first")
            .problems(&[400, 404]),
        Route::GetTranscript => Operation::of("tasks")
            .answer::<Transcript>(200, "Transcript", "What was said, without personal data")
            .problems(&[404]),
        Route::GetRevision => Operation::of("tasks")
            .answer::<RevisionView>(200, "Revision", "The revision")
            .problems(&[400, 404]),
        Route::Usage => Operation::of("tasks")
            .answer::<UsageView>(200, "Usage", "Each limit, what is used of it, and when it begins anew")
            .problems(&[503]),
        Route::ListPublished => Operation::of("published")
            .page::<ArticleLine>("ArticlePage", "A page of articles, newest first")
            .problems(&[400, 404]),
        Route::GetPublished => Operation::of("published")
            .headers(&[UNLESS])
            .answer::<ArticleView>(200, "Article", "The article")
            .says(304, "Not modified")
            .problems(&[400, 404]),
        Route::StreamTask => Operation::of("tasks")
            .says(200, "Server-sent events: `task` with the task as it is, `end` with the reason `over`, `time` (come again) or `forbidden`")
            .problems(&[400, 404, 503]),
        Route::Redeliver => Operation::of("tasks")
            .answer::<DeliveryView>(202, "Delivery", "It will be sent; one that is still to be sent stays as it is")
            .problems(&[404, 503]),
        Route::Approve => Operation::of("decisions")
            .body::<Approve>("Approve", json!({"approved": true, "human_feedback": "Reads well, publish it.", "reviewer_id": "ana", "revision": 2}))
            .headers(&[KEY, MATCH])
            .answer::<DecisionView>(200, "Decision", "The decision")
            .problems(&[400, 404, 409, 412, 413, 415, 422, 428]),
        Route::Reject | Route::RequestChanges => Operation::of("decisions")
            .body::<Review>("Review", json!({"human_feedback": "Please add an example to each section.", "reviewer_id": "ana"}))
            .headers(&[KEY, MATCH])
            .answer::<DecisionView>(200, "Decision", "The decision")
            .problems(&[400, 404, 409, 412, 413, 415, 422]),
        Route::EditDraft => Operation::of("decisions")
            .body::<Edit>("EditDraft", json!({"markdown": "## What it is\n\nA copy, kept.", "title": "HTTP caching in practice"}))
            .headers(&[MATCH])
            .answer::<TaskView>(200, "Task", "The task as it is now")
            .problems(&[400, 404, 409, 412, 413, 415]),
        Route::Cancel | Route::Retry | Route::Unpublish => Operation::of("decisions")
            .optional_body::<Note>("Note", json!({"reason": "No longer needed"}))
            .headers(&[KEY, MATCH])
            .answer::<TaskView>(200, "Task", "The task as it is now")
            .problems(&[400, 404, 409, 412, 413, 415, 422]),
        Route::Publish => Operation::of("decisions")
            .body::<Republish>("Republish", json!({"human_feedback": "The earlier text was right.", "reviewer_id": "ana", "revision": 1}))
            .headers(&[KEY, MATCH])
            .answer::<DecisionView>(200, "Decision", "The decision")
            .problems(&[400, 404, 409, 412, 413, 415, 422]),
        Route::BulkUpdate => Operation::of("decisions")
            .body_read_apart::<BulkUpdate>("BulkUpdate", json!({"action": "cancel", "ids": ["task_01a1fb7dd887761bbbe1433c3c33467f"]}))
            .headers(&[KEY])
            .answer::<BulkView>(200, "BulkResults", "A result for each id, in order")
            .problems(&[400, 413, 415]),
        Route::Webhook | Route::TenantWebhook => Operation::of("webhooks")
            .body_read_apart::<WebhookBody>("Webhook", json!({"content": {"markdown": "## What it is", "title": "HTTP caching"}, "event_id": "evt-1", "event_type": "content.generated", "task_id": "task_01a1fb7dd887761bbbe1433c3c33467f"}))
            .headers(&[SIGNATURE, TIMESTAMP])
            .answer::<ReceivedView>(200, "Received", "Recorded before; nothing new happens")
            .answer::<ReceivedView>(202, "Received", "Recorded")
            .problems(&[400, 401, 413, 415]),
        Route::Models => Operation::of("models")
            .answer::<ModelList>(200, "ModelList", "The catalogue, and what of it can be asked")
            .problems(&[503]),
        Route::Costs => Operation::of("models")
            .answer::<CostsView>(200, "Costs", "What was spent, with what is reserved for calls under way")
            .problems(&[400, 503]),
        Route::Estimate => Operation::of("models")
            .body::<TaskRequest>("CreateTask", json!({"quality_preference": "quality", "topic": "How HTTP caching works"}))
            .answer::<EstimateView>(200, "Estimate", "What it would cost, about and at most")
            .problems(&[400, 413, 415, 503]),
        Route::MakeKey => Operation::of("administration")
            .body::<NewKey>("NewKey", json!({"expires_at": null, "role": "editor", "subject": "ana"}))
            .answer::<MadeKeyView>(201, "MadeKey", "The key; keep it, it is not shown again")
            .problems(&[400, 413, 415, 503]),
        Route::ListKeys => Operation::of("administration")
            .page::<KeyView>("KeyPage", "A page of keys, newest first")
            .problems(&[400]),
        Route::RevokeKey => Operation::of("administration")
            .says(204, "Revoked for good. Who used it in the last minute may be let in until that is over")
            .problems(&[404]),
        Route::MakeSource => Operation::of("administration")
            .body::<NewSource>("NewSource", json!({"events": ["content.generated"], "scheme": "standard", "source": "acme-cms"}))
            .answer::<SourceSecretView>(201, "SourceSecret", "The source and its secret")
            .problems(&[400, 409, 413, 415, 503]),
        Route::ListSources => Operation::of("administration")
            .page::<SourceView>("SourcePage", "A page of sources, newest first")
            .problems(&[400]),
        Route::RemoveSource => Operation::of("administration")
            .says(204, "Removed; its webhooks are refused. What it has sent is still processed")
            .problems(&[404]),
        Route::ListReceipts => Operation::of("administration")
            .page::<ReceiptView>("ReceiptPage", "A page of receipts, newest first")
            .problems(&[400, 404]),
        Route::RotateSource => Operation::of("administration")
            .optional_body::<Rotation>("Rotation", json!({"revoke_previous": false}))
            .answer::<SourceSecretView>(200, "SourceSecret", "The source and its new secret, in force at once; the one before counts until the next rotation")
            .problems(&[400, 404, 413, 415, 503]),
        Route::ShowCallbackSecret => Operation::of("administration")
            .answer::<CallbackSecretView>(200, "CallbackSecret", "The secret, and the one before it while a rotation is under way")
            .problems(&[503]),
        Route::GetLimits => Operation::of("operation")
            .answer::<TenantLimitsView>(200, "TenantLimits", "What the tenant has in place of the usual limits")
            .problems(&[404, 503]),
        Route::SetLimits => Operation::of("operation")
            .body::<Overrides>("Overrides", json!({"create_per_minute": 50, "org_tasks_per_day": 5000, "usd_per_day": "20.00"}))
            .answer::<TenantLimitsView>(200, "TenantLimits", "What is in force from now on")
            .problems(&[400, 404, 413, 415, 503]),
        Route::CorrectCall => Operation::of("operation")
            .body::<CostCorrection>("CostCorrection", json!({"cost_usd": "0.0123", "reason": "As the provider's bill says"}))
            .answer::<CallView>(200, "Call", "The call as it stands in the ledger from now on")
            .problems(&[400, 404, 409, 413, 415, 503]),
        Route::ListFlags => Operation::of("operation")
            .answer::<FlagList>(200, "FlagList", "The flags that somebody has set; all others are on for everybody")
            .problems(&[503]),
        Route::FlagLog => Operation::of("operation")
            .page::<FlagChange>("FlagChangePage", "A page of changes, newest first")
            .problems(&[400, 503]),
        Route::SetFlag => Operation::of("operation")
            .body::<Flag>("Flag", json!({"enabled": false}))
            .answer::<FlagView>(200, "FlagView", "What holds from now on")
            .problems(&[400, 404, 409, 413, 415, 503]),
        Route::RevertFlag => Operation::of("operation")
            .body::<Revert>("Revert", json!({"change_id": "01a1fed2-daa7-7712-a608-5f4255540dd0"}))
            .answer::<FlagView>(200, "FlagView", "What holds from now on")
            .problems(&[400, 404, 409, 413, 415, 503]),
        Route::GetSettings => Operation::of("administration")
            .answer::<SettingsView>(200, "Settings", "What holds")
            .problems(&[503]),
        Route::PatchSettings => Operation::of("administration")
            .body::<SettingsPatch>("SettingsPatch", json!({"assessment": "hybrid", "keep_model_texts": true, "quality_bar": 75}))
            .answer::<SettingsView>(200, "Settings", "What holds from now on")
            .problems(&[400, 413, 415, 503]),
        Route::ExportData | Route::EraseData => Operation::of("privacy")
            .body::<Asked>("Asked", json!({"subject": "ana"}))
            .answer::<JobView>(202, "Job", "Accepted; `Location` is where it is")
            .problems(&[400, 413, 415, 503]),
        Route::ListJobs => Operation::of("privacy")
            .page::<JobView>("JobPage", "A page of jobs, newest first")
            .problems(&[400]),
        Route::GetJob => Operation::of("privacy")
            .answer::<JobView>(200, "Job", "How far it is")
            .problems(&[404]),
        Route::GetJobPart => Operation::of("privacy")
            .answer::<JobPartView>(200, "JobPart", "Some of the records; kept for seven days")
            .problems(&[404]),
        Route::PutPerson => Operation::of("administration")
            .body::<NewPerson>("NewPerson", json!({"role": "editor"}))
            .answer::<PersonView>(200, "Person", "Whom their next token is for")
            .problems(&[400, 413, 415, 503]),
        Route::ListPeople => Operation::of("administration")
            .page::<PersonView>("PersonPage", "A page of people, newest first")
            .problems(&[400]),
        Route::RemovePerson => Operation::of("administration")
            .says(204, "They get no token any more; the one they have ends within 15 minutes")
            .problems(&[404]),
        Route::ListStuck => Operation::of("operation")
            .answer::<StuckList>(200, "StuckList", "The longest stuck first")
            .problems(&[400, 503]),
        Route::ListEnded => Operation::of("operation")
            .page::<EndedView>("EndedPage", "A page of what was given up, newest first")
            .problems(&[400, 503]),
        Route::RedriveEnded => Operation::of("operation")
            .answer::<EndedView>(202, "Ended", "It will be tried")
            .problems(&[404, 409, 503]),
        Route::Redrive => Operation::of("operation")
            .body::<Redrive>("Redrive", json!({"limit": 100, "queue": "work"}))
            .answer::<Redriven>(200, "Redriven", "What was moved")
            .problems(&[400, 413, 415, 503]),
        Route::SignIn => Operation::of("signing in")
            .says(302, "To GitHub, with a cookie that binds the sign-in to this browser")
            .problems(&[400, 404, 503]),
        Route::SignInCallback => Operation::of("signing in")
            .answer::<TokensView>(200, "Tokens", "A token for 15 minutes, and a refresh token that works once")
            .problems(&[400, 401, 403, 404, 503]),
        Route::RefreshSession => Operation::of("signing in")
            .body::<RefreshToken>("RefreshToken", json!({"refresh_token": "…"}))
            .answer::<TokensView>(200, "Tokens", "The next token, and the next refresh token")
            .problems(&[400, 401, 403, 404, 413, 415, 503]),
        Route::Me => Operation::of("signing in")
            .answer::<MeView>(200, "Me", "Tenant, subject and role"),
        Route::SignOut => Operation::of("signing in")
            .says(204, "Signed out; a key has no session to end")
            .problems(&[503]),
        Route::Live => Operation::of("operation")
            .says(200, "It runs"),
        Route::Ready => Operation::of("operation")
            .answer::<health::Ready>(200, "Ready", "All parts answer")
            .problems(&[503]),
        Route::Health => Operation::of("operation")
            .answer::<health::Health>(200, "Health", "What is well and what is not"),
        Route::Metrics => Operation::of("operation")
            .says(200, "Prometheus text, version 0.0.4")
            .problems(&[503]),
        Route::OpenApi => Operation::of("operation")
            .says(200, "This document"),
        Route::Docs => Operation::of("operation")
            .says(200, "The page"),
        Route::DocsAsset => Operation::of("operation")
            .says(200, "The asset")
            .problems(&[404]),
    }
}
