//! What admins manage: API keys, people, webhook sources, settings, privacy. What operators do: see what is stuck and
//! why, redrive dead letters, set flags and limits, correct costs. Each concern has its own file.

mod acts;
mod agents;
mod callbacks;
mod feeds;
mod flags;
mod inspect;
mod keys;
mod ledger;
mod letters;
mod listen;
mod operation;
mod people;
mod privacy;
mod sources;
mod standing;
mod targets;
mod tenants;

use galley_api::route::AdminRoute;
use galley_domain::{
    access::{
        acts::{ActStore, Recording},
        keys::KeyStore,
        limits::LimitStore,
        people::PersonStore,
    },
    agents::store::AgentStore,
    idempotency::claim::ClaimStore,
    intake::known_models::KnownModels,
    kernel::clock::{Clock, Entropy},
    money::budget::CostStore,
    operations::{correction::LedgerStore, due::DueStore},
    outbox::{
        deliver::DeliveryStore, listen::ListenStore, manage::Targets, port::PublishingTarget, target::TargetStore,
    },
    plans::feed::FeedStore,
    privacy::jobs::{JobKind, PrivacyStore},
    queue::{dead_letters::DeadLetters, message::Queue, tries::EndedStore},
    schedule::store::ScheduleStore,
    secrets::store::{Secrets, Vault},
    task::store::TaskStore,
    tenancy::{flags::FlagStore, history::HistoryStore, registry::RegistryStore, settings::TenantStore},
    webhooks::{
        receive::ReceiptStore,
        refusals::RefusalStore,
        source::{SourceStore, Sources},
    },
};
use galley_edge::{
    cursor::Cursors,
    http::{call::Call, counting, error::ApiError, reply::Reply},
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
        + RefusalStore
        + FlagStore
        + HistoryStore
        + LedgerStore
        + TaskStore
        + TargetStore
        + ListenStore
        + LimitStore
        + RegistryStore
        + CostStore
        + ScheduleStore
        + FeedStore
        + ActStore
        + AgentStore
        + ClaimStore
        + Recording;
    type Clock: Clock;
    type Entropy: Entropy;
    type Secrets: Secrets + Vault;
    type Queue: Queue;
    type Letters: DeadLetters;
    type Target: PublishingTarget;
}

#[derive(Debug)]
#[expect(clippy::type_complexity, reason = "each use case names the parts that it needs")]
pub struct App<D: Deps> {
    pub store: D::Store,
    pub clock: D::Clock,
    pub entropy: D::Entropy,
    pub queue: D::Queue,
    pub letters: D::Letters,
    pub cursors: Cursors<D::Secrets>,
    pub sources: Sources<D::Store, D::Secrets, D::Entropy, D::Clock>,
    pub targets: Targets<D::Store, D::Secrets, D::Entropy, D::Clock, D::Target>,
    pub secrets: D::Secrets,
    pub known: KnownModels,
    /// Names the secret that callbacks are signed with.
    pub callback_secret: String,
}

