//! Events on their way out.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{ListenerName, TargetName, TaskId, TenantId},
        paging::{Page, PageKey},
    },
    outbox::{
        deliver::{Delivery, DeliveryStore},
        listen::{Heard, ListenStore},
        placement::{Placement, PlacementStore},
        target::{Target, TargetStore},
    },
};
use uuid::Uuid;

use crate::memory::store::{Held, MemoryStore, page};

impl DeliveryStore for MemoryStore {
    async fn delivery(&self, task: &TaskId, id: Uuid) -> Result<Option<Delivery>, StoreError> {
        Ok(self.held().deliveries.get(&(task.clone(), id)).map(|(delivery, _)| delivery.clone()))
    }

    async fn deliveries(
        &self,
        task: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Delivery>, StoreError> {
        let held = self.held();
        let mut all: Vec<Delivery> =
            held.deliveries.values().filter(|(one, _)| one.task == *task).map(|(one, _)| one.clone()).collect();
        let sort = |one: &Delivery| format!("DLV#{}", one.id);
        all.sort_by_key(|one| std::cmp::Reverse(one.id));
        all.retain(|one| after.as_ref().is_none_or(|after| sort(one) < after.sort));
        Ok(page(all, limit, |one| PageKey { sort: sort(one), id: task.to_string() }))
    }

    async fn keep_delivery(&self, delivery: &Delivery, over: u64) -> Result<bool, StoreError> {
        Ok(self.held().keep_delivery(delivery, over))
    }

    async fn redeliver(&self, delivery: &Delivery, over: u64, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let kept = held.keep_delivery(delivery, over);
        if kept {
            held.keep_claim(claim);
        }
        Ok(kept)
    }
}

impl Held {
    fn keep_delivery(&mut self, delivery: &Delivery, over: u64) -> bool {
        let key = (delivery.task.clone(), delivery.id);
        let Some(present) = self.deliveries.get_mut(&key).filter(|(present, _)| present.version == over) else {
            return false;
        };
        *present = (delivery.clone(), delivery.due_at());
        self.resends.remove(&delivery.message().id);
        true
    }
}

impl PlacementStore for MemoryStore {
    async fn placement(&self, task: &TaskId, target: &TargetName) -> Result<Option<Placement>, StoreError> {
        self.counted()?;
        Ok(self.held().placements.get(&(task.clone(), target.clone())).map(|(placement, _)| placement.clone()))
    }

    async fn placements(&self, task: &TaskId) -> Result<Vec<Placement>, StoreError> {
        let held = self.held();
        Ok(held.placements.values().filter(|(one, _)| one.task == *task).map(|(one, _)| one.clone()).collect())
    }

    async fn keep_placement(&self, placement: &Placement, over: u64) -> Result<bool, StoreError> {
        self.counted()?;
        let kept = self.held().keep_placement(placement, over);
        if self.answer_lost() {
            return Err(StoreError::Unavailable("the answer was lost".into()));
        }
        Ok(kept)
    }

    async fn replace_placement(
        &self,
        placement: &Placement,
        over: u64,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let kept = held.keep_placement(placement, over);
        if kept {
            held.keep_claim(claim);
        }
        Ok(kept)
    }
}

impl ListenStore for MemoryStore {
    async fn heard(
        &self,
        tenant: &TenantId,
        listener: &ListenerName,
        limit: u32,
        after: Option<Uuid>,
    ) -> Result<Vec<Heard>, StoreError> {
        let held = self.held();
        let of_listener = held.heard.iter().filter(|one| one.tenant == *tenant && one.listener == *listener);
        let mut heard: Vec<Heard> =
            of_listener.filter(|one| after.is_none_or(|after| one.id > after)).cloned().collect();
        heard.sort_by_key(|one| one.id);
        heard.truncate(usize::try_from(limit).unwrap());
        Ok(heard)
    }
}

impl TargetStore for MemoryStore {
    async fn target(&self, tenant: &TenantId, name: &TargetName) -> Result<Option<Target>, StoreError> {
        Ok(self.held().targets.get(&(tenant.clone(), name.clone())).cloned())
    }

    async fn targets(&self, tenant: &TenantId) -> Result<Vec<Target>, StoreError> {
        Ok(self.held().targets.values().filter(|target| target.tenant == *tenant).cloned().collect())
    }

    async fn make_target(&self, target: &Target, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let free = !held.targets.contains_key(&(target.tenant.clone(), target.name.clone()));
        if free {
            held.put_target(target);
            held.keep_claim(claim);
            self.record(&mut held);
        }
        Ok(free)
    }

    async fn keep_target(&self, target: &Target, over: u64) -> Result<bool, StoreError> {
        let mut held = self.held();
        let as_read = held.has_target(target, over);
        if as_read {
            held.put_target(target);
            self.record(&mut held);
        }
        Ok(as_read)
    }

    async fn remove_target(&self, target: &Target) -> Result<bool, StoreError> {
        let mut held = self.held();
        let as_read = held.has_target(target, target.version);
        if as_read {
            held.targets.remove(&(target.tenant.clone(), target.name.clone()));
            held.settings.entry(target.tenant.clone()).or_default().targets.0.remove(&target.name);
            self.record(&mut held);
        }
        Ok(as_read)
    }
}

impl Held {
    /// What a change of a task wants on a target, over whatever is there.
    pub(super) fn want(&mut self, placement: Placement) {
        let key = (placement.task.clone(), placement.target.clone());
        let next = match self.placements.remove(&key) {
            Some((present, _)) => present.wanting(placement.wanted, placement.updated_at, &placement.trace_id),
            None => placement,
        };
        self.resends.remove(&next.message().id);
        let due_at = next.due_at();
        self.placements.insert(key, (next, due_at));
    }

    fn keep_placement(&mut self, placement: &Placement, over: u64) -> bool {
        let key = (placement.task.clone(), placement.target.clone());
        let Some(present) = self.placements.get_mut(&key).filter(|(present, _)| present.version == over) else {
            return false;
        };
        *present = (placement.clone(), placement.due_at());
        self.resends.remove(&placement.message().id);
        true
    }

    fn has_target(&self, target: &Target, version: u64) -> bool {
        let present = self.targets.get(&(target.tenant.clone(), target.name.clone()));
        present.is_some_and(|present| present.version == version)
    }

    fn put_target(&mut self, target: &Target) {
        let (tenant, name) = (target.tenant.clone(), target.name.clone());
        self.settings.entry(tenant.clone()).or_default().targets.0.insert(name.clone(), target.default_for.clone());
        self.targets.insert((tenant, name), target.clone());
    }
}
