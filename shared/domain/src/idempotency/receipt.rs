//! The record of one webhook, which ends in the same write as its effect.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::kernel::ids::{SourceId, SourceKey, TaskId, TenantId, TraceId, WebhookId};

#[derive(Clone, Debug)]
pub struct ReceiptDone {
    /// As it was read, without its payload.
    pub receipt: Box<Receipt>,
    pub outcome: ReceiptOutcome,
}

/// The record of one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub key: SourceKey,
    pub source: SourceId,
    pub id: WebhookId,
    pub tenant: TenantId,
    pub event_type: String,
    /// The raw body, until it is processed.
    pub payload: Option<String>,
    pub outcome: ReceiptOutcome,
    pub received_at: Timestamp,
    /// Whether it may be forgotten: a copy would by then be refused for its age.
    pub expires: bool,
    pub trace_id: TraceId,
}

/// A receipt as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    pub id: WebhookId,
    pub event_type: String,
    pub outcome: ReceiptOutcome,
    pub received_at: Timestamp,
}

impl From<Receipt> for ReceiptLine {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, event_type, outcome, received_at, .. } = receipt;
        Self { id, event_type, outcome, received_at }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// Waits to be processed.
    Received,
    Processed {
        task_id: TaskId,
    },
    /// Meant for no task that waits for it.
    Ignored {
        reason: String,
    },
    /// Understood, and not allowed: a quota, a rule.
    Refused {
        reason: String,
    },
    /// Begun so often, and never ended. Its text is kept, so that it can be tried again.
    Abandoned {
        tries: u32,
    },
}

impl ReceiptOutcome {
    pub fn ignored(reason: &str) -> Self {
        Self::Ignored { reason: reason.to_owned() }
    }
}

impl Receipt {
    /// The id that a queue message carries for it.
    pub fn message_id(&self) -> String {
        format!("{}#{}", self.key, self.id)
    }

    /// Its end, to be written with its effect.
    pub fn done(&self, outcome: ReceiptOutcome) -> ReceiptDone {
        ReceiptDone { receipt: Box::new(Self { payload: None, ..self.clone() }), outcome }
    }
}

/// The source's key and the id in a message's id.
pub fn parse_message_id(id: &str) -> Option<(SourceKey, WebhookId)> {
    let (key, id) = id.split_once('#')?;
    Some((SourceKey::new(key).ok()?, WebhookId::new(id).ok()?))
}
