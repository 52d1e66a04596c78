//! Receipts of webhooks.

use galley_domain::{
    idempotency::receipt::{Receipt, ReceiptDone, ReceiptLine, ReceiptOutcome},
    kernel::{
        error::StoreError,
        ids::{SourceId, SourceKey, TenantId, TraceId, WebhookId},
        paging::{Page, PageKey},
    },
    operations::ended,
    task::store::CommitError,
    webhooks::receive::{ReceiptStore, Received},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::met,
    idempotency::receipt::{About, receipt_ttl},
    items::{self, Item, n, s, ttl},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::Transaction,
};

const IS: &str = "attribute_exists(pk) AND #outcome.#outcome = :was";
/// The payload is kept as long as it can be retried. That also limits a receipt that would be kept for ever: it had no
/// effect, so the same request counts as new afterwards.
const ABANDON: &str = "SET #outcome = :outcome, about = :about, #ttl = :ttl REMOVE due_at, due_shard";
const REOPEN: &str = "SET #outcome = :received, about.#outcome = :received, due_at = :due_at, due_shard = :shard, \
                      resends = :zero, tries = :zero, #ttl = :ttl";
const REOPEN_FOR_EVER: &str = "SET #outcome = :received, about.#outcome = :received, due_at = :due_at, \
                               due_shard = :shard, resends = :zero, tries = :zero REMOVE #ttl";
const FIRST: &str = "attribute_not_exists(pk)";

/// The prefix of the list of a source's receipts.
const LIST: &str = "HOOK#";

#[derive(Serialize, Deserialize)]
struct StoredReceipt {
    /// Of a source without a generation, and of all that were written before there were any, it is the source's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<SourceKey>,
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
    /// Those that were written before they were listed have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<About>,
}

#[derive(Deserialize)]
struct Line {
    about: About,
}

fn line_from(item: Item) -> Result<ReceiptLine, StoreError> {
    let Line { about: About { id, event_type, outcome, received_at } } = items::from_item("receipt", item)?;
    Ok(ReceiptLine { id, event_type, outcome, received_at })
}

fn receipt_from(item: Item) -> Result<Receipt, StoreError> {
    let stored: StoredReceipt = items::from_item("receipt", item)?;
    Ok(Receipt {
        key: stored.key.unwrap_or_else(|| SourceKey::of(&stored.source, None)),
        source: stored.source,
        id: stored.id,
        tenant: stored.tenant,
        event_type: stored.event_type,
        payload: stored.payload,
        outcome: stored.outcome,
        received_at: stored.received_at,
        expires: stored.expires,
        trace_id: stored.trace_id,
    })
}

fn list_of(key: &SourceKey) -> String {
    format!("{LIST}{key}")
}

/// The default for receipts that were written before this field.
const fn expires() -> bool {
    true
}

