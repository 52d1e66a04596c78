//! An answer as it is kept for a replay.

use galley_domain::idempotency::claim::SavedResponse;
use serde::Serialize;

/// An answer of this status with `view` as its body.
pub fn saved(status: u16, view: &impl Serialize) -> SavedResponse {
    SavedResponse { status, location: None, etag: None, body: to_json(view) }
}

pub(super) fn to_json(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        "{}".to_owned()
    })
}
