//! What came of a source's webhooks, and what was refused of them.

use galley_domain::{
    idempotency::receipt::{ReceiptLine, ReceiptOutcome},
    kernel::ids::WebhookId,
    webhooks::refusals::{Reason, RefusedLine},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// The outcome of one webhook.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Receipt))]
pub struct ReceiptView {
    pub event_id: WebhookId,
    pub event_type: String,
    pub received_at: Timestamp,
    #[serde(flatten)]
    pub outcome: ReceiptOutcome,
}

/// A page of receipts, newest first, and what was refused before it was one.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ReceiptPage))]
pub struct ReceiptListView {
    pub data: Vec<ReceiptView>,
    /// Where the next page begins; `null` on the last page.
    pub next_cursor: Option<String>,
    /// What was refused in the last seven days, the newest day first: on the first page alone, empty on all others.
    pub refused: Vec<RefusedView>,
}

/// How often webhooks of a source were refused on a day (UTC) for one reason. Nothing else is kept of them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RefusedWebhooks))]
pub struct RefusedView {
    pub day: Date,
    pub reason: Reason,
    /// At least so many: they are written once a minute.
    pub count: u64,
    pub last_at: Timestamp,
}

impl From<RefusedLine> for RefusedView {
    fn from(RefusedLine { day, reason, count, last_at }: RefusedLine) -> Self {
        Self { day, reason, count, last_at }
    }
}

impl From<ReceiptLine> for ReceiptView {
    fn from(line: ReceiptLine) -> Self {
        let ReceiptLine { id, event_type, outcome, received_at } = line;
        Self { event_id: id, event_type, received_at, outcome }
    }
}
