//! What a tenant says of itself, and what operators set for it.

use galley_domain::{
    kernel::ids::TenantId,
    tenancy::settings::{Overrides, TenantStore},
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

/// How often a change is tried against other changes.
const TRIES: u8 = 5;

#[derive(Debug)]
pub struct Tenants<S> {
    pub store: S,
}

impl<S: TenantStore> Tenants<S> {
    pub(super) async fn limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let settings = self.store.settings(&tenant).await.map_err(|error| ApiError::unavailable(&error))?;
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, settings.limits)))
    }

    /// Whoever was let in within the last minute keeps the limits of then until that is over.
    pub(super) async fn set_limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let overrides: Overrides = body::parse(call.json_bytes()?)?;
        self.store.set_overrides(&tenant, overrides).await.map_err(|error| ApiError::unavailable(&error))?;
        let (limits, by) = (as_json(&overrides), &call.principal()?.subject);
        tracing::info!(%tenant, limits, %by, "a tenant's limits were set");
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, overrides)))
    }

    pub(super) async fn settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let settings = self.store.settings(&call.principal()?.tenant).await;
        let policy = settings.map_err(|error| ApiError::unavailable(&error))?.policy;
        Ok(Reply::json(200, &SettingsView::from(policy)))
    }

    /// What is left out stays, whoever else changes something at the same time.
    pub(super) async fn change_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: SettingsPatch = body::parse(call.json_bytes()?)?;
        for _ in 0..TRIES {
            let settings = self.store.settings(&by.tenant).await;
            let before = settings.map_err(|error| ApiError::unavailable(&error))?.policy;
            let after = asked.of(before);
            let replaced = self.store.replace_policy(&by.tenant, &before, &after).await;
            if replaced.map_err(|error| ApiError::unavailable(&error))? {
                let (tenant, before, now) = (&by.tenant, as_json(&before), as_json(&after));
                tracing::info!(%tenant, before, after = now, by = %by.subject, "a tenant's settings were changed");
                return Ok(Reply::json(200, &SettingsView::from(after)));
            }
        }
        Err(ApiError::new(Problem::Conflict))
    }
}
