//! Addresses of calendars, by the hash of their secret.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{FeedId, TenantId},
    },
    plans::feed::{Feed, FeedName, FeedStore, MOST_FEEDS},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, Item, s, text},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const LIST: Listed<'_> = Listed { name: "FEED", prefix: keys::FEED_PREFIX, sk: keys::META };
const OURS: &str = "tenant = :tenant";

#[derive(Serialize, Deserialize)]
struct FeedItem {
    tenant: TenantId,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    name: FeedName,
    created_at: Timestamp,
}

fn feed_from(item: Item) -> Result<Feed, StoreError> {
    let id = text(&item, "pk").unwrap_or_default();
    let id = id.strip_prefix(keys::FEED_PREFIX).unwrap_or_default().parse();
    let id = id.map_err(|error| items::unreadable("feed", error))?;
    let FeedItem { tenant, about: About { name, created_at } } = items::from_item("feed", item)?;
    Ok(Feed { id, tenant, name, created_at })
}

impl FeedStore for Table {
    async fn feed(&self, id: &FeedId) -> Result<Option<Feed>, StoreError> {
        self.get(keys::feed(id)).await?.map(feed_from).transpose()
    }

    async fn feeds(&self, tenant: &TenantId) -> Result<Vec<Feed>, StoreError> {
        Ok(self.listed(LIST, tenant, MOST_FEEDS, None, feed_from).await?.items)
    }

    async fn make_feed(&self, feed: &Feed, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let about = About { name: feed.name.clone(), created_at: feed.created_at };
        let stored = FeedItem { tenant: feed.tenant.clone(), about };
        let mut item = items::item_at(keys::feed(&feed.id), "feed", &stored)?;
        item.insert("list_pk".into(), s(keys::list_of(&feed.tenant, LIST.name)));
        item.insert("list_sk".into(), s(keys::list_sort(feed.created_at, feed.id.as_str())));
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, item, Condition::New)?;
        self.write_once(transaction, claim).await.map(|_| ())
    }

    async fn remove_feed(&self, tenant: &TenantId, id: &FeedId) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.delete(Part::Own, keys::feed(id), (OURS, ":tenant", s(tenant.as_str())))?;
        self.write(transaction).await
    }
}