impl ReceiptStore for Table {
    async fn receive(&self, receipt: Receipt, due_at: Option<Timestamp>) -> Result<Received, StoreError> {
        let key = keys::receipt(&receipt.key, &receipt.id);
        let now = receipt.received_at;
        let list = keys::list_of(&receipt.tenant, &list_of(&receipt.key));
        let list_sort = keys::list_sort(now, receipt.id.as_str());
        let stored = StoredReceipt {
            about: Some(About::of(&receipt, &receipt.outcome)),
            key: Some(receipt.key),
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
        let place = key.0.clone();
        let mut item = items::item_at(key, "receipt", &stored)?;
        item.insert("list_pk".into(), s(list));
        item.insert("list_sk".into(), s(list_sort));
        items::insert_due(&mut item, &place, due_at);
        if receipt.expires {
            item.insert("ttl".into(), receipt_ttl(now));
        }
        let put =
            self.client.put_item().table_name(&self.name).set_item(Some(item)).condition_expression(FIRST).send().await;
        Ok(if met(put)? { Received::First } else { Received::Again })
    }

    async fn receipt(&self, key: &SourceKey, id: &WebhookId) -> Result<Option<Receipt>, StoreError> {
        self.get(keys::receipt(key, id)).await?.map(receipt_from).transpose()
    }

    async fn receipts(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ReceiptLine>, StoreError> {
        let list = Listed { name: &list_of(key), prefix: keys::HOOK_PREFIX, sk: keys::RECEIPT };
        self.listed(list, tenant, limit, after, line_from).await
    }

    async fn abandon(&self, done: &ReceiptDone, at: Timestamp) -> Result<bool, StoreError> {
        let abandoned = self
            .update(keys::receipt(&done.receipt.key, &done.receipt.id))
            .update_expression(ABANDON)
            .condition_expression(IS)
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", ttl(at, ended::KEPT_DAYS))
            .expression_attribute_values(":outcome", items::to_value("receipt", &done.outcome)?)
            .expression_attribute_values(
                ":about",
                items::to_value("receipt", &About::of(&done.receipt, &done.outcome))?,
            )
            .expression_attribute_values(":was", s("received"))
            .send()
            .await;
        met(abandoned)
    }

    async fn reopen(&self, receipt: &Receipt, due_at: Timestamp) -> Result<bool, StoreError> {
        let (pk, sk) = keys::receipt(&receipt.key, &receipt.id);
        let shard = items::due_shard(&pk);
        let update = self.update((pk, sk));
        let update = if receipt.expires {
            update.update_expression(REOPEN).expression_attribute_values(":ttl", receipt_ttl(due_at))
        } else {
            update.update_expression(REOPEN_FOR_EVER)
        };
        let reopened = update
            .condition_expression(IS)
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":received", items::to_value("receipt", &ReceiptOutcome::Received)?)
            .expression_attribute_values(":was", s("abandoned"))
            .expression_attribute_values(":due_at", n(due_at.as_millisecond()))
            .expression_attribute_values(":shard", shard)
            .expression_attribute_values(":zero", n(0))
            .send()
            .await;
        met(reopened)
    }

    async fn finish(&self, done: ReceiptDone) -> Result<(), CommitError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.receipt(&done)?;
        self.transact(transaction).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;
    use crate::aws::Aws;

    /// As it was written before sources had generations and receipts were listed.
    fn older() -> Receipt {
        let stored = json!({"pk": "HOOK#cms#e1", "sk": "RECEIPT", "source": "cms", "id": "e1", "tenant": "acme",
            "event_type": "content.failed", "payload": "{}", "outcome": {"outcome": "received"},
            "received_at": "2026-11-20T12:00:00Z", "trace_id": "0af7651916cd43dd8448eb211c80319c"});
        receipt_from(items::to_item("receipt", &stored).unwrap()).unwrap()
    }

    #[test]
    fn an_older_receipt_is_read_under_its_sources_name() {
        let receipt = older();
        assert_eq!((receipt.message_id().as_str(), receipt.expires), ("cms#e1", true));
    }

    /// The request that the table receives.
    async fn told(write: impl AsyncFnOnce(&Table)) -> Value {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!({}))).mount(&server).await;
        let url = server.uri();
        let aws = Aws::from_vars(|name| match name {
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(url.clone()),
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            "AWS_CA_BUNDLE" => None,
            _ => Some("x".to_owned()),
        });
        write(&Table::new(&aws.unwrap(), "galley".to_owned())).await;
        serde_json::from_slice(&server.received_requests().await.unwrap().remove(0).body).unwrap()
    }

    #[tokio::test]
    async fn the_payload_of_what_was_given_up_is_kept_as_long_as_it_can_be_tried_again() {
        let at: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let seconds = |days: i64| json!({"N": (at.as_second() + days * 86_400).to_string()});
        for expires in [true, false] {
            let receipt = Receipt { expires, ..older() };
            let done = receipt.done(ReceiptOutcome::Abandoned { tries: 10 });
            let abandoned = told(async |table| assert!(table.abandon(&done, at).await.unwrap())).await;
            let update = abandoned["UpdateExpression"].as_str().unwrap();
            assert_eq!(abandoned["ExpressionAttributeValues"][":ttl"], seconds(ended::KEPT_DAYS));
            assert!(update.contains("#ttl = :ttl") && !update.contains("payload"), "{update}");

            let reopened = told(async |table| assert!(table.reopen(&receipt, at).await.unwrap())).await;
            let (update, ttl) = (&reopened["UpdateExpression"], reopened["ExpressionAttributeValues"][":ttl"].clone());
            let for_ever = update.as_str().unwrap().ends_with("REMOVE #ttl");
            assert_eq!((for_ever, ttl), if expires { (false, seconds(7)) } else { (true, Value::Null) });
        }
    }
}
