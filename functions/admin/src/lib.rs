//! What admins manage: keys for their people, sources of webhooks, settings, privacy; and what operators do: what is stuck and
//! why, dead letters sent back, flags, limits, corrections. Each concern has its file.

mod callbacks;
mod flags;
mod keys;
mod ledger;
mod operation;
mod people;
mod privacy;
mod sources;
mod tenants;

use galley_domain::{
    access::{keys::KeyStore, limits::LimitStore, people::PersonStore, route::Route},
    kernel::clock::{Clock, Entropy},
    operations::{correction::LedgerStore, due::DueStore},
    outbox::deliver::DeliveryStore,
    privacy::jobs::{JobKind, PrivacyStore},
    queue::{dead_letters::DeadLetters, message::Queue, tries::EndedStore},
    secrets::store::{Secrets, Vault},
    task::store::TaskStore,
    tenancy::{flags::FlagStore, settings::TenantStore},
    webhooks::{
        receive::ReceiptStore,
        source::{SourceStore, Sources},
    },
};
use galley_edge::{
    cursor::Cursors,
    http::{
        call::Call,
        counting,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

/// What this function runs on.
pub trait Deps {
    type Store: DueStore
        + DeliveryStore
        + EndedStore
        + KeyStore
        + SourceStore
        + TenantStore
        + PersonStore
        + PrivacyStore
        + ReceiptStore
        + FlagStore
        + LedgerStore
        + TaskStore
        + LimitStore;
    type Clock: Clock;
    type Entropy: Entropy;
    type Secrets: Secrets + Vault;
    type Queue: Queue;
    type Letters: DeadLetters;
}

#[derive(Debug)]
pub struct App<D: Deps> {
    pub store: D::Store,
    pub clock: D::Clock,
    pub entropy: D::Entropy,
    pub queue: D::Queue,
    pub letters: D::Letters,
    pub cursors: Cursors<D::Secrets>,
    pub sources: Sources<D::Store, D::Secrets, D::Entropy, D::Clock>,
    pub secrets: D::Secrets,
    /// Names the secret that callbacks are signed with.
    pub callback_secret: String,
}

impl<D: Deps> App<D> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        counting::counted(&self.store, self.clock.now(), &call, Box::pin(self.answer(&call))).await
    }

    async fn answer(&self, call: &Call) -> Result<Reply, ApiError> {
        match call.route {
            Route::MakeKey => self.make_key(call).await,
            Route::ListKeys => self.list_keys(call).await,
            Route::RevokeKey => self.revoke_key(call).await,
            Route::MakeSource => self.make_source(call).await,
            Route::ListSources => self.list_sources(call).await,
            Route::ListReceipts => self.list_receipts(call).await,
            Route::RemoveSource => self.remove_source(call).await,
            Route::RotateSource => self.rotate_source(call).await,
            Route::ShowCallbackSecret => self.show_callback_secret(call).await,
            Route::GetSettings => self.get_settings(call).await,
            Route::PatchSettings => self.patch_settings(call).await,
            Route::ExportData => self.accept_job(call, JobKind::Export).await,
            Route::EraseData => self.accept_job(call, JobKind::Erase).await,
            Route::ListJobs => self.list_jobs(call).await,
            Route::GetJob => self.get_job(call).await,
            Route::GetJobPart => self.get_job_part(call).await,
            Route::PutPerson => self.put_person(call).await,
            Route::ListPeople => self.list_people(call).await,
            Route::RemovePerson => self.remove_person(call).await,
            Route::GetLimits => self.get_limits(call).await,
            Route::SetLimits => self.set_limits(call).await,
            Route::CorrectCall => self.correct_call(call).await,
            Route::ListFlags => self.list_flags().await,
            Route::SetFlag => self.set_flag(call).await,
            Route::RevertFlag => self.revert_flag(call).await,
            Route::FlagLog => self.flag_log(call).await,
            Route::ListStuck => self.list_stuck(call).await,
            Route::ListEnded => self.list_ended(call).await,
            Route::RedriveEnded => self.redrive_ended(call).await,
            Route::Redrive => self.redrive(call).await,
            _ => Err(ApiError::new(Problem::NoSuchRoute)),
        }
    }
}
