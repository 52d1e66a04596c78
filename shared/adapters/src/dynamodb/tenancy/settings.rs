//! A tenant's settings: one item, of which each write changes only its own part.

use galley_domain::{
    kernel::{error::StoreError, ids::TenantId},
    tenancy::settings::{Disclosure, Overrides, Policy, Settings, TenantStore},
};
use serde::Deserialize;

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, Item, SCHEMA_VERSION, n},
    keys,
    table::Table,
};

const SET_LIMITS: &str = "SET limits = :limits, schema_version = :schema";
const SET_POLICY: &str = "SET #policy = :after, schema_version = :schema";
const SET_POLICY_AND_DISCLOSURE: &str = "SET #policy = :after, disclosure = :disclosure, schema_version = :schema";
const AS_READ: &str = "#policy = :before";
/// A missing policy is read as the default.
const AS_READ_DEFAULT: &str = "attribute_not_exists(#policy) OR #policy = :before";

#[derive(Deserialize)]
struct SettingsItem {
    #[serde(default)]
    limits: Overrides,
    #[serde(default)]
    policy: Policy,
    /// Apart from the policy, which an older release reads only as it knows it.
    #[serde(default)]
    disclosure: Option<Disclosure>,
}

pub(crate) fn settings_from(item: Item) -> Result<Settings, StoreError> {
    let SettingsItem { limits, policy, disclosure } = items::from_item("tenant settings", item)?;
    Ok(Settings { limits, policy, disclosure })
}

impl TenantStore for Table {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        self.get(keys::settings(tenant)).await?.map_or_else(|| Ok(Settings::default()), settings_from)
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

    async fn replace_own(&self, tenant: &TenantId, before: &Settings, after: &Settings) -> Result<bool, StoreError> {
        let replacing = self
            .update(keys::settings(tenant))
            .condition_expression(if before.policy == Policy::default() { AS_READ_DEFAULT } else { AS_READ })
            .expression_attribute_names("#policy", "policy")
            .expression_attribute_values(":after", items::to_value("policy", &after.policy)?)
            .expression_attribute_values(":before", items::to_value("policy", &before.policy)?)
            .expression_attribute_values(":schema", n(SCHEMA_VERSION));
        let replacing = if before.disclosure == after.disclosure {
            replacing.update_expression(SET_POLICY)
        } else {
            replacing
                .update_expression(SET_POLICY_AND_DISCLOSURE)
                .expression_attribute_values(":disclosure", items::to_value("disclosure", &after.disclosure)?)
        };
        met(replacing.send().await)
    }
}
