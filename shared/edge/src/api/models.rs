//! Models and costs, as they read in answers.

use galley_domain::{
    content::kind::TaskType,
    generation::{breaker::BreakerState, estimate::PhaseEstimate},
    kernel::usd::MicroUsd,
    models::{
        ask::Available,
        catalogue::{Capability, Model},
        phase::Phase,
    },
    money::budget::{Cap, CostBy},
    task::request::TaskRequest,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::near::NearView;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelList {
    pub data: Vec<ModelView>,
}

/// A model of the catalogue, and whether it can be asked.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Model))]
pub struct ModelView {
    pub id: String,
    pub provider: String,
    pub context_tokens: u64,
    pub max_output_tokens: u64,
    /// `json_schema`, `temperature`, `reasoning`.
    pub capabilities: Vec<Capability>,
    pub input_usd_per_million: MicroUsd,
    pub output_usd_per_million: MicroUsd,
    /// Since when the price is valid, and its source.
    pub price_effective: Option<Date>,
    pub price_source: Option<String>,
    pub available: bool,
    /// Why not.
    pub reason: Option<String>,
    pub breaker: BreakerState,
}

/// How a provider stands for whoever asks.
#[derive(Clone, Copy, Debug)]
pub struct Stands<'a> {
    /// What a look at it found. `None`: there is no key.
    pub found: Option<&'a Available>,
    pub breaker_open: bool,
    pub switched_off: bool,
}

impl ModelView {
    /// What a look found comes before that it is switched off: an operator wants to know when to switch it on again.
    pub fn of(model: &Model, Stands { found, breaker_open, switched_off }: Stands<'_>, now: Timestamp) -> Self {
        let price = model.price(now);
        let today = now.to_zoned(TimeZone::UTC).date();
        let in_force = model.prices.iter().filter(|price| price.effective <= today).max_by_key(|price| price.effective);
        let reason = match found {
            None => Some("it is not configured: there is no key".to_owned()),
            Some(Available::No { reason }) => Some(reason.clone()),
            Some(Available::Yes { .. }) => switched_off.then(|| "it is switched off".to_owned()),
        };
        Self {
            id: model.id.to_string(),
            provider: model.id.provider.to_string(),
            context_tokens: model.context_tokens,
            max_output_tokens: model.max_output_tokens,
            capabilities: model.capabilities.clone(),
            input_usd_per_million: price.input,
            output_usd_per_million: price.output,
            price_effective: in_force.map(|price| price.effective),
            price_source: in_force.map(|price| price.source.clone()),
            available: reason.is_none() && !breaker_open,
            reason,
            breaker: if breaker_open { BreakerState::Open } else { BreakerState::Closed },
        }
    }
}

/// What a task would cost.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Estimate))]
pub struct EstimateView {
    pub task_type: TaskType,
    /// If every first draft is good enough.
    pub expected_usd: MicroUsd,
    /// With every refinement, each call at its worst; failed calls that are made again are not in it.
    pub most_usd: MicroUsd,
    /// In and out, of all calls together: what a model that costs nothing takes, too.
    pub expected_tokens: u64,
    pub most_tokens: u64,
    /// What the task may cost.
    pub cap_usd: MicroUsd,
    /// Whether the worst still fits. If not, the task may fail in the middle.
    pub within_cap: bool,
    /// None where the built-in outline is written.
    pub phases: Vec<PhaseView>,
    /// Live articles of the tenant's on nearly the same subject, and tasks on the way to one, the nearest first, at most ten.
    pub near: Vec<NearView>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PhaseEstimate))]
pub struct PhaseView {
    pub phase: Phase,
    pub model: String,
    /// At most.
    pub calls: u64,
    pub expected_usd: MicroUsd,
    pub most_usd: MicroUsd,
    pub expected_tokens: u64,
    pub most_tokens: u64,
    /// Why it is not the model that was asked for.
    pub note: Option<String>,
}

impl From<PhaseEstimate> for PhaseView {
    fn from(estimate: PhaseEstimate) -> Self {
        let PhaseEstimate { phase, model, calls, expected, most, expected_tokens, most_tokens, note } = estimate;
        Self { phase, model, calls, expected_usd: expected, most_usd: most, expected_tokens, most_tokens, note }
    }
}

impl EstimateView {
    pub fn of(request: &TaskRequest, phases: Vec<PhaseView>, cap: MicroUsd) -> Self {
        let most_usd = phases.iter().map(|phase| phase.most_usd).sum();
        let sum = |of: fn(&PhaseView) -> u64| phases.iter().map(of).fold(0, u64::saturating_add);
        Self {
            task_type: request.task_type,
            expected_usd: phases.iter().map(|phase| phase.expected_usd).sum(),
            most_usd,
            expected_tokens: sum(|phase| phase.expected_tokens),
            most_tokens: sum(|phase| phase.most_tokens),
            cap_usd: cap,
            within_cap: most_usd <= cap,
            phases,
            near: Vec::new(),
        }
    }
}

/// What a tenant has spent.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Costs))]
pub struct CostsView {
    pub by: CostBy,
    pub from: Date,
    pub to: Date,
    pub total_usd: MicroUsd,
    /// Today, and this month.
    pub budgets: Vec<BudgetView>,
    /// Of models without a price.
    pub tokens_today: TokensTodayView,
    pub data: Vec<CostLineView>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Budget))]
pub struct BudgetView {
    pub period: Cap,
    pub spent_usd: MicroUsd,
    pub cap_usd: MicroUsd,
    /// 80, 90 or 100, once so much is used.
    pub alert_percent: Option<u8>,
}

/// Of models without a price, which no budget in dollars bounds.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TokensToday))]
pub struct TokensTodayView {
    pub used: u64,
    pub cap: u64,
    /// 80, 90 or 100, once so much is used.
    pub alert_percent: Option<u8>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CostLine))]
pub struct CostLineView {
    pub value: String,
    pub cost_usd: MicroUsd,
    /// Missing in a list by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
}
