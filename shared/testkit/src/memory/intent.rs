//! Proposed work.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    intent::{record::Intent, store::IntentStore},
    kernel::{
        error::StoreError,
        ids::{IntentId, Subject, TenantId},
        paging::{Page, PageKey},
    },
};

use crate::memory::store::{MemoryStore, page};

impl IntentStore for MemoryStore {
    async fn intent(&self, tenant: &TenantId, subject: &Subject, id: &IntentId) -> Result<Option<Intent>, StoreError> {
        self.counted()?;
        Ok(self.held().intents.get(&(tenant.clone(), subject.clone(), id.clone())).cloned())
    }

    async fn make_intent(&self, intent: &Intent, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        held.intents.insert((intent.tenant.clone(), intent.subject.clone(), intent.id.clone()), intent.clone());
        held.keep_claim(claim);
        Ok(())
    }

    async fn intents_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Intent>, StoreError> {
        let sort = |intent: &Intent| format!("INTENT#{}", intent.id);
        let theirs = |intent: &&Intent| intent.tenant == *tenant && intent.subject == *subject;
        let mut all: Vec<Intent> = self.held().intents.values().filter(theirs).cloned().collect();
        all.retain(|intent| after.as_ref().is_none_or(|after| sort(intent) > after.sort));
        Ok(page(all, limit, |intent| PageKey { sort: sort(intent), id: subject.to_string() }))
    }

    async fn remove_intent(&self, tenant: &TenantId, subject: &Subject, id: &IntentId) -> Result<(), StoreError> {
        self.counted()?;
        self.held().intents.remove(&(tenant.clone(), subject.clone(), id.clone()));
        Ok(())
    }
}
