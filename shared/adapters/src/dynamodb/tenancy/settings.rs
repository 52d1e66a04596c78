//! A tenant's settings: one item, of which each write changes only its own part (`history`).

use galley_domain::{
    kernel::{error::StoreError, ids::TenantId},
    tenancy::settings::{Disclosure, Overrides, Policy, Settings, TenantStore},
};
use serde::Deserialize;

use crate::dynamodb::{
    items::{self, Item},
    keys,
    table::Table,
};

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
}
