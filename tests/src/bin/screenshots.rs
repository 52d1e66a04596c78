//! `make screenshots`: pictures of every page of the console, with what fake providers have written, into docs/console.
#![expect(clippy::unwrap_used, reason = "what cannot be photographed fails by a panic")]

use galley_local::fake_providers::Temper;
use galley_tests::{Galley, answer, browser, fixture::with_fake_providers, root, usage};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

const TOPICS: [&str; 6] = [
    "How HTTP caching works",
    "What an ETag is for",
    "Queues and what happens to a message that fails",
    "Reading a flame graph",
    "Migrations without downtime",
    "Writing alternative text that helps",
];

#[tokio::main]
async fn main() {
    if usage::told("Takes pictures of every page of the console into docs/console.\n\nUsage: screenshots") {
        return;
    }
    let fixture = with_fake_providers(Temper { scores: vec![86], ..Temper::default() }, &[]).await;
    let galley = &fixture.galley;
    let mut first = String::new();
    for (nth, topic) in TOPICS.iter().enumerate().rev() {
        let tags = if nth % 2 == 0 { json!(["http", "caching"]) } else { json!(["craft"]) };
        let (path, _) = fixture.drafted(json!({"topic": topic, "target_length": 400, "tags": tags})).await;
        first = path;
    }
    galley.published("An article that is live").await;
    // Its second revision has something to compare with the first.
    let text = galley.get("editor", &format!("{first}/revisions/1")).await.expect(200).text("markdown");
    let text = text.replacen("Nobody", "Hardly anybody", 3);
    let edit = galley.request("author", Method::PUT, &format!("{first}/draft"));
    answer(edit.json(&json!({"title": TOPICS[0], "markdown": text}))).await.expect(200);
    looked_after(galley).await;
    let schedule = planned(galley).await;
    let day = day(3).strftime("%Y-%m-%d").to_string();
    let task = first.rsplit('/').next().unwrap_or_default();
    let folder = root().join("docs/console");
    std::fs::create_dir_all(&folder).unwrap();
    browser::play(galley, "screenshots", json!({"task": task, "folder": folder, "schedule": schedule, "day": day}))
        .await;
}

/// Noon, so many days from now.
fn day(ahead: i64) -> Timestamp {
    let day = Timestamp::now() + SignedDuration::from_hours(24 * ahead);
    format!("{}T12:00:00Z", day.strftime("%Y-%m-%d")).parse().unwrap()
}

/// Something to see in the calendar, and at a schedule, whose id is told.
async fn planned(galley: &Galley) -> String {
    for (ahead, title) in [(3, "What a cache may keep"), (9, "Headers that nobody sends")] {
        let path = galley.drafted().await;
        galley.write(&path, title).await.expect(200);
        galley.approve(&path, json!({"revision": 2, "publish_at": day(ahead).to_string()})).await.expect(200);
    }
    let daily = json!({"repeat": "daily", "at": "06:30", "zone": "Europe/Berlin", "count": 40});
    let part = json!({"name": "A course in caching", "rule": daily, "request": {"topic": "Caching from the start, part {{part}}", "target_length": 400}});
    galley.post("editor", "/api/schedules", part).await.expect(201);
    let weekly = json!({"repeat": "weekly", "weekdays": ["mon", "thu"], "at": "09:00", "zone": "Europe/Berlin", "except": ["2026-12-24"]});
    let news = json!({"name": "Weekly news", "rule": weekly, "request": {"topic": "What is new, {{week}}", "target_length": 400},
        "max_cost_usd": "0.50", "max_cost_usd_per_month": "6.00"});
    let made = galley.post("editor", "/api/schedules", news).await.expect(201).text("schedule_id");
    galley.post("editor", &format!("/api/schedules/{made}/run"), json!({})).await.expect(201);
    made
}

/// Something to see on the pages of admins and operators.
async fn looked_after(galley: &Galley) {
    let person = galley.request("admin", Method::PUT, "/api/admin/people/github-583231");
    answer(person.json(&json!({"role": "editor", "display_name": "Ana Lima"}))).await.expect(200);
    let source = json!({"source": "acme-cms", "scheme": "standard", "events": ["content.generated"]});
    galley.post("admin", "/api/admin/webhook-sources", source).await.expect(201);
    let target = json!({"name": "blog", "url": "https://blog.example.com", "secret": "not a real password",
        "settings": {"kind": "wordpress", "username": "editor"}, "default_for": ["blog_post"]});
    galley.post("admin", "/api/admin/targets", target).await.expect(201);
    let settings = galley.request("admin", Method::PATCH, "/api/admin/settings");
    answer(settings.json(&json!({"quality_bar": 75}))).await.expect(200);
    galley.post("admin", "/api/admin/calendar-feeds", json!({"name": "The desk"})).await.expect(201);
    galley.post("admin", "/api/privacy/export", json!({"subject": "dev-viewer"})).await.expect(202);
    let flag = galley.request("operator", Method::PUT, "/api/admin/flags/provider.custom");
    answer(flag.json(&json!({"enabled": true, "percent": 50}))).await.expect(200);
    let limits = galley.request("operator", Method::PATCH, "/api/admin/tenants/default/limits");
    answer(limits.json(&json!({"org_tasks_per_day": 500}))).await.expect(200);
}
