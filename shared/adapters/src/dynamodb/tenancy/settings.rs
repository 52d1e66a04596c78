//! A tenant's settings: one item, of which each write changes only its own part (`history`).

use galley_domain::{
    kernel::{
        error::{BoxError, StoreError},
        ids::{InvalidId, TenantId},
    },
    tenancy::settings::{Directory, Disclosure, Overrides, Policy, Settings, SiteLook, TenantStore},
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
    #[serde(default)]
    site: SiteLook,
}

pub(crate) fn settings_from(item: Item) -> Result<Settings, StoreError> {
    let targets = directory(&item)?;
    let SettingsItem { limits, policy, disclosure, site } = items::from_item("tenant settings", item)?;
    Ok(Settings { limits, policy, disclosure, site, targets })
}

/// Each target has a line of its own, so that two that change at once do not undo each other.
fn directory(item: &Item) -> Result<Directory, StoreError> {
    let unreadable = |error: BoxError| StoreError::Unreadable { item: "directory of targets", source: error };
    let mut directory = Directory::default();
    for (attribute, types) in item {
        let Some(name) = attribute.strip_prefix(keys::DIRECTORY) else { continue };
        let name = name.parse().map_err(|error: InvalidId| unreadable(error.into()))?;
        let types = serde_dynamo::from_attribute_value(types.clone()).map_err(|error| unreadable(error.into()))?;
        directory.0.insert(name, types);
    }
    Ok(directory)
}

impl TenantStore for Table {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        self.get(keys::settings(tenant)).await?.map_or_else(|| Ok(Settings::default()), settings_from)
    }
}
