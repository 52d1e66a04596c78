//! Deliveries. Every write replaces the whole item, over the version that was read.

use galley_domain::{
    deliver::{Delivery, DeliveryState, Try},
    ids::{TaskId, TenantId, TraceId},
    ports::{DeliveryStore, Page, PageKey, StoreError},
    request::PublicUrl,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Item, Table, items, keys, n, tasks::text, ttl};

/// How long the log of a delivery is kept.
const KEPT_DAYS: i64 = 30;

#[derive(Serialize, Deserialize)]
struct DeliveryItem {
    tenant: TenantId,
    trace_id: TraceId,
    version: u64,
    url: PublicUrl,
    event_type: String,
    body: String,
    progress: DeliveryState,
    tries: Vec<Try>,
    counted: usize,
    created_at: Timestamp,
    next_at: Option<Timestamp>,
}

pub(super) fn delivery_item(delivery: &Delivery) -> Result<Item, StoreError> {
    let stored = DeliveryItem {
        tenant: delivery.tenant.clone(),
        trace_id: delivery.trace_id.clone(),
        version: delivery.version,
        url: delivery.url.clone(),
        event_type: delivery.event_type.clone(),
        body: delivery.body.clone(),
        progress: delivery.state,
        tries: delivery.tries.clone(),
        counted: delivery.counted,
        created_at: delivery.created_at,
        next_at: delivery.next_at,
    };
    let key = keys::delivery(&delivery.task, delivery.id);
    let shard = items::due_shard(&format!("{}{}", key.0, key.1));
    let mut item = items::item_at(key, "delivery", &stored)?;
    item.insert("ttl".into(), ttl(delivery.next_at.unwrap_or(delivery.created_at), KEPT_DAYS));
    if let Some(due_at) = delivery.due_at() {
        item.insert("due_shard".into(), shard);
        item.insert("due_at".into(), n(due_at.as_millisecond()));
        item.insert("resends".into(), n(0));
    }
    Ok(item)
}

fn delivery_from(item: Item) -> Result<Delivery, StoreError> {
    let of = |name: &str, prefix: &str| {
        let text = text(&item, name).unwrap_or_default();
        text.strip_prefix(prefix).unwrap_or_default().to_owned()
    };
    let task = TaskId::new(of("pk", keys::TASK_PREFIX)).map_err(|error| items::unreadable("delivery", error))?;
    let id: Uuid = of("sk", keys::DELIVERIES).parse().map_err(|error| items::unreadable("delivery", error))?;
    let stored: DeliveryItem = items::from_item("delivery", item)?;
    Ok(Delivery {
        id,
        task,
        tenant: stored.tenant,
        url: stored.url,
        event_type: stored.event_type,
        body: stored.body,
        state: stored.progress,
        tries: stored.tries,
        counted: stored.counted,
        version: stored.version,
        created_at: stored.created_at,
        next_at: stored.next_at,
        trace_id: stored.trace_id,
    })
}

impl DeliveryStore for Table {
    async fn delivery(&self, task: &TaskId, id: Uuid) -> Result<Option<Delivery>, StoreError> {
        self.get(keys::delivery(task, id)).await?.map(delivery_from).transpose()
    }

    async fn deliveries(
        &self,
        task: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Delivery>, StoreError> {
        let query = self.belonging(task, keys::DELIVERIES).scan_index_forward(false);
        self.page_of(query, task, limit, after, delivery_from).await
    }

    async fn keep_delivery(&self, delivery: &Delivery, over: u64) -> Result<bool, StoreError> {
        self.put_over(delivery_item(delivery)?, over).await
    }
}
