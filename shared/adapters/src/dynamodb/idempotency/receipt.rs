//! The end of a receipt, in the same write as its effect.

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use galley_domain::{
    idempotency::receipt::{Receipt, ReceiptDone, ReceiptOutcome},
    kernel::{error::StoreError, ids::WebhookId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, s, ttl},
    keys,
    task::transaction::{Part, Transaction},
};

const RECEIPT_OPEN: &str = "attribute_exists(pk) AND #outcome.#outcome = :received";
const RECEIPT_DONE: &str = "SET #outcome = :outcome, about = :about REMOVE payload, due_at, due_shard";

/// The fields that a list shows.
#[derive(Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) id: WebhookId,
    pub(crate) event_type: String,
    pub(crate) outcome: ReceiptOutcome,
    pub(crate) received_at: Timestamp,
}

impl About {
    pub(crate) fn of(receipt: &Receipt, outcome: &ReceiptOutcome) -> Self {
        Self {
            id: receipt.id.clone(),
            event_type: receipt.event_type.clone(),
            outcome: outcome.clone(),
            received_at: receipt.received_at,
        }
    }
}

/// When a receipt may be forgotten.
pub(crate) fn receipt_ttl(now: Timestamp) -> AttributeValue {
    ttl(now, 7)
}

impl Transaction<'_> {
    pub(crate) fn receipt(&mut self, done: &ReceiptDone) -> Result<(), StoreError> {
        let (pk, sk) = keys::receipt(&done.receipt.key, &done.receipt.id);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(RECEIPT_DONE)
            .condition_expression(RECEIPT_OPEN)
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_values(":outcome", items::to_value("receipt", &done.outcome)?)
            .expression_attribute_values(
                ":about",
                items::to_value("receipt", &About::of(&done.receipt, &done.outcome))?,
            )
            .expression_attribute_values(":received", s("received"));
        self.update(Part::Receipt, update)
    }
}
