//! The shapes of the wire, with their limits. They are never built: tests hold them against what is taken and sent.
#![expect(dead_code, reason = "these types are read by a derive alone")]
#![expect(clippy::struct_field_names, clippy::doc_markdown, reason = "the names and the words are those of the wire")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// The body of a new task. Unknown fields are refused.
#[derive(ToSchema)]
pub(super) struct CreateTask {
    #[schema(inline, default = "blog_post")]
    task_type: Option<TaskType>,
    /// Counted after trimming, and only what is seen; no control and no hidden characters.
    #[schema(min_length = 3, max_length = 200, example = "How HTTP caching works")]
    topic: String,
    #[schema(inline, default = "technical")]
    style: Option<Style>,
    #[schema(inline, default = "professional")]
    tone: Option<Tone>,
    /// Words.
    #[schema(minimum = 200, maximum = 5000, default = 1500)]
    target_length: Option<u32>,
    /// Each 1 to 50 characters.
    #[schema(max_items = 10)]
    tags: Option<Vec<String>>,
    /// Each 1 to 50 characters.
    #[schema(max_items = 5)]
    categories: Option<Vec<String>>,
    #[schema(min_length = 1, max_length = 100)]
    target_audience: Option<String>,
    #[schema(min_length = 1, max_length = 50)]
    primary_keyword: Option<String>,
    #[schema(default = true)]
    generate_featured_image: Option<bool>,
    #[schema(inline, default = "draft")]
    publish_mode: Option<PublishMode>,
    #[schema(inline, default = "balanced")]
    quality_preference: Option<QualityPreference>,
    #[schema(min_length = 1, max_length = 100)]
    model: Option<String>,
    /// Keys: research, outline, draft, assess, refine, finalize.
    models_by_phase: Option<BTreeMap<String, String>>,
    #[schema(inline, default = "internal")]
    generator: Option<Generator>,
    /// https, with a public host name.
    #[schema(max_length = 2048, format = "uri")]
    callback_url: Option<String>,
    /// 0 to 100 dollars, at most six decimals.
    #[schema(example = "0.50")]
    max_cost_usd: Option<String>,
    /// At most 20 pairs and 2 KiB in all.
    metadata: Option<BTreeMap<String, String>>,
}

