//! Receipts of webhooks.

use galley_domain::{
    ids::{SourceId, TenantId, TraceId, WebhookId},
    ports::{CommitError, ReceiptDone, ReceiptStore, Received, StoreError},
    webhook::{Receipt, ReceiptOutcome},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Table, commit, conditions::met, items, keys, n};

const FIRST: &str = "attribute_not_exists(pk)";

#[derive(Serialize, Deserialize)]
struct StoredReceipt {
    source: SourceId,
    id: WebhookId,
    tenant: TenantId,
    event_type: String,
    payload: Option<String>,
    outcome: ReceiptOutcome,
    received_at: Timestamp,
    #[serde(default = "expires")]
    expires: bool,
    trace_id: TraceId,
}

/// As all did that were written without it.
const fn expires() -> bool {
    true
}

impl ReceiptStore for Table {
    async fn receive(&self, receipt: Receipt, due_at: Option<Timestamp>) -> Result<Received, StoreError> {
        let key = keys::receipt(&receipt.source, &receipt.id);
        let now = receipt.received_at;
        let stored = StoredReceipt {
            source: receipt.source,
            id: receipt.id,
            tenant: receipt.tenant,
            event_type: receipt.event_type,
            payload: receipt.payload,
            outcome: receipt.outcome,
            received_at: now,
            expires: receipt.expires,
            trace_id: receipt.trace_id,
        };
        let shard = items::due_shard(&key.0);
        let mut item = items::item_at(key, "receipt", &stored)?;
        if let Some(due_at) = due_at {
            item.insert("due_shard".into(), shard);
            item.insert("due_at".into(), n(due_at.as_millisecond()));
            item.insert("resends".into(), n(0));
        }
        if receipt.expires {
            item.insert("ttl".into(), commit::receipt_ttl(now));
        }
        let put =
            self.client.put_item().table_name(&self.name).set_item(Some(item)).condition_expression(FIRST).send().await;
        Ok(if met(put)? { Received::First } else { Received::Again })
    }

    async fn receipt(&self, source: &SourceId, id: &WebhookId) -> Result<Option<Receipt>, StoreError> {
        let Some(item) = self.get(keys::receipt(source, id)).await? else { return Ok(None) };
        let stored: StoredReceipt = items::from_item("receipt", item)?;
        Ok(Some(Receipt {
            source: stored.source,
            id: stored.id,
            tenant: stored.tenant,
            event_type: stored.event_type,
            payload: stored.payload,
            outcome: stored.outcome,
            received_at: stored.received_at,
            expires: stored.expires,
            trace_id: stored.trace_id,
        }))
    }

    async fn finish(&self, done: ReceiptDone) -> Result<(), CommitError> {
        self.write_receipt(&done).await
    }
}
