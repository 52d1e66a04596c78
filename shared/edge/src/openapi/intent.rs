//! The operations of what is asked for in a sentence.

use galley_domain::intent::record::{NewIntent, Take};
use serde_json::json;

use super::operation::Operation;
use crate::api::{IntentView, TakenView};

pub(super) fn ask() -> Operation {
    Operation::of("schedules")
        .body::<NewIntent>(
            "NewIntent",
            json!({"text": "three posts a week about HTTP caching until June", "zone": "Europe/Berlin"}),
        )
        .answer::<IntentView>(
            201,
            "Intent",
            "What is proposed, or what has to be said first; `Location` is where it is",
        )
        .sends(&["Location"])
        .keyed(&[409, 422])
}

pub(super) fn get() -> Operation {
    Operation::of("schedules")
        .answer::<IntentView>(200, "Intent", "What was proposed, with what it costs and is near to now")
        .problems(&[404])
}

pub(super) fn confirm() -> Operation {
    Operation::of("schedules")
        .body::<Take>("IntentConfirmation", json!({"take": [{"proposal": 0}]}))
        .answer::<TakenView>(
            200,
            "IntentResults",
            "A result for each proposal that is taken, in the order of the request",
        )
        .problems(&[404])
}
