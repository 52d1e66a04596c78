//! The operations of whose a task is.

use galley_api::review::Assign;
use serde_json::json;

use super::operation::Operation;
use crate::api::TaskView;

const TAG: &str = "decisions";

pub(super) fn assign() -> Operation {
    answered(Operation::of(TAG).body::<Assign>("AssignRequest", json!({"assignee": "dev-editor"})))
}

pub(super) fn unassign() -> Operation {
    answered(Operation::of(TAG))
}

fn answered(operation: Operation) -> Operation {
    operation.answer::<TaskView>(200, "Task", "The task as it is now").sends(&["ETag"]).problems(&[404, 409])
}
