//! Tasks: reads, and the writes that are not moves.

use std::collections::BTreeSet;

use galley_domain::{
    kernel::{
        error::StoreError,
        ids::TaskId,
        paging::{Page, PageKey},
    },
    money::ledger::{ModelCall, Settlement},
    task::{
        audit::AuditEvent,
        record::Task,
        revision::Revision,
        state::TaskState,
        store::{Acceptance, Change, Checkpoint, CommitError, TaskQuery, TaskStore},
    },
};
use jiff::Timestamp;

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{Item, n, s, text},
    keys,
    money::ledger,
    table::Table,
    task::shapes,
};

const OF_TENANT: &str = "list_pk = :list";
const IN_STATE: &str = "state_pk = :list";
const OF_TENANT_BEFORE: &str = "list_pk = :list AND list_sk < :before";
const IN_STATE_BEFORE: &str = "state_pk = :list AND list_sk < :before";
const TASK_AND_REVISIONS: &str = "pk = :pk AND sk BETWEEN :meta AND :end";
const OF_TYPE: &str = "#request.#task_type = :task_type";
const LEASE_HELD: &str = "attribute_exists(pk) AND fence = :fence AND #state = :generating";
const RENEW: &str = "SET lease_until = :until, due_at = :until";

impl TaskStore for Table {
    async fn accept(&self, acceptance: Acceptance) -> Result<(), CommitError> {
        self.write_acceptance(acceptance).await
    }

    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        self.write_change(change).await
    }

    async fn load(&self, id: &TaskId) -> Result<Option<(Task, Option<Revision>)>, StoreError> {
        let found = self.history(id, 1).await?;
        Ok(found.map(|(task, newest)| (task, newest.into_iter().next())))
    }

    async fn history(&self, id: &TaskId, most: u32) -> Result<Option<(Task, Vec<Revision>)>, StoreError> {
        let answer = self
            .query()
            .key_condition_expression(TASK_AND_REVISIONS)
            .expression_attribute_values(":pk", s(keys::task_pk(id)))
            .expression_attribute_values(":meta", s(keys::META))
            .expression_attribute_values(":end", s(keys::after(keys::REVISIONS)))
            .limit(i32::try_from(most.saturating_add(1)).unwrap_or(i32::MAX))
            .consistent_read(true)
            .send()
            .await
            .map_err(unavailable)?;
        let mut found = answer.items.unwrap_or_default().into_iter();
        let Some(meta) = found.next().filter(|item| text(item, "sk").as_deref() == Some(keys::META)) else {
            return Ok(None);
        };
        Ok(Some((shapes::task_from(meta)?, found.map(shapes::revision_from).collect::<Result<_, _>>()?)))
    }

    async fn task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.get(keys::task(id)).await?.map(shapes::task_from).transpose()
    }

    async fn tasks(&self, ids: &[TaskId]) -> Result<Vec<Task>, StoreError> {
        // A batch names no key twice.
        let wanted: BTreeSet<keys::Key> = ids.iter().map(keys::task).collect();
        let wanted: Vec<keys::Key> = wanted.into_iter().collect();
        self.get_all(&wanted).await?.into_iter().map(shapes::task_from).collect()
    }

    async fn revision(&self, id: &TaskId, number: u32) -> Result<Option<Revision>, StoreError> {
        self.get(keys::revision(id, number)).await?.map(shapes::revision_from).transpose()
    }

    async fn list(&self, query: TaskQuery) -> Result<Page<Task>, StoreError> {
        let (index, attribute, list) = match query.state {
            None => ("by_tenant", "list_pk", keys::list_of(&query.tenant, "TASK")),
            Some(state) => ("by_state", "state_pk", keys::list_of(&query.tenant, state.name())),
        };
        let condition = match (query.state, query.before) {
            (None, None) => OF_TENANT,
            (None, Some(_)) => OF_TENANT_BEFORE,
            (Some(_), None) => IN_STATE,
            (Some(_), Some(_)) => IN_STATE_BEFORE,
        };
        let start = query.after.map(|key| {
            Item::from([
                ("pk".into(), s(format!("{}{}", keys::TASK_PREFIX, key.id))),
                ("sk".into(), s(keys::META)),
                (attribute.into(), s(list.clone())),
                ("list_sk".into(), s(key.sort)),
            ])
        });
        let mut request = self
            .query()
            .index_name(index)
            .key_condition_expression(condition)
            .expression_attribute_values(":list", s(list))
            .scan_index_forward(false)
            .limit(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        if let Some(before) = query.before {
            request = request.expression_attribute_values(":before", s(keys::list_sort(before, "")));
        }
        if let Some(task_type) = query.task_type {
            request = request
                .filter_expression(OF_TYPE)
                .expression_attribute_names("#request", "request")
                .expression_attribute_names("#task_type", "task_type")
                .expression_attribute_values(":task_type", s(task_type.name()));
        }
        let answer = request.send().await.map_err(unavailable)?;
        let next = answer.last_evaluated_key.as_ref().and_then(|key| {
            let id = text(key, "pk")?.strip_prefix(keys::TASK_PREFIX)?.to_owned();
            Some(PageKey { sort: text(key, "list_sk")?, id })
        });
        let items = answer.items.unwrap_or_default().into_iter().map(shapes::task_from).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    async fn events(&self, id: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<AuditEvent>, StoreError> {
        let query = self.belonging(id, keys::EVENTS).scan_index_forward(false);
        self.page_of(query, id, limit, after, shapes::event_from).await
    }

    async fn revisions(&self, id: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<Revision>, StoreError> {
        self.page_of(self.belonging(id, keys::REVISIONS), id, limit, after, shapes::revision_from).await
    }

    async fn settle(&self, id: &TaskId, settlement: &Settlement) -> Result<(), StoreError> {
        self.write_settlement(id, settlement).await.map(|_| ())
    }

    async fn calls(&self, id: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<ModelCall>, StoreError> {
        let query = self.belonging(id, keys::CALLS).scan_index_forward(false);
        self.page_of(query, id, limit, after, ledger::call_from).await
    }

    async fn holds(&self, id: &TaskId, fence: u64) -> Result<bool, StoreError> {
        let (pk, sk) = keys::task(id);
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", s(pk))
            .key("sk", s(sk))
            .projection_expression("fence")
            .consistent_read(true)
            .send()
            .await
            .map_err(unavailable)?;
        let present = answer.item.as_ref().and_then(|item| item.get("fence")?.as_n().ok()?.parse::<u64>().ok());
        Ok(present == Some(fence))
    }

    async fn renew_lease(&self, id: &TaskId, fence: u64, until: Timestamp) -> Result<bool, StoreError> {
        let renewed = self
            .update(keys::task(id))
            .update_expression(RENEW)
            .condition_expression(LEASE_HELD)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":fence", n(fence))
            .expression_attribute_values(":generating", s(TaskState::Generating.name()))
            .expression_attribute_values(":until", n(until.as_millisecond()))
            .send()
            .await;
        met(renewed)
    }

    async fn checkpoints(&self, id: &TaskId, round: u32) -> Result<Vec<Checkpoint>, StoreError> {
        let answer = self.belonging(id, keys::round(round)).send().await.map_err(unavailable)?;
        answer.items.unwrap_or_default().into_iter().map(shapes::checkpoint_from).collect()
    }
}
