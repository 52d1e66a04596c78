//! Deliveries. Every write replaces the whole item, over the version that was read.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId, TraceId},
        paging::{Page, PageKey},
        url::PublicUrl,
    },
    operations::ended,
    outbox::deliver::{Delivery, DeliveryState, DeliveryStore, Try},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dynamodb::{
    items::{self, Item, text, ttl},
    keys,
    table::Table,
    task::transaction::{Part, Transaction},
};

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
    #[serde(default)]
    unsigned: usize,
    created_at: Timestamp,
    next_at: Option<Timestamp>,
}

pub(crate) fn delivery_item(delivery: &Delivery) -> Result<Item, StoreError> {
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
        unsigned: delivery.unsigned,
        created_at: delivery.created_at,
        next_at: delivery.next_at,
    };
    let key = keys::delivery(&delivery.task, delivery.id);
    let place = format!("{}{}", key.0, key.1);
    let mut item = items::item_at(key, "delivery", &stored)?;
    let expires = if let Some(at) = delivery.given_up_at() {
        ttl(at, ended::KEPT_DAYS)
    } else {
        // Counted from the last try, so that a late redelivery is also shown for the whole time.
        let last_try = delivery.tries.last().map(|tried| tried.at);
        ttl(delivery.next_at.or(last_try).unwrap_or(delivery.created_at), KEPT_DAYS)
    };
    // What is still to be sent may be held for longer than that.
    if delivery.due_at().is_none() {
        item.insert("ttl".into(), expires);
    }
    items::insert_due(&mut item, &place, delivery.due_at());
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
        unsigned: stored.unsigned,
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

    async fn redeliver(&self, delivery: &Delivery, over: u64, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put_over(Part::Own, delivery_item(delivery)?, over)?;
        self.write_once(transaction, claim).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_came_of_a_late_redelivery_is_kept_as_long_as_any() {
        let stored = json!({"pk": keys::task_pk(&TaskId::from_uuid(Uuid::nil())),
            "sk": format!("{}0198f7a0-c0de-7000-8000-00000000000b", keys::DELIVERIES),
            "tenant": "acme", "trace_id": "0af7651916cd43dd8448eb211c80319c", "version": 9,
            "url": "https://example.com/hook", "event_type": "task.failed", "body": "{}", "progress": "delivered",
            "tries": [{"at": "2026-12-20T00:00:00Z", "status": 204, "error": null, "latency_ms": 5}],
            "counted": 1, "created_at": "2026-11-10T00:00:00Z", "next_at": null});
        let delivery = delivery_from(items::to_item("delivery", &stored).unwrap()).unwrap();
        let until: i64 = delivery_item(&delivery).unwrap()["ttl"].as_n().unwrap().parse().unwrap();
        assert_eq!((until - delivery.created_at.as_second()) / 86_400, 40 + KEPT_DAYS);
    }

    #[test]
    fn a_delivery_that_was_given_up_is_kept_as_long_as_it_can_be_tried_again() {
        let kept_days = |error: &str| {
            let stored = json!({"pk": keys::task_pk(&TaskId::from_uuid(Uuid::nil())),
                "sk": format!("{}0198f7a0-c0de-7000-8000-00000000000b", keys::DELIVERIES),
                "tenant": "acme", "trace_id": "0af7651916cd43dd8448eb211c80319c", "version": 9,
                "url": "https://example.com/hook", "event_type": "task.failed", "body": "{}", "progress": "failed",
                "tries": [{"at": "2026-11-20T00:00:00Z", "status": null, "error": error, "latency_ms": 0}],
                "counted": 0, "created_at": "2026-11-10T00:00:00Z", "next_at": null});
            let delivery = delivery_from(items::to_item("delivery", &stored).unwrap()).unwrap();
            assert_eq!(delivery.unsigned, 0, "of an earlier release");
            let until: i64 = delivery_item(&delivery).unwrap()["ttl"].as_n().unwrap().parse().unwrap();
            (until - delivery.created_at.as_second()) / 86_400
        };
        assert_eq!((kept_days("unsigned"), kept_days("interrupted"), kept_days("timeout")), (100, 100, 40));
    }
}
