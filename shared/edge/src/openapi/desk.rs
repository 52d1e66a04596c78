//! The operations of whose a task is, and of when it is published.

use galley_api::review::{Assign, Schedule};
use serde_json::json;

use super::operation::{KEY, MATCH, Operation};
use crate::api::TaskView;

const TAG: &str = "decisions";

pub(super) fn assign() -> Operation {
    answered(Operation::of(TAG).body::<Assign>("AssignRequest", json!({"assignee": "dev-editor"})))
}

pub(super) fn unassign() -> Operation {
    answered(Operation::of(TAG))
}

pub(super) fn reschedule() -> Operation {
    Operation::of(TAG)
        .body::<Schedule>("RescheduleRequest", json!({"publish_at": null, "reason": "The embargo is over"}))
        .headers(&[KEY, MATCH])
        .answer::<TaskView>(200, "Task", "The task as it is now; it is published at its hour")
        .sends(&["ETag"])
        .problems(&[404, 409, 412, 422])
}

fn answered(operation: Operation) -> Operation {
    operation.answer::<TaskView>(200, "Task", "The task as it is now").sends(&["ETag"]).problems(&[404, 409])
}
