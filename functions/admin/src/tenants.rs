//! What a tenant says of itself, and what operators set for it.

use galley_domain::{ids::TenantId, ports::TenantStore, tenant::Overrides};
use galley_edge::{
    api::{SettingsPatch, SettingsView, TenantLimitsView},
    http::{body, call::Call, error::ApiError, reply::Reply},
};

#[derive(Debug)]
pub struct Tenants<S> {
    pub store: S,
}

impl<S: TenantStore> Tenants<S> {
    pub(super) async fn limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let overrides = self.store.overrides(&tenant).await.map_err(|error| ApiError::unavailable(&error))?;
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, overrides)))
    }

    /// Whoever was let in within the last minute keeps the limits of then until that is over.
    pub(super) async fn set_limits(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let overrides: Overrides = body::parse(call.json_bytes()?)?;
        self.store.set_overrides(&tenant, overrides).await.map_err(|error| ApiError::unavailable(&error))?;
        tracing::info!(%tenant, ?overrides, by = %call.principal()?.subject, "a tenant's limits were set");
        Ok(Reply::json(200, &TenantLimitsView::of(tenant, overrides)))
    }

    pub(super) async fn settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let keeps = self.store.keeps_texts(&call.principal()?.tenant).await;
        let keep_model_texts = keeps.map_err(|error| ApiError::unavailable(&error))?;
        Ok(Reply::json(200, &SettingsView { keep_model_texts }))
    }

    pub(super) async fn change_settings(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: SettingsPatch = body::parse(call.json_bytes()?)?;
        if let Some(keeps) = asked.keep_model_texts {
            let set = self.store.set_keeps_texts(&by.tenant, keeps).await;
            set.map_err(|error| ApiError::unavailable(&error))?;
            tracing::info!(tenant = %by.tenant, keep_model_texts = keeps, by = %by.subject, "a tenant's settings were changed");
        }
        self.settings(call).await
    }
}
