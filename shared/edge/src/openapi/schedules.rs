//! The operations of schedules.

use galley_domain::{
    access::route::Route,
    schedule::record::{NewSchedule, SchedulePatch},
};
use serde_json::json;

use super::operation::Operation;
use crate::api::{PlanView, RunView, ScheduleView};

pub(super) fn of(route: Route) -> Operation {
    let schedules = Operation::of("schedules");
    match route {
        Route::MakeSchedule => schedules
            .body::<NewSchedule>("NewSchedule", json!({"name": "Weekly news", "request": {"topic": "What is new in week {{week}}"}, "rule": {"at": "09:00", "repeat": "weekly", "weekdays": ["mon"], "zone": "Europe/Berlin"}}))
            .answer::<ScheduleView>(201, "Schedule", "The schedule; `Location` is where it is")
            .sends(&["Location"])
            .keyed(&[409, 422]),
        Route::ListSchedules => schedules
            .page::<PlanView>("SchedulePage", "A page of schedules, newest first"),
        Route::GetSchedule => schedules
            .answer::<ScheduleView>(200, "Schedule", "The schedule")
            .problems(&[404]),
        Route::PatchSchedule => schedules
            .body::<SchedulePatch>("SchedulePatch", json!({"paused": true}))
            .answer::<ScheduleView>(200, "Schedule", "The schedule as it is now")
            .problems(&[404, 409]),
        Route::RemoveSchedule => schedules
            .says(204, "Removed. Its tasks stay as they are")
            .problems(&[404, 409]),
        Route::RunSchedule => schedules
            .answer::<RunView>(201, "Run", "The run; `Location` is where its task is")
            .sends(&["Location"])
            .keyed(&[404, 409, 422]),
        Route::SkipOccurrence => schedules
            .answer::<RunView>(200, "Run", "What came of the occurrence: nothing")
            .keyed(&[404, 409, 422]),
        Route::ListRuns => schedules
            .page::<RunView>("RunPage", "A page of runs, the last one first")
            .problems(&[404]),
        _ => schedules,
    }
}
