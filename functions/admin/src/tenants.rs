//! What operators set for a tenant.

use galley_domain::{ids::TenantId, ports::TenantStore, tenant::Overrides};
use galley_edge::{
    api::TenantLimitsView,
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
}
