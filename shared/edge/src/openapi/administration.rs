//! The shapes of what admins and operators ask and read: keys, sources, people, limits, settings, jobs, health.
#![expect(dead_code, reason = "these types are read by a derive alone")]
#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use utoipa::ToSchema;

use super::schemas::{EventName, RoleName, SchemeName};

#[derive(ToSchema)]
pub(super) struct Component {
    name: String,
    #[schema(example = "ok")]
    status: String,
    depth: Option<u64>,
    /// Seconds that the oldest thing meant for the queue has waited to be taken, to within a run of the sweeper.
    age_s: Option<i64>,
}

#[derive(ToSchema)]
pub(super) struct Ready {
    #[schema(example = "ok")]
    status: String,
    version: String,
    #[schema(inline)]
    components: Vec<Component>,
}

#[derive(ToSchema)]
pub(super) struct Health {
    /// `ok`, `degraded` when something waits for an operator, or `unavailable`.
    #[schema(example = "ok")]
    status: String,
    version: String,
    api_version: String,
    function_version: String,
    #[schema(inline)]
    components: Vec<Component>,
    /// The providers whose circuit breaker is open; `null` when that could not be read.
    open_breakers: Option<Vec<String>>,
    /// What is overdue; `null` when that could not be read.
    #[schema(inline)]
    stuck: Option<StuckSummary>,
}

#[derive(ToSchema)]
pub(super) struct StuckSummary {
    count: usize,
    /// The one that the sweeper has sent for most often.
    #[schema(inline)]
    worst: Option<StuckWorst>,
}

#[derive(ToSchema)]
pub(super) struct StuckWorst {
    id: String,
    reason: String,
    resends: u32,
}

