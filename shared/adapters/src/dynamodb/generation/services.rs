//! Answers that a tenant has paid for.

use galley_domain::{
    generation::services::AnswerStore,
    kernel::{error::StoreError, ids::TenantId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unwritten,
    items::{self, n},
    keys,
    table::Table,
};

#[derive(Serialize, Deserialize)]
struct StoredAnswer {
    /// JSON.
    value: String,
    /// Milliseconds. Compared when read; `ttl` only deletes the item later.
    expires_at: i64,
}

impl AnswerStore for Table {
    async fn recall(&self, tenant: &TenantId, key: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        let Some(item) = self.get(keys::answer(tenant, key)).await? else { return Ok(None) };
        let stored: StoredAnswer = items::from_item("answer", item)?;
        Ok((stored.expires_at > now.as_millisecond()).then_some(stored.value))
    }

    async fn remember(&self, tenant: &TenantId, key: &str, value: &str, until: Timestamp) -> Result<(), StoreError> {
        let stored = StoredAnswer { value: value.to_owned(), expires_at: until.as_millisecond() };
        let mut item = items::item_at(keys::answer(tenant, key), "answer", &stored)?;
        item.insert("ttl".into(), n(until.as_second()));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unwritten)
    }
}
