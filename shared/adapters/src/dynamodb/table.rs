//! The table, and what every kind of item does with it.

use aws_sdk_dynamodb::{
    Client,
    operation::{
        delete_item::builders::DeleteItemFluentBuilder, query::builders::QueryFluentBuilder,
        update_item::builders::UpdateItemFluentBuilder,
    },
    types::KeysAndAttributes,
};
use galley_domain::{
    access::acts::NewAct,
    kernel::{
        error::StoreError,
        ids::TaskId,
        paging::{Page, PageKey},
    },
};
use std::sync::Arc;

use crate::{
    aws::Aws,
    dynamodb::{
        errors::{met, unavailable},
        items::{Item, n, s, text},
        keys,
        task::transaction::{OVER, Part, Transaction},
    },
};

/// How often the unprocessed keys of a batch are requested again. A partial result is an error.
const READ_TRIES: u8 = 5;
const ALL_OF: &str = "pk = :pk";
const BEGINNING: &str = "pk = :pk AND begins_with(sk, :prefix)";

#[derive(Clone, Debug)]
pub struct Table {
    pub(super) client: Client,
    pub(super) name: String,
    /// What each write takes with it (`access/acts`).
    pub(super) act: Option<Arc<NewAct>>,
}

impl Table {
    pub fn new(aws: &Aws, name: String) -> Self {
        Self { client: aws.dynamodb(), name, act: None }
    }

    /// Whether the table answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.client.describe_table().table_name(&self.name).send().await.map(|_| ()).map_err(unavailable)
    }

    /// An update of the item at a key; what it changes, and on which condition, is the caller's.
    pub(super) fn update(&self, (pk, sk): keys::Key) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.name).key("pk", s(pk)).key("sk", s(sk))
    }

    pub(super) async fn get(&self, (pk, sk): keys::Key) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", s(pk))
            .key("sk", s(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(unavailable)?;
        Ok(answer.item)
    }

    /// The existing items among at most a hundred keys, in no particular order.
    pub(super) async fn get_all(&self, wanted: &[keys::Key]) -> Result<Vec<Item>, StoreError> {
        let wanted = wanted.iter().map(|(pk, sk)| Item::from([("pk".into(), s(pk)), ("sk".into(), s(sk))]));
        let mut wanted: Vec<Item> = wanted.collect();
        let mut found = Vec::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        for _ in 0..READ_TRIES {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let asked = self.client.batch_get_item().request_items(&self.name, keys.map_err(unavailable)?);
            let answer = asked.send().await.map_err(unavailable)?;
            found.extend(answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default());
            // Keys that did not fit into 16 MiB or were throttled.
            let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
            wanted = left.map(|left| left.keys).unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(unavailable("the table did not give all of a batch"))
    }

    pub(super) fn delete(&self, (pk, sk): keys::Key) -> DeleteItemFluentBuilder {
        self.client.delete_item().table_name(&self.name).key("pk", s(pk)).key("sk", s(sk))
    }

    /// Replaces an item if its version is still the one that was read. `false`: it has changed.
    pub(super) async fn put_over(&self, item: Item, over: u64) -> Result<bool, StoreError> {
        if self.act.is_some() {
            let mut transaction = Transaction::new(&self.name);
            transaction.put_over(Part::Own, item, over)?;
            return self.write(transaction).await;
        }
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).condition_expression(OVER);
        let put = put.expression_attribute_names("#version", "version").expression_attribute_values(":over", n(over));
        met(put.send().await)
    }

    pub(super) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// Everything under `pk`.
    pub(super) fn all_of(&self, pk: impl Into<String>) -> QueryFluentBuilder {
        self.query().key_condition_expression(ALL_OF).expression_attribute_values(":pk", s(pk)).consistent_read(true)
    }

    /// Everything under `pk` whose sort key begins with `prefix`.
    pub(super) fn beginning(&self, pk: impl Into<String>, prefix: impl Into<String>) -> QueryFluentBuilder {
        self.query()
            .key_condition_expression(BEGINNING)
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":prefix", s(prefix))
            .consistent_read(true)
    }

    /// Everything of a task whose sort key begins with `prefix`.
    pub(super) fn belonging(&self, id: &TaskId, prefix: impl Into<String>) -> QueryFluentBuilder {
        self.beginning(keys::task_pk(id), prefix)
    }

    /// One page of what belongs to a task.
    pub(super) async fn page_of<T>(
        &self,
        query: QueryFluentBuilder,
        id: &TaskId,
        limit: u32,
        after: Option<PageKey>,
        read: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        self.page(query, (keys::task_pk(id), id.to_string()), limit, after, read).await
    }

    /// One page of a `query` of what stands under `pk`; its cursors name `id`.
    pub(super) async fn page<T>(
        &self,
        query: QueryFluentBuilder,
        (pk, id): (String, String),
        limit: u32,
        after: Option<PageKey>,
        read: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let start = after.map(|key| Item::from([("pk".into(), s(pk)), ("sk".into(), s(key.sort))]));
        let answer = query
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(unavailable)?;
        let next = answer.last_evaluated_key.as_ref().and_then(|key| text(key, "sk")).map(|sort| PageKey { sort, id });
        let items = answer.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}
