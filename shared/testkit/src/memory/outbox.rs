//! Events on their way out.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::TaskId,
        paging::{Page, PageKey},
    },
    outbox::deliver::{Delivery, DeliveryStore},
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
