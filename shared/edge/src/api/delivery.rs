//! Deliveries of callbacks, as the tenant's users read them.

use galley_domain::{
    kernel::url::PublicUrl,
    outbox::deliver::{Delivery, DeliveryState, Try},
};
use jiff::Timestamp;
use serde::Serialize;

/// An event to be delivered to a callback URL.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Delivery))]
pub struct DeliveryView {
    pub delivery_id: uuid::Uuid,
    /// `task.` and the state that the task came to.
    pub event_type: String,
    pub url: PublicUrl,
    /// `pending`, `delivered` or `failed`.
    pub status: DeliveryState,
    pub tries: Vec<TryView>,
    pub next_try_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Try))]
pub struct TryView {
    pub at: Timestamp,
    /// What the receiver answered.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    pub latency_ms: u64,
}

impl From<Try> for TryView {
    fn from(tried: Try) -> Self {
        Self {
            at: tried.at,
            status: tried.status,
            error: tried.error.map(|error| error.to_string()),
            latency_ms: tried.latency_ms,
        }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery_id: delivery.id,
            event_type: delivery.event_type,
            url: delivery.url,
            status: delivery.state,
            tries: delivery.tries.into_iter().map(TryView::from).collect(),
            next_try_at: delivery.next_at,
            created_at: delivery.created_at,
        }
    }
}
