//! What is particular to a tenant: one item, of which each write touches its own part.

use galley_domain::{
    ids::TenantId,
    ports::{StoreError, TenantStore},
    tenant::Overrides,
};
use serde::Deserialize;

use super::{Table, items, keys, n, unavailable};

const SET_LIMITS: &str = "SET limits = :limits, schema_version = :schema";

#[derive(Deserialize)]
struct SettingsItem {
    #[serde(default)]
    limits: Overrides,
}

impl TenantStore for Table {
    async fn overrides(&self, tenant: &TenantId) -> Result<Overrides, StoreError> {
        let Some(item) = self.get(keys::settings(tenant)).await? else { return Ok(Overrides::default()) };
        let stored: SettingsItem = items::from_item("tenant settings", item)?;
        Ok(stored.limits)
    }

    async fn set_overrides(&self, tenant: &TenantId, overrides: Overrides) -> Result<(), StoreError> {
        self.update(keys::settings(tenant))
            .update_expression(SET_LIMITS)
            .expression_attribute_values(":limits", items::to_value("limits", &overrides)?)
            .expression_attribute_values(":schema", n(super::SCHEMA_VERSION))
            .send()
            .await
            .map_err(unavailable)?;
        Ok(())
    }
}
