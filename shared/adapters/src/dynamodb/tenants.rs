//! What is particular to a tenant: one item, of which each write touches its own part.

use aws_sdk_dynamodb::types::AttributeValue;
use galley_domain::{
    ids::TenantId,
    ports::{StoreError, TenantStore},
    tenant::Overrides,
};
use serde::Deserialize;

use super::{Table, items, keys, n, unavailable};

const SET_KEEPS_TEXTS: &str = "SET keep_model_texts = :keeps, schema_version = :schema";
const SET_LIMITS: &str = "SET limits = :limits, schema_version = :schema";

#[derive(Deserialize)]
struct SettingsItem {
    #[serde(default)]
    limits: Overrides,
    #[serde(default)]
    keep_model_texts: bool,
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

    async fn keeps_texts(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let Some(item) = self.get(keys::settings(tenant)).await? else { return Ok(false) };
        Ok(items::from_item::<SettingsItem>("tenant settings", item)?.keep_model_texts)
    }

    async fn set_keeps_texts(&self, tenant: &TenantId, keeps: bool) -> Result<(), StoreError> {
        self.update(keys::settings(tenant))
            .update_expression(SET_KEEPS_TEXTS)
            .expression_attribute_values(":keeps", AttributeValue::Bool(keeps))
            .expression_attribute_values(":schema", n(super::SCHEMA_VERSION))
            .send()
            .await
            .map_err(unavailable)?;
        Ok(())
    }
}
