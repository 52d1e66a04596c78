//! Events that are pulled.

use galley_domain::outbox::{deliver::event_id, listen::Heard};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// An event as a `callback_url` would get it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = HeardEvent))]
pub struct HeardView {
    /// What `after` takes.
    pub event_id: Uuid,
    /// As the header `webhook-id` has it.
    pub webhook_id: String,
    #[serde(rename = "type")]
    pub event_type: String,
    pub at: Timestamp,
    /// The body, byte for byte.
    pub body: String,
}

impl From<Heard> for HeardView {
    fn from(heard: Heard) -> Self {
        Self {
            event_id: heard.id,
            webhook_id: event_id(heard.id),
            event_type: heard.event_type,
            at: heard.at,
            body: heard.body,
        }
    }
}

/// Events of one listener, the oldest first.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeardList {
    pub data: Vec<HeardView>,
}
