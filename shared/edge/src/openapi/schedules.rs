//! The operations of schedules.

use galley_domain::schedule::record::{NewSchedule, SchedulePatch};
use serde_json::json;

use super::operation::Operation;
use crate::api::{PlanView, RunView, ScheduleView};

const TAG: &str = "schedules";

pub(super) fn make() -> Operation {
    Operation::of(TAG)
        .body::<NewSchedule>("NewSchedule", json!({"name": "Weekly news", "request": {"topic": "What is new in week {{week}}"}, "rule": {"at": "09:00", "repeat": "weekly", "weekdays": ["mon"], "zone": "Europe/Berlin"}}))
        .answer::<ScheduleView>(201, "Schedule", "The schedule; `Location` is where it is")
        .sends(&["Location"])
        .keyed(&[409, 422])
}

pub(super) fn list() -> Operation {
    Operation::of(TAG).page::<PlanView>("SchedulePage", "A page of schedules, newest first")
}

pub(super) fn get() -> Operation {
    Operation::of(TAG).answer::<ScheduleView>(200, "Schedule", "The schedule").problems(&[404])
}

pub(super) fn patch() -> Operation {
    Operation::of(TAG)
        .body::<SchedulePatch>("SchedulePatch", json!({"paused": true}))
        .answer::<ScheduleView>(200, "Schedule", "The schedule as it is now")
        .problems(&[404, 409])
}

pub(super) fn remove() -> Operation {
    Operation::of(TAG).says(204, "Removed. Its tasks stay as they are").problems(&[404, 409])
}

pub(super) fn run() -> Operation {
    Operation::of(TAG)
        .answer::<RunView>(201, "Run", "The run; `Location` is where its task is")
        .sends(&["Location"])
        .keyed(&[404, 409, 422])
}

pub(super) fn skip() -> Operation {
    Operation::of(TAG).answer::<RunView>(200, "Run", "What came of the occurrence: nothing").keyed(&[404, 409, 422])
}

pub(super) fn list_runs() -> Operation {
    Operation::of(TAG).page::<RunView>("RunPage", "A page of runs, the last one first").problems(&[404])
}
