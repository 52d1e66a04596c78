//! What admins ask: keys for their people and sources of webhooks; and what operators do: what is stuck and why, dead
//! letters sent back; and what anyone of a tenant asks of models and what they cost. Each concern has its room; none shares more with another than the store.

pub mod callbacks;
pub mod flags;
pub mod keys;
pub mod ledger;
pub mod models;
pub mod operation;
pub mod people;
pub mod privacy;
pub mod sources;
pub mod spending;
pub mod tenants;

use galley_domain::{
    access::{keys::KeyStore, limits::LimitStore, people::PersonStore, route::Route},
    generation::{breaker::BreakerStore, services::Researcher},
    kernel::clock::{Clock, Entropy},
    models::ask::LanguageModel,
    money::budget::CostStore,
    operations::{correction::LedgerStore, due::DueStore},
    outbox::deliver::DeliveryStore,
    privacy::jobs::{JobKind, PrivacyStore},
    queue::{dead_letters::DeadLetters, message::Queue, tries::EndedStore},
    secrets::store::{Secrets, Vault},
    task::store::TaskStore,
    tenancy::{flags::FlagStore, settings::TenantStore},
    webhooks::{receive::ReceiptStore, source::SourceStore},
};
use galley_edge::http::{
    call::Call,
    counting,
    error::{ApiError, Problem},
    reply::Reply,
};

use callbacks::Callbacks;
use flags::FlagAdmin;
use keys::Keys;
use ledger::Ledger;
use models::Models;
use operation::Operation;
use people::People;
use privacy::PrivacyAdmin;
use sources::SourceAdmin;
use spending::Costs;
use tenants::Tenants;

/// What this function runs on: a store, a clock, entropy, secrets, queues, dead letters, models and web research.
#[derive(Debug)]
pub struct App<S, C, E, X, Q, D, M, O> {
    pub keys: Keys<S, C, E, X>,
    pub sources: SourceAdmin<S, C, E, X>,
    pub callbacks: Callbacks<X>,
    pub tenants: Tenants<S>,
    pub people: People<S, C, X>,
    pub privacy: PrivacyAdmin<S, Q, C, E, X>,
    pub operation: Operation<S, C, Q, D, X>,
    pub models: Models<S, C, M, O>,
    pub costs: Costs<S, C>,
    pub ledger: Ledger<S, C>,
    pub flags: FlagAdmin<S, C, X>,
    /// What everything above is counted in.
    pub counter: Counter<S, C>,
}

/// Counts what principals ask for.
#[derive(Debug)]
pub struct Counter<S, C> {
    pub store: S,
    pub clock: C,
}

impl<S, C, E, X, Q, D, M, O> App<S, C, E, X, Q, D, M, O>
where
    S: DueStore
        + DeliveryStore
        + EndedStore
        + KeyStore
        + SourceStore
        + TenantStore
        + PersonStore
        + PrivacyStore
        + ReceiptStore
        + BreakerStore
        + CostStore
        + FlagStore
        + LedgerStore
        + TaskStore
        + LimitStore,
    C: Clock,
    E: Entropy,
    X: Secrets + Vault,
    Q: Queue,
    D: DeadLetters,
    M: LanguageModel,
    O: Researcher,
{
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let Counter { store, clock } = &self.counter;
        counting::counted(store, clock.now(), &call, Box::pin(self.answer(&call))).await
    }

    async fn answer(&self, call: &Call) -> Result<Reply, ApiError> {
        match call.route {
            Route::MakeKey => self.keys.make(call).await,
            Route::ListKeys => self.keys.list(call).await,
            Route::RevokeKey => self.keys.revoke(call).await,
            Route::MakeSource => self.sources.make(call).await,
            Route::ListSources => self.sources.list(call).await,
            Route::ListReceipts => self.sources.receipts(call).await,
            Route::RemoveSource => self.sources.remove(call).await,
            Route::RotateSource => self.sources.rotate(call).await,
            Route::ShowCallbackSecret => self.callbacks.secret(call).await,
            Route::GetSettings => self.tenants.settings(call).await,
            Route::PatchSettings => self.tenants.change_settings(call).await,
            Route::ExportData => self.privacy.accept(call, JobKind::Export).await,
            Route::EraseData => self.privacy.accept(call, JobKind::Erase).await,
            Route::ListJobs => self.privacy.list(call).await,
            Route::GetJob => self.privacy.show(call).await,
            Route::GetJobPart => self.privacy.part(call).await,
            Route::PutPerson => self.people.put(call).await,
            Route::ListPeople => self.people.list(call).await,
            Route::RemovePerson => self.people.remove(call).await,
            Route::GetLimits => self.tenants.limits(call).await,
            Route::SetLimits => self.tenants.set_limits(call).await,
            Route::Models => self.models.list().await,
            Route::Estimate => self.models.estimate(call).await,
            Route::CorrectCall => self.ledger.correct(call).await,
            Route::Costs => self.costs.show(call).await,
            Route::ListFlags => self.flags.list().await,
            Route::SetFlag => self.flags.set(call).await,
            Route::RevertFlag => self.flags.revert(call).await,
            Route::FlagLog => self.flags.log(call).await,
            Route::ListStuck => self.operation.stuck(call).await,
            Route::ListEnded => self.operation.ended(call).await,
            Route::RedriveEnded => self.operation.redrive_ended(call).await,
            Route::Redrive => self.operation.redrive(call).await,
            _ => Err(ApiError::new(Problem::NoSuchRoute)),
        }
    }
}
