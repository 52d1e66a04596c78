//! Addresses of calendars.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{FeedId, TenantId},
    },
    plans::feed::{Feed, FeedStore, MOST_FEEDS},
};

use crate::memory::store::MemoryStore;

impl FeedStore for MemoryStore {
    async fn feed(&self, id: &FeedId) -> Result<Option<Feed>, StoreError> {
        Ok(self.held().feeds.get(id).cloned())
    }

    async fn feeds(&self, tenant: &TenantId) -> Result<Vec<Feed>, StoreError> {
        let mut feeds: Vec<Feed> = self.held().feeds.values().filter(|feed| feed.tenant == *tenant).cloned().collect();
        feeds.sort_by_key(|feed| std::cmp::Reverse(format!("{:.3}#{}", feed.created_at, feed.id)));
        feeds.truncate(MOST_FEEDS as usize);
        Ok(feeds)
    }

    async fn make_feed(&self, feed: &Feed, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        held.feeds.insert(feed.id.clone(), feed.clone());
        held.keep_claim(claim);
        self.record(&mut held);
        Ok(())
    }

    async fn remove_feed(&self, tenant: &TenantId, id: &FeedId) -> Result<bool, StoreError> {
        let mut held = self.held();
        let is_theirs = held.feeds.get(id).is_some_and(|feed| feed.tenant == *tenant);
        if is_theirs {
            held.feeds.remove(id);
            self.record(&mut held);
        }
        Ok(is_theirs)
    }
}
