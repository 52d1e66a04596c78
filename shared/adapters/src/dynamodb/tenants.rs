//! What is particular to a tenant: one item, of which each write touches its own part.

use galley_domain::{
    ids::TenantId,
    ports::{StoreError, TenantStore},
    tenant::{Overrides, Policy, Settings},
};
use serde::Deserialize;

use super::{Table, conditions::met, items, keys, n, unavailable};

const SET_LIMITS: &str = "SET limits = :limits, schema_version = :schema";
const SET_POLICY: &str = "SET #policy = :after, schema_version = :schema";
const AS_READ: &str = "#policy = :before";
const NO_POLICY: &str = "attribute_not_exists(#policy)";

#[derive(Deserialize)]
struct SettingsItem {
    #[serde(default)]
    limits: Overrides,
    policy: Option<Policy>,
    /// Where an earlier release kept it.
    #[serde(default)]
    keep_model_texts: bool,
}

impl Table {
    /// What is stored, and whether a policy is.
    async fn stored_settings(&self, tenant: &TenantId) -> Result<(Settings, bool), StoreError> {
        let Some(item) = self.get(keys::settings(tenant)).await? else { return Ok((Settings::default(), false)) };
        let stored: SettingsItem = items::from_item("tenant settings", item)?;
        let earlier = Policy { keep_model_texts: stored.keep_model_texts, ..Policy::default() };
        let settings = Settings { limits: stored.limits, policy: stored.policy.unwrap_or(earlier) };
        Ok((settings, stored.policy.is_some()))
    }
}

impl TenantStore for Table {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        Ok(self.stored_settings(tenant).await?.0)
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

    async fn replace_policy(&self, tenant: &TenantId, before: &Policy, after: &Policy) -> Result<bool, StoreError> {
        let (present, stored) = self.stored_settings(tenant).await?;
        if present.policy != *before {
            return Ok(false);
        }
        let update = self
            .update(keys::settings(tenant))
            .update_expression(SET_POLICY)
            .expression_attribute_names("#policy", "policy")
            .expression_attribute_values(":after", items::to_value("policy", after)?)
            .expression_attribute_values(":schema", n(super::SCHEMA_VERSION));
        let update = if stored {
            update
                .condition_expression(AS_READ)
                .expression_attribute_values(":before", items::to_value("policy", before)?)
        } else {
            update.condition_expression(NO_POLICY)
        };
        met(update.send().await)
    }
}
