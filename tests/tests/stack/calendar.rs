//! The calendar through the front door, and at a secret address.

use galley_tests::{Galley, answer, options};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

const CALENDAR: &str = "/api/calendar";
const FEEDS: &str = "/api/admin/calendar-feeds";

fn of_kind(calendar: &Value, kind: &str) -> Vec<Value> {
    let parts = ["data", "unscheduled", "conflicts"].map(|part| calendar[part].as_array().cloned().unwrap_or_default());
    parts.concat().into_iter().filter(|one| one["kind"] == kind).collect()
}

/// A task with a text of a person's.
async fn written(galley: &Galley, title: &str) -> String {
    let path = galley.drafted().await;
    galley.write(&path, title).await.expect(200);
    path
}

#[tokio::test]
async fn a_calendar_has_what_is_planned_waits_is_scheduled_and_is_live_for_its_tenant_alone() {
    let galley = Galley::start().await;
    let (today, hour) = (Timestamp::now(), Timestamp::now() + SignedDuration::from_hours(48));
    let waits = written(&galley, "What waits").await;
    let scheduled = written(&galley, "What has an hour").await;
    galley.approve(&scheduled, json!({"revision": 2, "publish_at": hour.to_string()})).await.expect(200);
    let live = written(&galley, "What is live").await;
    galley.approve(&live, json!({"revision": 2})).await.expect(200);
    let rule = json!({"repeat": "daily", "at": "09:00", "zone": "Europe/Berlin"});
    let asked = json!({"name": "News", "rule": rule, "request": {"topic": "News of {{date}}", "target_length": 200}});
    let schedule = galley.post("editor", "/api/schedules", asked).await.expect(201).text("schedule_id");

    let shown = galley.get("viewer", CALENDAR).await.expect(200).body;
    assert_eq!((&shown["zone"], &shown["complete"]), (&json!("UTC"), &json!(true)));
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    for (kind, path, title) in [
        ("waiting", &waits, "What waits"),
        ("scheduled", &scheduled, "What has an hour"),
        ("published", &live, "What is live"),
    ] {
        let found = of_kind(&shown, kind);
        assert_eq!(found.len(), 1, "{kind}: {shown}");
        assert_eq!((found[0]["task_id"].as_str(), found[0]["title"].as_str()), (Some(id(path).as_str()), Some(title)));
    }
    let planned = of_kind(&shown, "planned");
    assert!(planned.len() >= 30 && planned.iter().all(|one| one["schedule_id"] == json!(schedule)), "{shown}");
    let first = planned[0]["occurrence"].as_str().unwrap();
    assert_eq!(planned[0]["title"], json!(format!("News of {}", &first[..10])));
    let forecast = shown["forecast"].as_array().unwrap();
    assert_eq!(forecast.len(), planned.len());
    // No model is configured: the outline costs nothing, and that is known.
    assert_eq!((&forecast[0]["expected_usd"], &forecast[0]["unpriced"]), (&json!("0.00"), &json!(0)));
    assert_eq!(of_kind(&galley.get("rival", CALENDAR).await.expect(200).body, "planned"), [] as [Value; 0]);

    galley.get("nobody", CALENDAR).await.expect(401);
    let day = |days: i64| (today + SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%d").to_string();
    for (query, field) in [
        (format!("from={}&to={}", day(1), day(0)), "to"),
        (format!("from={}&to={}", day(0), day(92)), "to"),
        ("from=tomorrow".to_owned(), "from"),
        ("zone=Mars/Base".to_owned(), "zone"),
    ] {
        let refused = galley.get("viewer", &format!("{CALENDAR}?{query}")).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{query}: {}", refused.body);
    }
    let whole = format!("{CALENDAR}?from={}&to={}&zone=America/New_York", day(0), day(91));
    assert_eq!(galley.get("viewer", &whole).await.expect(200).body["zone"], "America/New_York");
}

#[tokio::test]
async fn a_secret_address_shows_titles_until_it_is_revoked_and_no_log_has_it() {
    let mut options = options();
    options.parameters.insert("FeedPerMinute".into(), "3".into());
    let galley = Galley::with(options).await;
    let rule = json!({"repeat": "once", "date": Timestamp::now().strftime("%Y-%m-%d").to_string(), "at": "23:59", "zone": "Pacific/Midway"});
    let asked = json!({"name": "News", "rule": rule, "request": {"topic": "One; two, three", "target_length": 200}});
    galley.post("editor", "/api/schedules", asked).await.expect(201);

    galley.post("editor", FEEDS, json!({"name": "The desk"})).await.expect(403);
    assert_eq!(galley.post("admin", FEEDS, json!({})).await.expect(400).body["errors"][0]["field"], "name");
    let made = galley.post_with_key("admin", FEEDS, "once", json!({"name": "The desk"})).await.expect(201);
    let again = galley.post_with_key("admin", FEEDS, "once", json!({"name": "The desk"})).await.expect(201);
    let (path, id) = (made.text("path"), made.text("feed_id"));
    assert_eq!((&again.body["path"], &again.body["secret_shown"]), (&Value::Null, &json!(true)));
    let listed = galley.get("admin", FEEDS).await.expect(200).body;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    assert!(!listed.to_string().contains("galley_feed_"), "{listed}");
    assert_eq!(galley.get("rival", FEEDS).await.expect(200).body["data"], json!([]));

    let read = galley.get("nobody", &path).await.expect(200);
    assert_eq!(read.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(read.header("cache-control"), "no-store");
    let text = read.body.as_str().unwrap().replace("\r\n ", "");
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"), "{text}");
    assert!(text.contains("NAME:The desk\r\n") && text.contains("SUMMARY:One\\; two\\, three\r\n"), "{text}");
    assert!(!text.contains("sch_") && !text.contains("task_"), "it leads no further: {text}");
    let held = galley.request("nobody", Method::GET, &path).header("if-none-match", read.header("etag"));
    assert_eq!(answer(held).await.status, 304, "it is the same while nothing changes");
    galley.get("nobody", &path).await.expect(200);
    let refused = galley.get("nobody", &path).await.expect(429);
    assert!(refused.problem() == "rate-limited" && !refused.header("retry-after").is_empty());
    let unknown = format!("/api/calendar/ical/galley_feed_{}", "0".repeat(64));
    for path in [unknown.as_str(), "/api/calendar/ical/x"] {
        galley.get("nobody", path).await.expect(404);
    }

    answer(galley.request("rival", Method::DELETE, &format!("{FEEDS}/{id}"))).await.expect(404);
    answer(galley.request("admin", Method::DELETE, &format!("{FEEDS}/{id}"))).await.expect(204);
    galley.get("nobody", &path).await.expect(404);
    let secret = path.rsplit('/').next().unwrap();
    let files = std::fs::read_dir(galley.stack.data().join("logs")).unwrap();
    let logged: String = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert!(logged.contains("an address of the calendar was made") && !logged.contains(secret));
}
