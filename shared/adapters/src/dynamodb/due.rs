//! The sparse index of everything that has a next step.

use galley_domain::{
    ids::{TenantId, TraceId},
    message::{Kind, Message},
    ports::{DueStore, Overdue, StoreError},
    state::TaskState,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Item, Table, items, keys, n, tasks::met, unavailable};

const DUE: &str = "due_shard = :shard AND due_at <= :now";
const AS_READ: &str = "due_at = :was";
const POSTPONE: &str = "SET due_at = :until ADD resends :one";

/// What the index shows.
#[derive(Deserialize)]
struct DueItem {
    pk: String,
    sk: String,
    due_at: i64,
    #[serde(default)]
    resends: u32,
    tenant: TenantId,
    trace_id: TraceId,
    #[serde(default)]
    state: Option<TaskState>,
}

impl DueItem {
    fn read(item: Item) -> Result<Overdue, StoreError> {
        let due: Self = items::from_item("due item", item)?;
        let task = due.pk.strip_prefix(keys::TASK_PREFIX);
        let (kind, id) = match (task, due.pk.strip_prefix(keys::HOOK_PREFIX)) {
            (Some(id), _) if due.state == Some(TaskState::Approved) => (Kind::Publish, id),
            (Some(id), _) => (Kind::Generate, id),
            (None, Some(id)) => (Kind::Webhook, id),
            (None, None) => (Kind::Job, due.pk.as_str()),
        };
        Ok(Overdue {
            message: Message::new(kind, due.tenant, id, due.trace_id),
            due_at: Timestamp::from_millisecond(due.due_at).map_err(|error| items::unreadable("due item", error))?,
            resends: due.resends,
            key: (due.pk, due.sk),
        })
    }
}

impl DueStore for Table {
    async fn overdue(&self, shard: u8, now: Timestamp, limit: u32) -> Result<Vec<Overdue>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.name)
                .index_name("due")
                .key_condition_expression(DUE)
                .expression_attribute_values(":shard", n(shard))
                .expression_attribute_values(":now", n(now.as_millisecond()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(unavailable)?;
            for item in answer.items.unwrap_or_default() {
                match DueItem::read(item) {
                    Ok(overdue) => found.push(overdue),
                    // One unreadable item must not hide the others.
                    Err(error) => tracing::error!(shard, %error, "an overdue item cannot be read"),
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }

    async fn postpone(&self, item: &Overdue, until: Timestamp) -> Result<bool, StoreError> {
        let postponed = self
            .update(item.key.clone())
            .update_expression(POSTPONE)
            .condition_expression(AS_READ)
            .expression_attribute_values(":was", n(item.due_at.as_millisecond()))
            .expression_attribute_values(":until", n(until.as_millisecond()))
            .expression_attribute_values(":one", n(1))
            .send()
            .await;
        met(postponed)
    }
}