macro_rules! choices {
    ($($name:ident { $($variant:ident => $text:literal),+ })+) => {
        $(#[derive(ToSchema)]
        pub(super) enum $name {
            $(#[schema(rename = $text)] $variant,)+
        })+
    };
}

choices! {
    TaskType { BlogPost => "blog_post", SocialMedia => "social_media", Email => "email", Newsletter => "newsletter" }
    Style { Technical => "technical", Narrative => "narrative", Listicle => "listicle", Educational => "educational",
        ThoughtLeadership => "thought-leadership" }
    Tone { Professional => "professional", Casual => "casual", Academic => "academic", Inspirational => "inspirational" }
    PublishMode { Draft => "draft", Publish => "publish" }
    QualityPreference { Fast => "fast", Balanced => "balanced", Quality => "quality" }
    Generator { Internal => "internal", External => "external" }
    State { Pending => "pending", Generating => "generating", AwaitingApproval => "awaiting_approval",
        Approved => "approved", Published => "published", Rejected => "rejected", Cancelled => "cancelled",
        Archived => "archived", Failed => "failed" }
    BulkAction { Approve => "approve", Reject => "reject", Cancel => "cancel", Retry => "retry" }
    RoleName { Viewer => "viewer", Author => "author", Editor => "editor", Admin => "admin" }
    SchemeName { Galley => "galley", Standard => "standard", Github => "github", Stripe => "stripe" }
    EventName { Generated => "content.generated", Failed => "content.failed", Requested => "content.requested" }
    DecisionKind { Approved => "approved", Rejected => "rejected", ChangesRequested => "changes_requested" }
}

#[derive(ToSchema)]
pub(super) struct Progress {
    #[schema(example = "draft")]
    stage: String,
    #[schema(maximum = 100)]
    percentage: u8,
    message: String,
}

/// Each 0 to 100.
#[derive(ToSchema)]
pub(super) struct Quality {
    clarity: u8,
    accuracy: u8,
    completeness: u8,
    relevance: u8,
    seo_quality: u8,
    readability: u8,
    engagement: u8,
}

#[derive(ToSchema)]
pub(super) struct Blocker {
    #[schema(example = "too_short")]
    code: String,
    message: String,
}

#[derive(ToSchema)]
pub(super) struct Failure {
    #[schema(example = "provider_unavailable")]
    code: String,
    message: String,
    stage: String,
    attempt: u32,
}

#[derive(ToSchema)]
pub(super) struct Approval {
    #[schema(inline)]
    decision: DecisionKind,
    reviewer_id: String,
    human_feedback: String,
    revision: u32,
    /// SHA-256 of what was decided on.
    content_hash: String,
    /// The blockers that an admin overrode.
    overrode: Vec<String>,
    at: String,
}

/// A task. Lists leave `content`, `blockers`, `suggestions` and `word_count` out.
#[derive(ToSchema)]
pub(super) struct Task {
    #[schema(pattern = "^task_[0-9a-f]{32}$")]
    task_id: String,
    #[schema(inline)]
    status: State,
    /// Rises with every change that a reader can see; the ETag.
    version: u64,
    #[schema(inline)]
    task_type: TaskType,
    topic: String,
    #[schema(inline)]
    style: Style,
    #[schema(inline)]
    tone: Tone,
    target_length: u32,
    tags: Vec<String>,
    categories: Vec<String>,
    target_audience: Option<String>,
    primary_keyword: Option<String>,
    generate_featured_image: bool,
    #[schema(inline)]
    publish_mode: PublishMode,
    #[schema(inline)]
    quality_preference: QualityPreference,
    model: Option<String>,
    models_by_phase: Option<BTreeMap<String, String>>,
    #[schema(inline)]
    generator: Generator,
    callback_url: Option<String>,
    max_cost_usd: Option<String>,
    metadata: BTreeMap<String, String>,
    requested_by: String,
    #[schema(inline)]
    progress: Progress,
    attempt: u32,
    /// The newest revision's number; 0 while there is none.
    revision: u32,
    /// Plain text: escape it where it is shown as HTML.
    title: Option<String>,
    /// Cleaned HTML.
    content: Option<String>,
    /// Plain text: escape it where it is shown as HTML.
    excerpt: Option<String>,
    quality_score: Option<u8>,
    #[schema(inline)]
    quality: Option<Quality>,
    #[schema(inline)]
    blockers: Option<Vec<Blocker>>,
    suggestions: Option<Vec<String>>,
    word_count: Option<u32>,
    #[schema(example = "0.00")]
    cost_usd: String,
    cost_breakdown: BTreeMap<String, String>,
    /// By phase: who did it last, and why not another.
    models: BTreeMap<String, super::models::Routed>,
    #[schema(inline)]
    error: Option<Failure>,
    #[schema(inline)]
    approval: Option<Approval>,
    published_url: Option<String>,
    /// The revision that is live; a newer one may wait for its decision, or was turned down.
    live_revision: Option<u32>,
    #[schema(format = "date-time")]
    publish_at: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
    #[schema(format = "date-time")]
    started_at: Option<String>,
    #[schema(format = "date-time")]
    completed_at: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct TaskPage {
    data: Vec<Task>,
    /// `null` on the last page.
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Approve {
    /// `false` rejects.
    approved: bool,
    #[schema(min_length = 10, max_length = 1000)]
    human_feedback: String,
    /// The caller, unless the caller is an admin.
    #[schema(pattern = "^[A-Za-z0-9._-]{2,100}$")]
    reviewer_id: String,
    /// Needed, or `If-Match`, where there is more than one.
    revision: Option<u32>,
    /// Becomes a revision of its own, which is then approved.
    featured_image_url: Option<String>,
    #[schema(format = "date-time")]
    publish_at: Option<String>,
    /// Admins only; what was overridden is recorded.
    override_blockers: Option<bool>,
}

#[derive(ToSchema)]
pub(super) struct Review {
    #[schema(min_length = 10, max_length = 1000)]
    human_feedback: String,
    #[schema(pattern = "^[A-Za-z0-9._-]{2,100}$")]
    reviewer_id: String,
    revision: Option<u32>,
}

#[derive(ToSchema)]
pub(super) struct Republish {
    revision: u32,
    #[schema(min_length = 10, max_length = 1000)]
    human_feedback: String,
    #[schema(pattern = "^[A-Za-z0-9._-]{2,100}$")]
    reviewer_id: String,
    override_blockers: Option<bool>,
}

#[derive(ToSchema)]
pub(super) struct Seo {
    #[schema(min_length = 1, max_length = 60)]
    title: String,
    #[schema(max_length = 160)]
    description: String,
    #[schema(max_items = 10)]
    keywords: Vec<String>,
}

/// Exactly one of `html` and `markdown`.
#[derive(ToSchema)]
pub(super) struct EditDraft {
    /// Plain text: escape it where it is shown as HTML.
    #[schema(min_length = 3, max_length = 200)]
    title: String,
    html: Option<String>,
    markdown: Option<String>,
    /// Plain text: escape it where it is shown as HTML.
    excerpt: Option<String>,
    #[schema(inline)]
    seo: Option<Seo>,
}

#[derive(ToSchema)]
pub(super) struct Note {
    #[schema(min_length = 1, max_length = 1000)]
    reason: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Decision {
    task_id: String,
    #[schema(inline)]
    approval_status: State,
    published_url: Option<String>,
    #[schema(format = "date-time")]
    approval_timestamp: String,
    reviewer_id: String,
    message: String,
}

#[derive(ToSchema)]
pub(super) struct Event {
    event_id: String,
    #[schema(example = "drafted")]
    event: String,
    /// `kind` is person, operator, worker, sweeper or webhook; `subject` names a person or source.
    actor: BTreeMap<String, String>,
    from: Option<String>,
    to: String,
    reason: Option<String>,
    revision: Option<u32>,
    #[schema(format = "date-time")]
    at: String,
    trace_id: String,
}

#[derive(ToSchema)]
pub(super) struct EventPage {
    #[schema(inline)]
    data: Vec<Event>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Image {
    url: String,
    alt: String,
    photographer: Option<String>,
    licence: Option<String>,
    /// Where it was found.
    page: Option<String>,
}

/// A revision. Lists leave `content` out.
#[derive(ToSchema)]
pub(super) struct Revision {
    revision: u32,
    title: String,
    content: Option<String>,
    /// Plain text: escape it where it is shown as HTML.
    excerpt: String,
    #[schema(inline)]
    seo: Seo,
    #[schema(inline)]
    featured_image: Option<Image>,
    quality_score: u8,
    #[schema(inline)]
    quality: Quality,
    suggestions: Vec<String>,
    #[schema(inline)]
    blockers: Vec<Blocker>,
    word_count: u32,
    /// `kind` is outline, model, person, external or cleaner.
    author: BTreeMap<String, String>,
    /// What was found on the topic.
    references: Vec<super::models::Reference>,
    /// Every draft on the way to this text, with its scores.
    drafts: Vec<super::models::DraftScore>,
    #[schema(format = "date-time")]
    created_at: String,
}

#[derive(ToSchema)]
pub(super) struct RevisionPage {
    data: Vec<Revision>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Article {
    tenant: String,
    slug: String,
    title: String,
    /// Cleaned HTML.
    content: String,
    /// Plain text: escape it where it is shown as HTML.
    excerpt: String,
    #[schema(inline)]
    seo: Seo,
    #[schema(inline)]
    featured_image: Option<Image>,
    word_count: u32,
    #[schema(format = "date-time")]
    published_at: String,
}

#[derive(ToSchema)]
pub(super) struct ArticleLine {
    slug: String,
    title: String,
    /// Plain text: escape it where it is shown as HTML.
    excerpt: String,
    #[schema(format = "date-time")]
    published_at: String,
    published_url: String,
}

#[derive(ToSchema)]
pub(super) struct ArticlePage {
    #[schema(inline)]
    data: Vec<ArticleLine>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct BulkCreate {
    #[schema(min_items = 1, max_items = 100)]
    tasks: Vec<CreateTask>,
}

#[derive(ToSchema)]
pub(super) struct BulkUpdate {
    #[schema(min_items = 1, max_items = 100)]
    ids: Vec<String>,
    #[schema(inline)]
    action: BulkAction,
    /// What the single action takes.
    #[schema(value_type = Option<Object>)]
    body: Option<()>,
}

#[derive(ToSchema)]
pub(super) struct BulkResult {
    index: u32,
    id: Option<String>,
    /// As the single request would have answered.
    status: u16,
    #[schema(value_type = Option<Object>)]
    task: Option<()>,
    problem: Option<Problem>,
}

#[derive(ToSchema)]
pub(super) struct BulkResults {
    #[schema(inline)]
    results: Vec<BulkResult>,
}

/// Exactly one of `html` and `markdown`.
#[derive(ToSchema)]
pub(super) struct WebhookContent {
    title: String,
    html: Option<String>,
    markdown: Option<String>,
    /// Plain text: escape it where it is shown as HTML.
    excerpt: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct WebhookError {
    message: String,
}

#[derive(ToSchema)]
pub(super) struct Webhook {
    /// The same id takes effect once.
    #[schema(min_length = 1, max_length = 128)]
    event_id: String,
    /// content.generated, content.failed or content.requested; others are recorded and ignored.
    event_type: String,
    task_id: Option<String>,
    #[schema(inline)]
    content: Option<WebhookContent>,
    request: Option<CreateTask>,
    #[schema(inline)]
    error: Option<WebhookError>,
}

#[derive(ToSchema)]
pub(super) struct Received {
    event_id: String,
    duplicate: bool,
}

#[derive(ToSchema)]
pub(super) struct Delivery {
    delivery_id: String,
    /// `task.` and the state that the task came to.
    #[schema(example = "task.published")]
    event_type: String,
    url: String,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    status: String,
    #[schema(inline)]
    tries: Vec<Try>,
    #[schema(format = "date-time")]
    next_try_at: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
}

#[derive(ToSchema)]
pub(super) struct Try {
    #[schema(format = "date-time")]
    at: String,
    /// What the receiver answered.
    status: Option<u16>,
    /// Why there was no answer.
    error: Option<String>,
    latency_ms: u64,
}

#[derive(ToSchema)]
pub(super) struct DeliveryPage {
    data: Vec<Delivery>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct CallbackSecret {
    /// `whsec_` and base64, as the libraries of Standard Webhooks take it.
    secret: String,
    previous: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct FieldError {
    field: String,
    message: String,
}

/// RFC 9457.
#[derive(ToSchema)]
pub(super) struct Problem {
    /// Names the kind of problem, for ever.
    #[schema(rename = "type", example = "urn:galley:problem:invalid")]
    kind: String,
    title: String,
    status: u16,
    detail: Option<String>,
    /// The path that was asked for.
    instance: String,
    request_id: String,
    /// Every field that breaks a rule.
    #[schema(inline)]
    errors: Option<Vec<FieldError>>,
    /// For a refused move: the task's present state.
    state: Option<String>,
}

/// What the gateway itself answers.
#[derive(ToSchema)]
pub(super) struct GatewayMessage {
    #[schema(example = "Unauthorized")]
    message: String,
}

#[derive(ToSchema)]
pub(super) struct Usage {
    #[schema(inline)]
    data: Vec<UsageLine>,
}

#[derive(ToSchema)]
pub(super) struct UsageLine {
    #[schema(example = "create_per_minute")]
    limit: String,
    allowed: u32,
    used: u32,
    remaining: u32,
    #[schema(format = "date-time")]
    resets_at: String,
}

#[derive(ToSchema)]
pub(super) struct Tokens {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: String,
    /// Seconds.
    expires_in: i64,
    refresh_token: String,
}

#[derive(ToSchema)]
pub(super) struct RefreshToken {
    refresh_token: String,
}

#[derive(ToSchema)]
pub(super) struct Me {
    tenant: String,
    subject: String,
    role: String,
}

/// The text of one call.
#[derive(ToSchema)]
pub(super) struct Transcript {
    prompt: String,
    response: String,
}

/// One call of a model.
#[derive(ToSchema)]
pub(super) struct Call {
    call_id: String,
    #[schema(example = "draft")]
    phase: String,
    provider: String,
    model: String,
    prompt_version: String,
    prompt_sha256: String,
    round: u32,
    attempt: u32,
    #[schema(format = "date-time")]
    at: String,
    /// What was reserved, until it is settled.
    #[schema(example = "0.000300")]
    cost_usd: String,
    /// `intent`, `answered`, `failed` or `unknown`.
    outcome: String,
    /// Of one that was answered.
    response_sha256: Option<String>,
    #[schema(inline)]
    tokens: Option<TokenCount>,
    latency_ms: Option<u64>,
    /// Why there is no answer to use.
    reason: Option<String>,
    /// Where an operator put it right: what it cost before, and why.
    #[schema(inline)]
    corrected: Option<CorrectedCost>,
}

#[derive(ToSchema)]
pub(super) struct CorrectedCost {
    was_usd: String,
    /// What counts of the day's tokens since then, where that was corrected too.
    tokens: Option<u64>,
    reason: String,
    #[schema(format = "date-time")]
    at: String,
}

/// What a call really cost.
#[derive(ToSchema)]
pub(super) struct CostCorrection {
    /// Dollars, as a decimal string; at most 10000.
    #[schema(example = "0.0123")]
    cost_usd: String,
    /// Of a model that no money bounds: what is to count of the day's tokens.
    #[schema(maximum = 1_000_000_000)]
    tokens: Option<u64>,
    #[schema(min_length = 3, max_length = 500)]
    reason: String,
}

#[derive(ToSchema)]
pub(super) struct TokenCount {
    input: u64,
    output: u64,
}
