//! A tenant's own settings, and the limits that operators set for it.

use galley_domain::{
    kernel::ids::TenantId,
    tenancy::settings::{self, ChangeError, Changed, Overrides, TenantStore},
};
use galley_edge::{
    api::{SettingsPatch, SettingsView, TenantLimitsView},
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
        let tenant: TenantId = call.named("tenant")?;
        let overrides: Overrides = body::parse(call.json_bytes()?)?;
        self.store.set_overrides(&tenant, overrides).await?;
        let (limits, by) = (as_json(&overrides), &call.principal()?.subject);
        tracing::info!(%tenant, limits, %by, "a tenant's limits were set");
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, overrides)))
    }

    pub(super) async fn get_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let settings = self.store.settings(&call.principal()?.tenant).await?;
        Ok(Reply::json(200, &SettingsView::from(settings)))
    }

    /// Fields that are left out keep their value, also when someone else changes them concurrently.
    pub(super) async fn patch_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: SettingsPatch = body::parse(call.json_bytes()?)?;
        let changed = settings::change(&self.store, &by.tenant, |before| asked.of(before)).await;
        let Changed { before, after } = changed.map_err(|error| match error {
            ChangeError::Conflict => ApiError::new(Problem::Conflict),
            ChangeError::Store(error) => error.into(),
        })?;
        let discloses = after.disclosure.is_some();
        let (tenant, before, now) = (&by.tenant, as_json(&before.policy), as_json(&after.policy));
        tracing::info!(%tenant, before, after = now, discloses, by = %by.subject, "a tenant's settings were changed");
        Ok(Reply::json(200, &SettingsView::from(after)))
    }
}
