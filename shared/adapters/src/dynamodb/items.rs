//! Writes and reads items of every kind, and checks their schema version.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use galley_domain::kernel::{error::StoreError, ids::shard_of};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::dynamodb::keys;

/// Stored with every item. An item with a later version is refused; an earlier one is read.
pub(super) const SCHEMA_VERSION: u32 = 1;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The shards of the due index.
const DUE_SHARDS: u8 = 8;

pub(super) fn due_shard(pk: &str) -> AttributeValue {
    n(shard_of(pk, DUE_SHARDS))
}

/// Puts an item into the due index, in the shard of `place`, if it has a next step.
pub(super) fn insert_due(item: &mut Item, place: &str, due_at: Option<Timestamp>) {
    let Some(due_at) = due_at else { return };
    item.insert("due_shard".into(), due_shard(place));
    item.insert("due_at".into(), n(due_at.as_millisecond()));
    item.insert("resends".into(), n(0));
}

/// An item of any kind at `key`.
pub(super) fn item_at((pk, sk): keys::Key, kind: &'static str, value: &impl Serialize) -> Result<Item, StoreError> {
    let mut item = to_item(kind, value)?;
    item.insert("schema_version".into(), n(SCHEMA_VERSION));
    item.insert("pk".into(), s(pk));
    item.insert("sk".into(), s(sk));
    Ok(item)
}

pub(super) fn to_item(kind: &'static str, value: &impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(|error| unreadable(kind, error))?;
    // A null reads back the same as a missing attribute, so it is not stored.
    item.retain(|_, value| !value.is_null());
    Ok(item)
}

pub(super) fn to_value(kind: &'static str, value: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(|error| unreadable(kind, error))
}

/// Reads an item after checking its version: a newer version may give the same names another meaning.
pub(super) fn from_item<T: DeserializeOwned>(kind: &'static str, item: Item) -> Result<T, StoreError> {
    let version = item.get("schema_version").and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
    match version {
        Some(found) if found > SCHEMA_VERSION => Err(StoreError::NewerSchema { item: kind, found }),
        _ => serde_dynamo::from_item(item).map_err(|error| unreadable(kind, error)),
    }
}

pub(super) fn unreadable(item: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unreadable { item, source: source.into() }
}

pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn n<N: ToString + Copy>(number: N) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Seconds since 1970, for `ttl`, which only deletes expired items.
pub(super) fn ttl(now: Timestamp, days: i64) -> AttributeValue {
    n(now.as_second() + days * 86_400)
}

pub(super) fn text(item: &Item, name: &str) -> Option<String> {
    item.get(name).and_then(|value| value.as_s().ok()).cloned()
}
