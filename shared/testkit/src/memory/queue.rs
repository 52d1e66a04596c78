//! Tries at messages, and what was given up.

use galley_domain::{
    idempotency::receipt::ReceiptOutcome,
    kernel::{
        error::StoreError,
        ids::EndedId,
        paging::{Page, PageKey},
    },
    queue::{
        message::{Kind, Message},
        tries::{Ended, EndedStore},
    },
};

use crate::memory::store::{MemoryStore, page};

impl EndedStore for MemoryStore {
    async fn begin(&self, message: &Message) -> Result<Option<u32>, StoreError> {
        let mut held = self.held();
        let has_next_step = match message.kind {
            Kind::Webhook => held.receipts.values().any(|(receipt, due)| {
                receipt.message_id() == message.id
                    && receipt.tenant == message.tenant
                    && receipt.outcome == ReceiptOutcome::Received
                    && due.is_some()
            }),
            Kind::Job => held
                .jobs
                .values()
                .any(|job| job.id.as_str() == message.id && job.tenant == message.tenant && job.due_at.is_some()),
            Kind::Schedule => held.schedules.values().any(|one| {
                one.plan.id.as_str() == message.id
                    && one.plan.tenant == message.tenant
                    && held.schedules_due.contains_key(&one.plan.id)
            }),
            Kind::Generate | Kind::Publish => held
                .tasks
                .values()
                .any(|task| task.id.as_str() == message.id && task.tenant == message.tenant && task.due_at.is_some()),
            Kind::Deliver | Kind::Place => false,
        };
        if !has_next_step {
            return Ok(None);
        }
        let tries = held.tries.entry(message.id.clone()).or_default();
        *tries += 1;
        Ok(Some(*tries))
    }

    async fn take_back(&self, message: &Message) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(tries) = held.tries.get_mut(&message.id) {
            *tries = tries.saturating_sub(1);
        }
        Ok(())
    }

    async fn keep_ended(&self, ended: &Ended) -> Result<(), StoreError> {
        self.held().ended.insert(ended.id.clone(), ended.clone());
        Ok(())
    }

    async fn ended(&self, id: &EndedId) -> Result<Option<Ended>, StoreError> {
        Ok(self.held().ended.get(id).cloned())
    }

    async fn all_ended(&self, limit: u32, after: Option<PageKey>) -> Result<Page<Ended>, StoreError> {
        let place = |one: &Ended| PageKey { sort: format!("{:.3}#{}", one.at, one.id), id: one.id.to_string() };
        let mut all: Vec<Ended> = self.held().ended.values().cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse(place(one).sort));
        all.retain(|one| after.as_ref().is_none_or(|after| place(one).sort < after.sort));
        Ok(page(all, limit, place))
    }

    async fn forget_ended(&self, id: &EndedId) -> Result<(), StoreError> {
        let mut held = self.held();
        held.ended.remove(id);
        self.record(&mut held);
        Ok(())
    }
}
