//! Shapes of what is told about models, their work and what it costs.
#![expect(dead_code, reason = "these types are read by a derive alone")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::schemas::{Call, Event, Quality, Revision};

#[derive(ToSchema)]
pub(super) struct Routed {
    #[schema(example = "openai/gpt-5-mini")]
    model: String,
    /// What the client asked for.
    asked: Option<String>,
    /// Why it is another.
    reason: Option<String>,
    /// True when it said this before, and was not asked again.
    reused: Option<bool>,
}

#[derive(ToSchema)]
pub(super) struct Reference {
    title: String,
    url: String,
    snippet: Option<String>,
    published: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Method {
    Pattern,
    Model,
    Hybrid,
}

#[derive(ToSchema)]
pub(super) struct DraftScore {
    /// 0 for the first draft, then one for each refinement.
    refinement: u8,
    model: String,
    /// The model that judged it, if one did.
    judge: Option<String>,
    method: Method,
    score: u8,
    #[schema(inline)]
    quality: Quality,
    /// `complete` or `truncated`.
    finish: String,
    /// Whether it became the revision.
    chosen: bool,
}

/// Where an article comes from.
#[derive(ToSchema)]
pub(super) struct Provenance {
    /// The newest; without its content.
    revision: Option<Revision>,
    models: BTreeMap<String, Routed>,
    cost_usd: String,
    /// What people did, the newest first.
    decisions: Vec<Event>,
    /// A page of the calls, the newest first.
    data: Vec<Call>,
    next_cursor: Option<String>,
}

/// A model, and whether it can be asked.
#[derive(ToSchema)]
pub(super) struct Model {
    #[schema(example = "openai/gpt-5-mini")]
    id: String,
    provider: String,
    context_tokens: u64,
    max_output_tokens: u64,
    /// `json_schema`, `temperature`, `reasoning`.
    capabilities: Vec<String>,
    #[schema(example = "0.25")]
    input_usd_per_million: String,
    output_usd_per_million: String,
    #[schema(format = "date")]
    price_effective: Option<String>,
    price_source: Option<String>,
    available: bool,
    /// Why not.
    reason: Option<String>,
    /// `closed` or `open`.
    breaker: String,
}

#[derive(ToSchema)]
pub(super) struct ModelList {
    #[schema(inline)]
    data: Vec<Model>,
}

/// What one phase would cost.
#[derive(ToSchema)]
pub(super) struct PhaseEstimate {
    phase: String,
    model: String,
    /// At most.
    calls: u64,
    expected_usd: String,
    most_usd: String,
    /// In and out, of its calls together.
    expected_tokens: u64,
    most_tokens: u64,
    /// Why it is not the model that was asked for.
    note: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Estimate {
    task_type: String,
    /// Where every draft is good at once.
    expected_usd: String,
    /// With every refinement, each call at its worst; failed calls that are made again are not in it.
    most_usd: String,
    /// In and out, of all calls together. A model that costs nothing has these alone, and they count in the day's tokens.
    expected_tokens: u64,
    most_tokens: u64,
    /// What the task may cost.
    cap_usd: String,
    /// Whether the worst still fits.
    within_cap: bool,
    /// None where the built-in outline is written.
    #[schema(inline)]
    phases: Vec<PhaseEstimate>,
}

#[derive(ToSchema)]
pub(super) struct Budget {
    /// `day` or `month`: today, and this one.
    period: String,
    spent_usd: String,
    cap_usd: String,
    /// 80, 90 or 100, once so much is used.
    alert_percent: Option<u8>,
}

/// Of models without a price.
#[derive(ToSchema)]
pub(super) struct TokensToday {
    used: u64,
    cap: u64,
    /// 80, 90 or 100, once so much is used.
    alert_percent: Option<u8>,
}

#[derive(ToSchema)]
pub(super) struct CostLine {
    value: String,
    cost_usd: String,
    /// Not told by day.
    calls: Option<u64>,
}

#[derive(ToSchema)]
pub(super) struct Costs {
    by: String,
    #[schema(format = "date")]
    from: String,
    #[schema(format = "date")]
    to: String,
    total_usd: String,
    #[schema(inline)]
    budgets: Vec<Budget>,
    #[schema(inline)]
    tokens_today: TokensToday,
    #[schema(inline)]
    data: Vec<CostLine>,
}

/// For whom something is on.
#[derive(ToSchema)]
pub(super) struct Flag {
    enabled: bool,
    /// The share of tenants for whom it is, when it is enabled; always the same ones. 100 by default.
    #[schema(maximum = 100)]
    percent: Option<u8>,
    /// For these it is off, whatever else is said.
    tenants_off: Option<Vec<String>>,
    /// For these it is on, whatever the share, while it is enabled.
    tenants_on: Option<Vec<String>>,
}

#[derive(ToSchema)]
pub(super) struct FlagView {
    #[schema(example = "provider.openai")]
    flag: String,
    enabled: bool,
    percent: u8,
    tenants_off: Vec<String>,
    tenants_on: Vec<String>,
}

#[derive(ToSchema)]
pub(super) struct FlagList {
    data: Vec<FlagView>,
}

/// Which change to take back.
#[derive(ToSchema)]
pub(super) struct Revert {
    #[schema(format = "uuid")]
    change_id: String,
}

#[derive(ToSchema)]
pub(super) struct FlagChange {
    id: String,
    flag: String,
    /// Null: nobody had said anything.
    before: Option<Flag>,
    after: Option<Flag>,
    by: String,
    #[schema(format = "date-time")]
    at: String,
    /// The change that this one takes back.
    reverts: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct FlagChangePage {
    #[schema(inline)]
    data: Vec<FlagChange>,
    next_cursor: Option<String>,
}
