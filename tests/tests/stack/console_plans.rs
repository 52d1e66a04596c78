//! The calendar, schedules, the calendar's addresses and near duplicates in a real browser, against the real stack, in the roles that they
//! concern. The scenes are in tests/browser/plans.py.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_testkit::prose;
use galley_tests::{Galley, answer, browser::play, root};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

const SCHEDULES: &str = "/api/schedules";
const TOPIC: &str = "How HTTP caching works";

/// A day, so many from now, in UTC.
fn day_in(ahead: i64) -> String {
    (Timestamp::now() + SignedDuration::from_hours(24 * ahead)).strftime("%Y-%m-%d").to_string()
}

/// How many days ahead a day is whose next is in the same week.
fn ahead() -> i64 {
    let sunday = (Timestamp::now() + SignedDuration::from_hours(48)).strftime("%u").to_string() == "7";
    if sunday { 3 } else { 2 }
}

fn day() -> String {
    day_in(ahead())
}

/// A schedule of an editor's, due every day at half past midnight.
async fn daily(galley: &Galley, name: &str) -> String {
    let rule = json!({"repeat": "daily", "at": "00:30", "zone": "UTC"});
    let asked = json!({"name": name, "rule": rule, "request": {"topic": "News of {{date}}", "target_length": 200}});
    galley.post("editor", SCHEDULES, asked).await.expect(201).text("schedule_id")
}

async fn written(galley: &Galley, title: &str) -> String {
    let path = galley.drafted().await;
    galley.write(&path, title).await.expect(200);
    path
}

/// A text that goes live on that day at noon.
async fn scheduled(galley: &Galley, title: &str) -> String {
    let path = written(galley, title).await;
    let hour = format!("{}T12:00:00Z", day());
    galley.approve(&path, json!({"revision": 2, "publish_at": hour})).await.expect(200);
    path
}

/// A task on `topic` with a text on HTTP caching, the same for all; its path and its id.
async fn on_caching(galley: &Galley, topic: &str) -> (String, String) {
    let mut asked = galley_tests::request();
    asked["topic"] = json!(topic);
    let path = galley.create(asked).await;
    galley.wait(&path, "awaiting_approval").await;
    let part = |nth: usize| format!("## Part {nth}\n\n{}\n\n", prose::about(TOPIC, 80, 11 * nth));
    let markdown: String = (0..4).map(part).collect();
    let draft = galley.request("author", Method::PUT, &format!("{path}/draft"));
    answer(draft.json(&json!({"title": topic, "markdown": markdown}))).await.expect(200);
    let id = path.rsplit('/').next().unwrap().to_owned();
    (path, id)
}

/// A live article and a draft that is near to it, whose id is told.
async fn near_to_a_live_one(galley: &Galley) -> String {
    let (live, _) = on_caching(galley, TOPIC).await;
    galley.approve(&live, json!({"revision": 2})).await.expect(200);
    on_caching(galley, "HTTP caching, and how it works").await.1
}

#[tokio::test]
async fn an_editor_walks_the_calendar_by_keyboard_to_a_task_and_to_a_schedule() {
    let galley = Galley::start().await;
    let schedule = daily(&galley, "News").await;
    daily(&galley, "Other news").await;
    let path = scheduled(&galley, "What has an hour").await;
    written(&galley, "What waits").await;
    let topic = galley.get("viewer", &path).await.expect(200).text("topic");
    let given = json!({"day": day(), "schedule": schedule, "scheduled": "What has an hour", "waiting": "What waits",
        "task": path.rsplit('/').next(), "topic": topic});
    play(&galley, "calendar_by_keyboard", given).await;
}

#[tokio::test]
async fn an_editor_gives_what_is_scheduled_another_hour_in_the_calendar() {
    let galley = Galley::start().await;
    let path = scheduled(&galley, "What has an hour").await;
    let keys = json!({"author": galley.key("author")});
    let given = json!({"day": day(), "next": day_in(ahead() + 1), "task": path.rsplit('/').next(), "keys": keys});
    play(&galley, "calendar_moves", given).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!(
        (&task["status"], &task["publish_at"]),
        (&json!("approved"), &json!(format!("{}T15:45:00Z", day_in(ahead() + 1))))
    );
}

