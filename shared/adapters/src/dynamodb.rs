//! The one table. Keys are made in `keys`, stored shapes in `items`; every write is conditional, every expression a
//! constant with placeholders, and nothing scans.

mod answers;
mod api_keys;
mod breakers;
mod calls;
mod commit;
mod conditions;
mod costs;
mod deliveries;
mod due;
mod ended;
mod flags;
mod items;
mod keys;
mod limits;
mod listing;
mod people;
mod privacy;
mod published;
mod receipts;
mod sessions;
mod sources;
mod stats;
mod streams;
mod tasks;
mod tenants;
mod transcripts;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, KeysAndAttributes},
};
use galley_domain::kernel::error::{BoxError, StoreError};
use jiff::Timestamp;

use crate::aws::Aws;

/// Stored with every item. A later one is refused, an earlier one is read.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// How often what is left of a batch is asked for; half of it would look like all.
const READ_TRIES: u8 = 5;

type Item = HashMap<String, AttributeValue>;

#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub fn new(aws: &Aws, name: String) -> Self {
        Self { client: aws.dynamodb(), name }
    }

    /// Whether the table answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.client.describe_table().table_name(&self.name).send().await.map(|_| ()).map_err(unavailable)
    }

    /// An update of the item at a key; what it changes, and on which condition, is the caller's.
    fn update(&self, (pk, sk): keys::Key) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.name).key("pk", s(pk)).key("sk", s(sk))
    }

    async fn get(&self, (pk, sk): keys::Key) -> Result<Option<Item>, StoreError> {
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

    /// The items that are there of a few keys, at most a hundred, in no order.
    async fn get_all(&self, wanted: &[keys::Key]) -> Result<Vec<Item>, StoreError> {
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
            // What did not fit into 16 MiB or was throttled.
            let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
            wanted = left.map(|left| left.keys).unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(unavailable("the table did not give all of a batch"))
    }
}

fn unavailable(error: impl Into<BoxError>) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// How the table says that a request will never do: malformed, or an item over 400 KB.
const INVALID: &str = "ValidationException";

/// What became of a write that was not made.
fn unwritten<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(INVALID) => StoreError::invalid(error),
        _ => unavailable(error),
    }
}

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn n<N: ToString + Copy>(number: N) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Seconds since 1970, for `ttl`; it only cleans up.
fn ttl(now: Timestamp, days: i64) -> AttributeValue {
    n(now.as_second() + days * 86_400)
}

/// A time as text that sorts: always three decimals.
fn sortable(at: Timestamp) -> String {
    format!("{at:.3}")
}