impl<D: Deps> App<D> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        counting::counted_or_replayed(&self.store, self.clock.now(), &call, Box::pin(self.answer(&call))).await
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each route: a table, not a procedure")]
    async fn answer(&self, call: &Call) -> Result<Reply, ApiError> {
        match call.of::<AdminRoute>()? {
            AdminRoute::MakeKey => self.make_key(call).await,
            AdminRoute::ListKeys => self.list_keys(call).await,
            AdminRoute::GetKey => self.get_key(call).await,
            AdminRoute::RevokeKey => self.revoke_key(call).await,
            AdminRoute::MakeSource => self.make_source(call).await,
            AdminRoute::ListSources => self.list_sources(call).await,
            AdminRoute::ListReceipts => self.list_receipts(call).await,
            AdminRoute::RemoveSource => self.remove_source(call).await,
            AdminRoute::RotateSource => self.rotate_source(call).await,
            AdminRoute::ShowCallbackSecret => self.show_callback_secret(call).await,
            AdminRoute::MakeAgent => self.make_agent(call).await,
            AdminRoute::AllAgents => self.all_agents(call).await,
            AdminRoute::GetAgent => self.get_agent(call).await,
            AdminRoute::PatchAgent => self.patch_agent(call).await,
            AdminRoute::RemoveAgent => self.remove_agent(call).await,
            AdminRoute::MakePrompt => self.make_prompt(call).await,
            AdminRoute::ListPrompts => self.list_prompts(call).await,
            AdminRoute::GetPrompt => self.get_prompt(call).await,
            AdminRoute::MoveLabel => self.move_label(call).await,
            AdminRoute::MoveAlias => self.move_alias(call).await,
            AdminRoute::RemoveAlias => self.remove_alias(call).await,
            AdminRoute::Listen => self.listen(call).await,
            AdminRoute::MakeTarget => self.make_target(call).await,
            AdminRoute::ListTargets => self.list_targets(call).await,
            AdminRoute::GetTarget => self.get_target(call).await,
            AdminRoute::PatchTarget => self.patch_target(call).await,
            AdminRoute::RemoveTarget => self.remove_target(call).await,
            AdminRoute::TestTarget => self.test_target(call).await,
            AdminRoute::MakeFeed => self.make_feed(call).await,
            AdminRoute::ListFeeds => self.list_feeds(call).await,
            AdminRoute::RevokeFeed => self.revoke_feed(call).await,
            AdminRoute::GetSettings => self.get_settings(call).await,
            AdminRoute::PatchSettings => self.patch_settings(call).await,
            AdminRoute::ExportData => self.accept_job(call, JobKind::Export).await,
            AdminRoute::EraseData => self.accept_job(call, JobKind::Erase).await,
            AdminRoute::ListJobs => self.list_jobs(call).await,
            AdminRoute::GetJob => self.get_job(call).await,
            AdminRoute::GetJobPart => self.get_job_part(call).await,
            AdminRoute::PutPerson => self.put_person(call).await,
            AdminRoute::ListPeople => self.list_people(call).await,
            AdminRoute::RemovePerson => self.remove_person(call).await,
            AdminRoute::GetLimits => self.get_limits(call).await,
            AdminRoute::SetLimits => self.set_limits(call).await,
            AdminRoute::PatchLimits => self.patch_limits(call).await,
            AdminRoute::LimitsLog => self.limits_log(call).await,
            AdminRoute::RevertLimits => self.revert_limits(call).await,
            AdminRoute::SettingsLog => self.settings_log(call).await,
            AdminRoute::RevertSettings => self.revert_settings(call).await,
            AdminRoute::ListTenants => self.list_tenants(call).await,
            AdminRoute::GetTenant => self.get_tenant(call).await,
            AdminRoute::MakeTenant => self.make_tenant(call).await,
            AdminRoute::SuspendTenant => self.suspend_tenant(call).await,
            AdminRoute::ResumeTenant => self.resume_tenant(call).await,
            AdminRoute::TenantTrail => self.tenant_trail(call).await,
            AdminRoute::Trail => self.trail(call).await,
            AdminRoute::ListActs => self.list_acts(call).await,
            AdminRoute::ListTenantActs => self.list_tenant_acts(call).await,
            AdminRoute::AllCosts => self.all_costs(call).await,
            AdminRoute::ListTenantKeys => self.list_tenant_keys(call).await,
            AdminRoute::InspectTask => self.inspect_task(call).await,
            AdminRoute::InspectEvents => self.inspect_events(call).await,
            AdminRoute::InspectDeliveries => self.inspect_deliveries(call).await,
            AdminRoute::KickTask => self.kick_task(call).await,
            AdminRoute::StopTask => self.stop_task(call).await,
            AdminRoute::CorrectCall => self.correct_call(call).await,
            AdminRoute::ListFlags => self.list_flags().await,
            AdminRoute::SetFlag => self.set_flag(call).await,
            AdminRoute::RevertFlag => self.revert_flag(call).await,
            AdminRoute::FlagLog => self.flag_log(call).await,
            AdminRoute::ListStuck => self.list_stuck(call).await,
            AdminRoute::ListEnded => self.list_ended(call).await,
            AdminRoute::RedriveEnded => self.redrive_ended(call).await,
            AdminRoute::Redrive => self.redrive(call).await,
            AdminRoute::ListLetters => self.list_letters(call).await,
            AdminRoute::RedriveLetter => self.redrive_letter(call).await,
            AdminRoute::DiscardLetter => self.discard_letter(call).await,
        }
    }
}