#[tokio::test]
async fn a_month_in_which_clocks_change_has_each_of_its_days_once() {
    play(&Galley::start().await, "calendar_where_clocks_change", json!({})).await;
}

#[tokio::test]
async fn a_calendar_says_where_there_is_more_and_what_to_do_where_there_is_nothing() {
    let galley = Galley::start().await;
    for nth in 0..18 {
        daily(&galley, &format!("News {nth}")).await;
    }
    // A month from its first day on: more than 500 occurrences are to come in it.
    let month = (Timestamp::now() + SignedDuration::from_hours(24 * 40)).strftime("%Y-%m-15").to_string();
    play(&galley, "calendar_is_bounded", json!({"day": month})).await;
}

#[tokio::test]
async fn an_editor_makes_a_schedule_and_looks_after_it() {
    let galley = Galley::start().await;
    play(&galley, "schedule", json!({})).await;
    let all = galley.get("viewer", SCHEDULES).await.expect(200).body;
    let made = &all["data"][0];
    assert_eq!(
        (all["data"].as_array().map(Vec::len), &made["made"], &made["owner"]),
        (Some(1), &json!(1), &json!("dev-editor"))
    );
    assert_eq!(
        (&made["rule"]["day"], &made["max_cost_usd"], &made["pause"]),
        (&json!(31), &json!("0.50"), &Value::Null)
    );
}

#[tokio::test]
async fn whoever_may_not_change_a_schedule_is_not_offered_it_and_refused_when_it_is_forced() {
    let galley = Galley::start().await;
    let schedule = daily(&galley, "News").await;
    let keys = json!({"viewer": galley.key("viewer"), "author": galley.key("author")});
    play(&galley, "schedule_of_others", json!({"schedule": schedule, "day": day(), "keys": keys})).await;
    galley.get("viewer", &format!("{SCHEDULES}/{schedule}")).await.expect(404);
}

#[tokio::test]
async fn a_run_whose_task_failed_says_why_and_what_to_do() {
    let galley = Galley::start().await;
    let rule = json!({"repeat": "daily", "at": "00:30", "zone": "UTC"});
    let asked =
        json!({"name": "News", "rule": rule, "request": {"topic": "News of {{date}}", "generator": "external"}});
    let schedule = galley.post("editor", SCHEDULES, asked).await.expect(201).text("schedule_id");
    let task =
        galley.post("editor", &format!("{SCHEDULES}/{schedule}/run"), json!({})).await.expect(201).text("task_id");
    let failed =
        json!({"event_id": "f1", "event_type": "content.failed", "task_id": task, "error": {"message": "no ink"}});
    galley.webhook(&failed).await.expect(202);
    galley.wait(&format!("/api/content/tasks/{task}"), "failed").await;
    play(&galley, "runs", json!({"schedule": schedule})).await;
}

#[tokio::test]
async fn an_address_of_the_calendar_is_shown_once_and_is_nowhere_once_it_is_revoked() {
    play(&Galley::start().await, "feeds", json!({})).await;
}

#[tokio::test]
async fn what_is_nearly_the_same_is_told_before_it_is_asked_for_and_beside_its_text() {
    let galley = Galley::start().await;
    let task = near_to_a_live_one(&galley).await;
    play(&galley, "near", json!({"title": TOPIC, "task": task})).await;
}

#[tokio::test]
async fn the_calendar_and_every_page_of_schedules_is_accessible_in_both_themes_and_on_a_phone() {
    let galley = Galley::start().await;
    let schedule = daily(&galley, "News").await;
    galley.post("editor", &format!("{SCHEDULES}/{schedule}/run"), json!({})).await.expect(201);
    daily(&galley, "Other news").await;
    scheduled(&galley, "What has an hour").await;
    let task = near_to_a_live_one(&galley).await;
    let axe = root().join("console/node_modules/axe-core/axe.min.js");
    assert!(axe.exists(), "no axe-core: run `make console`");
    let given = json!({"day": day(), "schedule": schedule, "task": task, "topic": TOPIC, "axe": axe});
    play(&galley, "plans_accessible", given).await;
}
