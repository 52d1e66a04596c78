//! A tenant's settings, and flags.

use std::collections::BTreeMap;

use galley_domain::{
    kernel::{
        error::StoreError,
        ids::TenantId,
        paging::{Page, PageKey},
    },
    tenancy::{
        flags::{Flag, FlagChange, FlagName, FlagStore},
        settings::{Overrides, Settings, TenantStore},
    },
};
use uuid::Uuid;

use crate::memory::store::{MemoryStore, page};

impl TenantStore for MemoryStore {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        Ok(self.held().settings.get(tenant).cloned().unwrap_or_default())
    }

    async fn set_overrides(&self, tenant: &TenantId, overrides: Overrides) -> Result<(), StoreError> {
        self.held().settings.entry(tenant.clone()).or_default().limits = overrides;
        Ok(())
    }

    async fn replace_own(&self, tenant: &TenantId, before: &Settings, after: &Settings) -> Result<bool, StoreError> {
        let mut held = self.held();
        let present = held.settings.entry(tenant.clone()).or_default();
        let as_read = present.policy == before.policy;
        if as_read {
            present.policy = after.policy;
            if before.disclosure != after.disclosure {
                present.disclosure.clone_from(&after.disclosure);
            }
        }
        Ok(as_read)
    }
}

impl FlagStore for MemoryStore {
    async fn flags(&self) -> Result<BTreeMap<FlagName, Flag>, StoreError> {
        Ok(self.held().flags.clone())
    }

    async fn flag(&self, name: &FlagName) -> Result<Option<Flag>, StoreError> {
        Ok(self.held().flags.get(name).cloned())
    }

    async fn change_flag(&self, change: &FlagChange) -> Result<bool, StoreError> {
        let mut held = self.held();
        let as_read = held.flags.get(&change.flag) == change.before.as_ref();
        if as_read {
            match &change.after {
                Some(after) => held.flags.insert(change.flag.clone(), after.clone()),
                None => held.flags.remove(&change.flag),
            };
            held.flag_log.insert(change.id, change.clone());
        }
        Ok(as_read)
    }

    async fn flag_change(&self, id: Uuid) -> Result<Option<FlagChange>, StoreError> {
        Ok(self.held().flag_log.get(&id).cloned())
    }

    async fn flag_changes(&self, limit: u32, after: Option<PageKey>) -> Result<Page<FlagChange>, StoreError> {
        let held = self.held();
        let older = |change: &&FlagChange| after.as_ref().is_none_or(|key| change.id.to_string() < key.sort);
        let changes: Vec<FlagChange> = held.flag_log.values().rev().filter(older).cloned().collect();
        Ok(page(changes, limit, |change| PageKey { sort: change.id.to_string(), id: "FLAGS#LOG".to_owned() }))
    }
}
