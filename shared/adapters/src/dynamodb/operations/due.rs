//! The sparse index of everything that has a next step.

use galley_domain::{
    kernel::{
        error::{StoreError, chain},
        ids::{TenantId, TraceId},
        paging::{Page, PageKey},
    },
    operations::due::{Due, DueStore},
    queue::message::{Kind, Message},
    task::state::TaskState,
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, Item, n, s, text},
    keys,
    table::Table,
};

const DUE: &str = "due_shard = :shard AND due_at <= :by";
const AS_READ: &str = "due_at = :was";
const POSTPONE: &str = "SET due_at = :until ADD resends :one";

/// An item as the index projects it.
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
    fn read(item: Item) -> Result<Due, StoreError> {
        let due: Self = items::from_item("due item", item)?;
        let task = due.pk.strip_prefix(keys::TASK_PREFIX);
        let (kind, id) = match (task, due.pk.strip_prefix(keys::HOOK_PREFIX)) {
            (Some(task), _) => of_task(task, &due.sk, due.state),
            (None, Some(id)) => (Kind::Webhook, id.to_owned()),
            (None, None) => match due.pk.strip_prefix(keys::SCHEDULE_PREFIX) {
                Some(id) => (Kind::Schedule, id.to_owned()),
                None => (Kind::Job, due.pk.strip_prefix(keys::JOB_PREFIX).unwrap_or(&due.pk).to_owned()),
            },
        };
        Ok(Due {
            state: due.state,
            message: Message::new(kind, due.tenant, id, due.trace_id),
            due_at: Timestamp::from_millisecond(due.due_at).map_err(|error| items::unreadable("due item", error))?,
            resends: due.resends,
            key: (due.pk, due.sk),
        })
    }
}

/// What is due of a task: one of its deliveries or placements, or the task itself.
fn of_task(task: &str, sk: &str, state: Option<TaskState>) -> (Kind, String) {
    if let Some(delivery) = sk.strip_prefix(keys::DELIVERIES) {
        (Kind::Deliver, format!("{task}#{delivery}"))
    } else if let Some(target) = sk.strip_prefix(keys::PLACEMENTS) {
        (Kind::Place, format!("{task}#{target}"))
    } else if state == Some(TaskState::Approved) {
        (Kind::Publish, task.to_owned())
    } else {
        (Kind::Generate, task.to_owned())
    }
}

/// The start key of a query: an index's start key also has the table's key. The text before the first `#` is a number.
fn start(shard: u8, after: PageKey) -> Option<Item> {
    let (due_at, sk) = after.sort.split_once('#')?;
    Some(Item::from([
        ("due_shard".into(), n(shard)),
        ("due_at".into(), n(due_at.parse::<i64>().ok()?)),
        ("pk".into(), s(after.id)),
        ("sk".into(), s(sk)),
    ]))
}

fn place(key: &Item) -> Option<PageKey> {
    let due_at = key.get("due_at")?.as_n().ok()?;
    Some(PageKey { sort: format!("{due_at}#{}", text(key, "sk")?), id: text(key, "pk")? })
}

impl DueStore for Table {
    async fn due(&self, shard: u8, by: Timestamp, limit: u32, after: Option<PageKey>) -> Result<Page<Due>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name("due")
            .key_condition_expression(DUE)
            .expression_attribute_values(":shard", n(shard))
            .expression_attribute_values(":by", n(by.as_millisecond()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.and_then(|after| start(shard, after)))
            .send()
            .await
            .map_err(unavailable)?;
        let read = |item| match DueItem::read(item) {
            Ok(due) => Some(due),
            // An unreadable item is skipped, so that it does not block the others.
            Err(error) => {
                tracing::error!(shard, error = chain(&error), "a due item cannot be read");
                None
            }
        };
        let items = answer.items.unwrap_or_default().into_iter().filter_map(read).collect();
        Ok(Page { items, next: answer.last_evaluated_key.as_ref().and_then(place) })
    }

    async fn postpone(&self, item: &Due, until: Timestamp) -> Result<bool, StoreError> {
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
