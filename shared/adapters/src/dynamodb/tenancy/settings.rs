//! A tenant's settings: one item, of which each write changes only its own part.

use galley_domain::{
    kernel::{error::StoreError, ids::TenantId},
    tenancy::settings::{Overrides, Policy, Settings, TenantStore},
};
use serde::Deserialize;

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, SCHEMA_VERSION, n},
    keys,
    table::Table,
};

const SET_LIMITS: &str = "SET limits = :limits, schema_version = :schema";
const SET_POLICY: &str = "SET #policy = :after, schema_version = :schema";
const AS_READ: &str = "#policy = :before";
/// A missing policy is read as the default.
const AS_READ_DEFAULT: &str = "attribute_not_exists(#policy) OR #policy = :before";

#[derive(Deserialize)]
struct SettingsItem {
    #[serde(default)]
    limits: Overrides,
    #[serde(default)]
    policy: Policy,
}

impl TenantStore for Table {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        let Some(item) = self.get(keys::settings(tenant)).await? else { return Ok(Settings::default()) };
        let stored: SettingsItem = items::from_item("tenant settings", item)?;
        Ok(Settings { limits: stored.limits, policy: stored.policy })
    }

    async fn set_overrides(&self, tenant: &TenantId, overrides: Overrides) -> Result<(), StoreError> {
        self.update(keys::settings(tenant))
            .update_expression(SET_LIMITS)
            .expression_attribute_values(":limits", items::to_value("limits", &overrides)?)
            .expression_attribute_values(":schema", n(SCHEMA_VERSION))
            .send()
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn replace_policy(&self, tenant: &TenantId, before: &Policy, after: &Policy) -> Result<bool, StoreError> {
        let replaced = self
            .update(keys::settings(tenant))
            .update_expression(SET_POLICY)
            .condition_expression(if *before == Policy::default() { AS_READ_DEFAULT } else { AS_READ })
            .expression_attribute_names("#policy", "policy")
            .expression_attribute_values(":after", items::to_value("policy", after)?)
            .expression_attribute_values(":before", items::to_value("policy", before)?)
            .expression_attribute_values(":schema", n(SCHEMA_VERSION))
            .send()
            .await;
        met(replaced)
    }
}
