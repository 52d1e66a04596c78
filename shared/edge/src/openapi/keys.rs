//! The operations of API keys.

use galley_api::access::NewKey;
use serde_json::json;

use super::operation::Operation;
use crate::api::{KeyView, MadeKeyView};

const TAG: &str = "administration";

pub(super) fn make() -> Operation {
    Operation::of(TAG)
        .body::<NewKey>("KeyRequest", json!({"expires_at": null, "role": "editor", "subject": "ana"}))
        .answer::<MadeKeyView>(
            201,
            "MadeKey",
            "The key; keep it, it is not shown again. A replay leaves it out and says `secret_shown`",
        )
        .sends(&["Location"])
        .keyed(&[409, 422])
}

pub(super) fn list() -> Operation {
    Operation::of(TAG).page::<KeyView>("KeyPage", "A page of keys, newest first")
}

pub(super) fn get() -> Operation {
    Operation::of(TAG).answer::<KeyView>(200, "Key", "The key, without its text").problems(&[404])
}

pub(super) fn revoke() -> Operation {
    Operation::of(TAG)
        .says(204, "Revoked for good. Who used it in the last minute may be let in until that is over")
        .problems(&[404])
}
