//! Schedules as tests make them.

use std::collections::BTreeSet;

use galley_domain::{
    kernel::ids::ScheduleId,
    schedule::record::{NewSchedule, Plan, Schedule},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::build::{subject, tenant, trace};

/// A body of `POST /api/schedules`: daily at 09:00 in Berlin, with what `fields` says otherwise.
pub fn new_schedule(fields: &Value) -> Value {
    let mut body = json!({
        "name": "Morning news",
        "rule": {"repeat": "daily", "at": "09:00", "zone": "Europe/Berlin"},
        "request": {"topic": "What is new on {{date}}", "target_length": 200},
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// A schedule of `of` that `ana` set at `now`.
pub fn a_schedule(of: &str, number: u128, now: Timestamp, fields: &Value) -> Schedule {
    let asked: NewSchedule = serde_json::from_value(new_schedule(fields)).unwrap();
    let plan = Plan {
        id: ScheduleId::from_uuid(Uuid::from_u128(number)),
        tenant: tenant(of),
        owner: subject("ana"),
        name: asked.name,
        rule: asked.rule.set_at(now),
        missed: asked.missed,
        overlap: asked.overlap,
        max_cost_usd: asked.max_cost_usd,
        max_cost_usd_per_month: asked.max_cost_usd_per_month,
        pause: None,
        next: None,
        made: 0,
        created_at: now,
        updated_at: now,
    };
    let schedule = Schedule {
        plan,
        request: asked.request,
        topics: asked.topics,
        topics_used: 0,
        skipped: BTreeSet::new(),
        last: None,
        last_task: None,
        version: 1,
        trace_id: trace(),
    };
    schedule.onward(now)
}
