//! Circuit breakers: one item for each provider, replaced only over the version that was read.

use std::collections::BTreeMap;

use galley_domain::{
    generation::breaker::{Breaker, BreakerStore},
    kernel::error::StoreError,
};
use serde::Deserialize;

use crate::dynamodb::{
    errors::met,
    items::{self, SCHEMA_VERSION, n, text},
    keys,
    table::Table,
};

const REPLACE: &str = "SET #breaker = :breaker, #version = :next, schema_version = :schema";
const AS_READ: &str = "attribute_not_exists(pk) OR #version = :read";

#[derive(Deserialize)]
struct StoredBreaker {
    breaker: Breaker,
    version: u64,
}

impl BreakerStore for Table {
    async fn breaker(&self, provider: &str) -> Result<(Breaker, u64), StoreError> {
        let Some(item) = self.get(keys::breaker(provider)).await? else { return Ok((Breaker::default(), 0)) };
        let stored: StoredBreaker = items::from_item("breaker", item)?;
        Ok((stored.breaker, stored.version))
    }

    async fn breakers(&self, providers: &[&str]) -> Result<BTreeMap<String, Breaker>, StoreError> {
        let wanted: Vec<keys::Key> = providers.iter().map(|provider| keys::breaker(provider)).collect();
        let found = self.get_all(&wanted).await?;
        let read = found.into_iter().filter_map(|item| {
            let provider = text(&item, "pk")?.strip_prefix(keys::BREAKER)?.to_owned();
            Some(items::from_item::<StoredBreaker>("breaker", item).map(|stored| (provider, stored.breaker)))
        });
        read.collect()
    }

    async fn keep_breaker(&self, provider: &str, breaker: &Breaker, over: u64) -> Result<bool, StoreError> {
        let kept = self
            .update(keys::breaker(provider))
            .update_expression(REPLACE)
            .condition_expression(AS_READ)
            .expression_attribute_names("#breaker", "breaker")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":breaker", items::to_value("breaker", breaker)?)
            .expression_attribute_values(":next", n(over + 1))
            .expression_attribute_values(":read", n(over))
            .expression_attribute_values(":schema", n(SCHEMA_VERSION))
            .send()
            .await;
        met(kept)
    }
}