/// Whom a new key stands for.
#[derive(ToSchema)]
pub(super) struct NewKey {
    #[schema(pattern = "^[A-Za-z0-9._-]{2,100}$", example = "ana")]
    subject: String,
    #[schema(inline)]
    role: RoleName,
    /// In the future, at most a year ahead. Without it the key lasts until it is revoked.
    expires_at: Option<String>,
    /// Another tenant than the caller's: only for an admin of the tenant `system`.
    tenant: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Key {
    /// The SHA-256 of the key.
    id: String,
    /// How the key begins.
    #[schema(example = "galley_1f0a9")]
    prefix: String,
    tenant: String,
    subject: String,
    #[schema(inline)]
    role: RoleName,
    created_at: String,
    expires_at: Option<String>,
    /// The day of the last use, in UTC.
    #[schema(example = "2026-11-20")]
    last_used: Option<String>,
    revoked: bool,
}

#[derive(ToSchema)]
pub(super) struct MadeKey {
    id: String,
    prefix: String,
    tenant: String,
    subject: String,
    #[schema(inline)]
    role: RoleName,
    created_at: String,
    expires_at: Option<String>,
    last_used: Option<String>,
    revoked: bool,
    /// The key itself. It is kept nowhere.
    key: String,
}

#[derive(ToSchema)]
pub(super) struct KeyPage {
    data: Vec<Key>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct NewSource {
    /// Unique in the tenant: it is the end of the path that the webhooks go to.
    #[schema(pattern = "^[a-z0-9-]{2,64}$", example = "acme-cms")]
    source: String,
    #[schema(inline)]
    scheme: SchemeName,
    /// What it may send; all three where nothing is said.
    #[schema(inline)]
    events: Option<Vec<EventName>>,
    /// Whether it may ask for `publish_mode` `publish`.
    #[schema(default = false)]
    may_auto_publish: Option<bool>,
    /// For providers that make it themselves. Without it one is made.
    #[schema(min_length = 16, max_length = 256)]
    secret: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Source {
    source: String,
    #[schema(inline)]
    scheme: SchemeName,
    #[schema(inline)]
    events: Vec<EventName>,
    may_auto_publish: bool,
    /// Where its webhooks go.
    #[schema(example = "/api/webhooks/acme/acme-cms")]
    path: String,
    created_at: String,
    created_by: String,
}

#[derive(ToSchema)]
pub(super) struct SourceSecret {
    source: String,
    #[schema(inline)]
    scheme: SchemeName,
    #[schema(inline)]
    events: Vec<EventName>,
    may_auto_publish: bool,
    path: String,
    created_at: String,
    created_by: String,
    /// What the provider signs with. It is not shown again.
    secret: String,
}

#[derive(ToSchema)]
pub(super) struct SourcePage {
    data: Vec<Source>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Receipt {
    event_id: String,
    event_type: String,
    #[schema(format = "date-time")]
    received_at: String,
    /// `received` (it waits), `processed`, `ignored`, `refused`, or `abandoned` after too many tries.
    #[schema(example = "ignored")]
    outcome: String,
    /// What `processed` changed or made.
    task_id: Option<String>,
    /// Of `ignored` and `refused`.
    #[schema(example = "no such task")]
    reason: Option<String>,
    /// Of `abandoned`.
    tries: Option<u32>,
}

#[derive(ToSchema)]
pub(super) struct ReceiptPage {
    #[schema(inline)]
    data: Vec<Receipt>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Rotation {
    #[schema(min_length = 16, max_length = 256)]
    secret: Option<String>,
    /// Whether the secret before stops counting at once, for one that got out.
    #[schema(default = false)]
    revoke_previous: Option<bool>,
}

#[derive(ToSchema)]
pub(super) struct Redrive {
    /// Whose dead letters: `work` or `quick`.
    #[schema(example = "work")]
    queue: String,
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
}

#[derive(ToSchema)]
pub(super) struct Redriven {
    moved: u32,
    /// Letters that this version of Galley cannot read. They stay where they are.
    unreadable: u32,
}

#[derive(ToSchema)]
pub(super) struct Ended {
    ended_id: String,
    /// `webhook`, `publish`, `deliver` or `job`.
    #[schema(example = "webhook")]
    kind: String,
    tenant: String,
    /// A task's, a webhook's, a delivery's or a job's.
    id: String,
    /// How often it was begun.
    tries: u32,
    #[schema(format = "date-time")]
    ended_at: String,
    trace_id: String,
}

#[derive(ToSchema)]
pub(super) struct EndedPage {
    data: Vec<Ended>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct StuckList {
    #[schema(inline)]
    data: Vec<Stuck>,
    /// All that is stuck, also what is not in `data`.
    total: u32,
}

#[derive(ToSchema)]
pub(super) struct Stuck {
    #[schema(example = "generate")]
    kind: String,
    tenant: String,
    id: String,
    status: Option<String>,
    /// `unclaimed`, `lease_expired`, `publication_due`, `webhook_unprocessed` or `unfinished`.
    #[schema(example = "unclaimed")]
    reason: String,
    due_at: String,
    /// Negative when the sweeper has sent for it and waits.
    overdue_s: i64,
    /// How often the sweeper has sent for it since it last moved.
    resends: u32,
    trace_id: String,
}

/// Each 1 to 1000000.
#[derive(ToSchema)]
pub(super) struct Overrides {
    create_per_minute: Option<u32>,
    read_per_minute: Option<u32>,
    bulk_per_minute: Option<u32>,
    /// Of people who signed in.
    session_read_per_minute: Option<u32>,
    decide_per_minute: Option<u32>,
    edit_per_minute: Option<u32>,
    admin_per_minute: Option<u32>,
    estimate_per_minute: Option<u32>,
    redeliver_per_minute: Option<u32>,
    user_tasks_per_day: Option<u32>,
    org_tasks_per_day: Option<u32>,
    /// Dollars, as a decimal string.
    usd_per_task: Option<String>,
    usd_per_day: Option<String>,
    usd_per_month: Option<String>,
    /// Of models without a price.
    tokens_per_day: Option<u64>,
}

/// What is null is as usual.
#[derive(ToSchema)]
pub(super) struct TenantLimits {
    tenant: String,
    create_per_minute: Option<u32>,
    read_per_minute: Option<u32>,
    bulk_per_minute: Option<u32>,
    /// Of people who signed in.
    session_read_per_minute: Option<u32>,
    decide_per_minute: Option<u32>,
    edit_per_minute: Option<u32>,
    admin_per_minute: Option<u32>,
    estimate_per_minute: Option<u32>,
    redeliver_per_minute: Option<u32>,
    user_tasks_per_day: Option<u32>,
    org_tasks_per_day: Option<u32>,
    /// Dollars, as a decimal string.
    usd_per_task: Option<String>,
    usd_per_day: Option<String>,
    usd_per_month: Option<String>,
    /// Of models without a price.
    tokens_per_day: Option<u64>,
}

#[derive(ToSchema)]
pub(super) struct NewPerson {
    /// `viewer`, `author`, `editor` or `admin`.
    #[schema(example = "editor")]
    role: String,
}

/// Somebody who may sign in. The subject is `github-` and the number of their account.
#[derive(ToSchema)]
pub(super) struct Person {
    #[schema(example = "github-583231")]
    subject: String,
    role: String,
    #[schema(format = "date-time")]
    added_at: String,
    added_by: String,
}

#[derive(ToSchema)]
pub(super) struct PersonPage {
    data: Vec<Person>,
    next_cursor: Option<String>,
}

/// Whose data.
#[derive(ToSchema)]
pub(super) struct Asked {
    #[schema(example = "ana")]
    subject: String,
}

#[derive(ToSchema)]
pub(super) struct Job {
    job_id: String,
    /// `export` or `erase`.
    kind: String,
    /// Of an erasure that is done: the name in its place.
    subject: String,
    requested_by: String,
    /// `running` or `done`.
    status: String,
    tasks: u64,
    /// Of an export: how many there are to read.
    parts: u32,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    completed_at: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct JobPage {
    data: Vec<Job>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct JobPart {
    /// Each is `{"person": …}`, `{"key": …}`, `{"task": …}`, `{"event": …}` or `{"revision": …}`.
    records: Vec<serde_json::Value>,
}

#[derive(ToSchema)]
pub(super) struct Settings {
    /// What scores below is refined, and is not published without an override.
    #[schema(maximum = 100)]
    quality_bar: u8,
    /// `pattern`, `model` or `hybrid`; null: what the task's preference says.
    assessment: Option<String>,
    /// Whether what is said to models and by them is kept, without personal data, for 30 days.
    keep_model_texts: bool,
    /// Whether a draft whose request says `publish_mode` `publish` goes live without a person, when nothing speaks against it.
    auto_publish: bool,
    /// Whether the same question, at temperature 0, may get the answer of the last day.
    reuse_answers: bool,
}

#[derive(ToSchema)]
pub(super) struct SettingsPatch {
    #[schema(maximum = 100)]
    quality_bar: Option<u8>,
    /// `pattern`, `model` or `hybrid`; null: what the task's preference says.
    #[schema(value_type = Option<super::models::Method>)]
    assessment: Option<String>,
    keep_model_texts: Option<bool>,
    auto_publish: Option<bool>,
    reuse_answers: Option<bool>,
}
