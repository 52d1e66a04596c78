//! A tenant's settings, and flags.

use std::collections::BTreeMap;

use galley_domain::{
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
        paging::{Page, PageKey},
    },
    tenancy::{
        flags::{Flag, FlagChange, FlagName, FlagStore},
        history::{ChangePlace, History, HistoryStore, Maker, Own, TenantChange, What},
        registry::{Registered, RegistryStore},
        settings::{Settings, TenantStore},
    },
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::memory::store::{Held, MemoryStore, page};

impl TenantStore for MemoryStore {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        Ok(self.held().settings.get(tenant).cloned().unwrap_or_default())
    }
}

impl Held {
    pub(super) fn register(&mut self, tenant: &TenantId, since: Timestamp) {
        self.tenants.entry(tenant.clone()).or_insert(since);
    }
}

impl RegistryStore for MemoryStore {
    async fn register(&self, registered: &Registered) -> Result<(), StoreError> {
        let mut held = self.held();
        let is_new = !held.tenants.contains_key(&registered.tenant);
        held.register(&registered.tenant, registered.since);
        if is_new {
            self.record(&mut held);
        }
        Ok(())
    }

    async fn registered(&self, tenant: &TenantId) -> Result<Option<Registered>, StoreError> {
        let since = self.held().tenants.get(tenant).copied();
        Ok(since.map(|since| Registered { tenant: tenant.clone(), since }))
    }

    async fn all_registered(&self, limit: u32, after: Option<PageKey>) -> Result<Page<Registered>, StoreError> {
        let held = self.held();
        let later = |tenant: &TenantId| after.as_ref().is_none_or(|key| tenant.as_str() > key.sort.as_str());
        let all = held.tenants.iter().filter(|(tenant, _)| later(tenant));
        let all = all.map(|(tenant, since)| Registered { tenant: tenant.clone(), since: *since }).collect();
        Ok(page(all, limit, |one| PageKey { sort: one.tenant.to_string(), id: "TENANTS".to_owned() }))
    }
}

impl HistoryStore for MemoryStore {
    async fn make_change(&self, change: &TenantChange) -> Result<bool, StoreError> {
        let mut held = self.held();
        let present = held.settings.entry(change.tenant.clone()).or_default();
        let as_read = match &change.what {
            What::Limits(turned) => present.limits == turned.before,
            What::Settings(turned) => Own::of(present) == turned.before,
        };
        if !as_read {
            return Ok(false);
        }
        match &change.what {
            What::Limits(turned) => present.limits = turned.after,
            What::Settings(turned) => {
                present.policy = turned.after.policy;
                present.disclosure.clone_from(&turned.after.disclosure);
                present.site.clone_from(&*turned.after.site);
            }
        }
        held.changes.insert(change.place(), change.clone());
        self.record(&mut held);
        Ok(true)
    }

    async fn change_at(&self, place: &ChangePlace) -> Result<Option<TenantChange>, StoreError> {
        Ok(self.held().changes.get(place).cloned())
    }

    async fn changes(
        &self,
        tenant: &TenantId,
        history: History,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<TenantChange>, StoreError> {
        let held = self.held();
        let theirs = held.changes.values().rev().filter(|one| one.tenant == *tenant && one.history() == history);
        let older = |one: &&TenantChange| after.as_ref().is_none_or(|key| one.id.to_string() < key.sort);
        let changes: Vec<TenantChange> = theirs.filter(older).cloned().collect();
        Ok(page(changes, limit, |one| PageKey { sort: one.id.to_string(), id: tenant.to_string() }))
    }

    async fn changes_by(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ChangePlace>, StoreError> {
        let held = self.held();
        let theirs = held.changes.values().rev().filter(|one| one.by_tenant == *tenant && one.by == *subject);
        let sort = |place: &ChangePlace| format!("{}#{}#{}", place.history.name(), place.tenant, place.id);
        let mut places: Vec<ChangePlace> = theirs.map(TenantChange::place).collect();
        places.sort_by_key(|place| std::cmp::Reverse(sort(place)));
        places.retain(|place| after.as_ref().is_none_or(|key| sort(place) < key.sort));
        Ok(page(places, limit, |place| PageKey { sort: sort(place), id: subject.to_string() }))
    }

    async fn rename_changer(
        &self,
        place: &ChangePlace,
        maker: Maker<'_>,
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(change) = held.changes.get_mut(place).filter(|change| change.by == *maker.subject) {
            change.by.clone_from(pseudonym);
        }
        Ok(())
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
            self.record(&mut held);
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
