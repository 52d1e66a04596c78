//! Models and money, for every role of a tenant: which models there are, what a task would cost, what was spent;
//! the calendar, which forecasts what will be; and what is proposed for a sentence, which is priced before anything is made of it.
//! Writes nothing but what was proposed, and has no rights to what admins manage.

mod agents;
mod calendar;
mod costs;
mod intent;
mod models;

use std::sync::Arc;

use galley_api::route::QueryModelsRoute;
use galley_domain::{
    access::{limits::LimitStore, people::PersonStore},
    agents::store::AgentStore,
    generation::{breaker::BreakerStore, services::Researcher},
    intent::store::IntentStore,
    kernel::clock::Clock,
    models::{ask::LanguageModel, catalogue::Catalogue, price::Price},
    money::budget::{Caps, CostStore},
    publishing::{live::PublishedStore, near::NearStore},
    schedule::store::ScheduleStore,
    task::store::TaskStore,
    tenancy::{flags::FlagStore, settings::TenantStore},
};
use galley_edge::http::{call::Call, counting, error::ApiError, reply::Reply};

/// What this function runs on.
pub trait Deps {
    type Store: BreakerStore
        + TenantStore
        + FlagStore
        + CostStore
        + LimitStore
        + TaskStore
        + ScheduleStore
        + PublishedStore
        + NearStore
        + IntentStore
        + AgentStore
        + PersonStore;
    type Clock: Clock;
    type Models: LanguageModel;
    type Web: Researcher;
}

#[derive(Debug)]
pub struct App<D: Deps> {
    pub store: D::Store,
    pub clock: D::Clock,
    pub models: D::Models,
    pub web: D::Web,
    pub catalogue: Arc<Catalogue>,
    pub custom_price: Price,
    /// The usual caps, for a tenant without its own.
    pub caps: Caps,
}

impl<D: Deps> App<D> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        counting::counted_or_replayed(&self.store, self.clock.now(), &call, Box::pin(self.answer(&call))).await
    }

    async fn answer(&self, call: &Call) -> Result<Reply, ApiError> {
        match call.of::<QueryModelsRoute>()? {
            QueryModelsRoute::ListAgents => self.list_agents(call).await,
            QueryModelsRoute::Models => self.list_models(&call.principal()?.tenant).await,
            QueryModelsRoute::Estimate => self.estimate(call).await,
            QueryModelsRoute::AskIntent => self.ask_intent(call).await,
            QueryModelsRoute::GetIntent => self.get_intent(call).await,
            QueryModelsRoute::GetCalendar => self.calendar(call).await,
            QueryModelsRoute::Costs => self.costs(call).await,
        }
    }
}
