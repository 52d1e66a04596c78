//! A tenant's own settings, and the limits that operators set for it; each change of either is kept, and can be reverted.

use std::collections::BTreeSet;

use galley_domain::{
    access::role::Principal,
    idempotency::claim::SavedResponse,
    kernel::{ids::TenantId, paging::Page},
    tenancy::{
        history::{self, ChangeError, ChangePlace, History, HistoryStore, Maker, Own, TenantChange},
        settings::{Overrides, TenantStore},
    },
};
use galley_edge::{
    api::{
        self, LimitsChangeView, LimitsPatch, SettingsChangeView, SettingsPatch, SettingsView, TenantLimitsView,
        flags::Revert,
    },
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::as_json,
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn get_limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let settings = self.store.settings(&tenant).await?;
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, settings.limits)))
    }

    /// A caller who was authorized within the last minute keeps the old limits until that minute is over.
    pub(super) async fn set_limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let overrides: Overrides = body::parse(call.json_bytes()?)?;
        self.limited(call, |_| overrides).await
    }

    /// As `set_limits`; limits that are left out keep their value, also when someone else changes them concurrently.
    pub(super) async fn patch_limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let map = body::object(call.json_bytes()?)?;
        let named: BTreeSet<String> = map.keys().cloned().collect();
        let LimitsPatch(said) = body::from_object(map).map_err(ApiError::invalid_fields)?;
        self.limited(call, |before| before.patched(&said, &named)).await
    }

    async fn limited(&self, call: &Call, make: impl Fn(&Overrides) -> Overrides + Send) -> Result<Reply, ApiError> {
        let (tenant, by) = (call.named::<TenantId>("tenant")?, maker(call.principal()?));
        let unlisted = |todo| format!("{tenant} is not on the list of tenants; {todo}");
        self.is_on_the_list(&tenant, |todo| ApiError::new(Problem::NotFound).detail(unlisted(todo))).await?;
        let store = self.recording(call, &tenant, History::Limits.name())?;
        let changed = history::change_limits(&store, &self.clock, &tenant, by, make).await;
        let (limits, change) = changed.map_err(refusal)?;
        change.iter().for_each(tell);
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, limits)))
    }

    pub(super) async fn limits_log(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let (page, scope) = self.history(call, &tenant, History::Limits).await?;
        let items = page.items.into_iter().filter_map(LimitsChangeView::of).collect();
        self.cursors.page(Page { items, next: page.next }, &scope).await
    }

    pub(super) async fn revert_limits(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.limits_reverted(call)).await
    }

    async fn limits_reverted(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let change = self.taken_back(call, &tenant, History::Limits).await?;
        let view = LimitsChangeView::of(change).ok_or_else(|| ApiError::internal("limits were not what changed"))?;
        Ok(api::saved(200, &TenantLimitsView::of(tenant, view.after)))
    }

    pub(super) async fn get_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let settings = self.store.settings(&call.principal()?.tenant).await?;
        Ok(Reply::json(200, &SettingsView::from(Own::of(&settings))))
    }

    /// Fields that are left out keep their value, also when someone else changes them concurrently.
    pub(super) async fn patch_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let principal = call.principal()?;
        let asked: SettingsPatch = body::parse(call.json_bytes()?)?;
        let (tenant, by) = (&principal.tenant, maker(principal));
        let store = self.recording(call, tenant, History::Settings.name())?;
        let changed = history::change_settings(&store, &self.clock, tenant, by, |before| asked.of(before)).await;
        let (own, change) = changed.map_err(refusal)?;
        change.iter().for_each(tell);
        Ok(Reply::json(200, &SettingsView::from(own)))
    }

    pub(super) async fn settings_log(&self, call: &Call) -> Result<Reply, ApiError> {
        let (page, scope) = self.history(call, &call.principal()?.tenant, History::Settings).await?;
        let items = page.items.into_iter().filter_map(SettingsChangeView::of).collect();
        self.cursors.page(Page { items, next: page.next }, &scope).await
    }

    pub(super) async fn revert_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.settings_reverted(call)).await
    }

    async fn settings_reverted(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let change = self.taken_back(call, &call.principal()?.tenant, History::Settings).await?;
        let view = SettingsChangeView::of(change);
        let view = view.ok_or_else(|| ApiError::internal("settings were not what changed"))?;
        Ok(api::saved(200, &view.after))
    }

    /// A page of a history, and the scope of its cursors.
    async fn history(
        &self,
        call: &Call,
        tenant: &TenantId,
        history: History,
    ) -> Result<(Page<TenantChange>, String), ApiError> {
        let scope = format!("{}/{tenant}", history.name());
        let after = self.cursors.after(call, &scope).await?;
        Ok((self.store.changes(tenant, history, call.limit()?, after).await?, scope))
    }

    async fn taken_back(&self, call: &Call, tenant: &TenantId, history: History) -> Result<TenantChange, ApiError> {
        let Revert { change_id } = body::parse(call.json_bytes()?)?;
        let place = ChangePlace { tenant: tenant.clone(), history, id: change_id };
        let store = self.recording(call, tenant, history.name())?;
        let reverted = history::revert(&store, &self.clock, &place, maker(call.principal()?)).await;
        reverted.map_err(refusal).inspect(tell)
    }
}

const fn maker(principal: &Principal) -> Maker<'_> {
    Maker { tenant: &principal.tenant, subject: &principal.subject }
}

fn tell(change: &TenantChange) {
    let (tenant, what, history) = (&change.tenant, as_json(&change.what), change.history().name());
    tracing::info!(%tenant, what, history, by = %change.by, "a tenant's limits or settings were changed");
}

fn refusal(error: ChangeError) -> ApiError {
    match error {
        ChangeError::NoChange => ApiError::new(Problem::NotFound),
        ChangeError::Conflict => ApiError::new(Problem::Conflict),
        ChangeError::ChangedSince => {
            ApiError::new(Problem::Conflict).detail("what this change set has been changed again since; set it anew")
        }
        ChangeError::Store(error) => error.into(),
    }
}
