//! The operations of flags.

use galley_domain::tenancy::flags::{FlagChange, SetFlag};
use serde_json::json;

use super::operation::{MATCH, Operation};
use crate::api::flags::{FlagList, FlagView, Revert};

pub(super) fn list() -> Operation {
    Operation::of("operation").answer::<FlagList>(
        200,
        "FlagList",
        "The flags that somebody has set; all others are on for everybody",
    )
}

pub(super) fn log() -> Operation {
    Operation::of("operation").page::<FlagChange>("FlagChangePage", "A page of changes, newest first")
}

pub(super) fn set() -> Operation {
    Operation::of("operation")
        .body::<SetFlag>("FlagRequest", json!({"enabled": false, "reason": "The provider is down"}))
        .headers(&[MATCH])
        .answer::<FlagView>(200, "FlagView", "What holds from now on")
        .sends(&["ETag"])
        .problems(&[404, 409, 412])
}

pub(super) fn revert() -> Operation {
    Operation::of("operation")
        .body::<Revert>("RevertRequest", json!({"change_id": "01a1fed2-daa7-7712-a608-5f4255540dd0"}))
        .answer::<FlagView>(200, "FlagView", "What holds from now on")
        .sends(&["ETag"])
        .keyed(&[404, 409, 422])
}
