//! Limits: exact, told, raised by operators alone, and what holds when they cannot be counted.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::collections::BTreeMap;

use futures_util::future::join_all;
use galley_local::fault_proxy::{Call, Fault, Service};
use galley_tests::{Galley, RIVAL, answer, now_s, options, request};
use reqwest::Method;
use serde_json::{Value, json};

const TASKS: &str = "/api/content/tasks";

/// As deployed, but for the classes in `limits`.
async fn limited(limits: &[(&str, &str)]) -> Galley {
    let mut options = options();
    for (name, value) in limits {
        options.parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    Galley::with(options).await
}

/// The lines of `/api/usage` by their limit.
async fn usage(galley: &Galley, who: &str) -> BTreeMap<String, Value> {
    let lines = galley.get(who, "/api/usage").await.expect(200).body["data"].as_array().unwrap().clone();
    lines.into_iter().map(|line| (line["limit"].as_str().unwrap().to_owned(), line)).collect()
}

async fn set(galley: &Galley, who: &str, tenant: &str, body: Value) -> galley_tests::Answer {
    answer(galley.request(who, Method::PUT, &format!("/api/admin/tenants/{tenant}/limits")).json(&body)).await
}

/// Runs `in_one_minute` until no minute ended while it ran: a window is a minute of the clock.
async fn within_a_minute<T>(in_one_minute: impl AsyncFn(usize) -> T) -> T {
    let mut round = 0;
    loop {
        let minute = now_s() / 60;
        let result = in_one_minute(round).await;
        if now_s() / 60 == minute {
            return result;
        }
        round += 1;
    }
}

#[tokio::test]
async fn twenty_at_once_take_exactly_five_places() {
    let galley = limited(&[("UserTasksPerDay", "5")]).await;
    let answers = join_all((0..20).map(|_| galley.post("author", TASKS, request()))).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(201), count(429)), (5, 15));
    let day = usage(&galley, "author").await["user_tasks_per_day"].clone();
    assert_eq!((&day["allowed"], &day["used"], &day["remaining"]), (&json!(5), &json!(5), &json!(0)));
}

#[tokio::test]
async fn usage_shows_what_was_counted_and_when_it_begins_anew() {
    let galley = limited(&[]).await;
    galley.post("editor", TASKS, request()).await.expect(201);
    let before = usage(&galley, "author").await;
    galley.post("author", TASKS, request()).await.expect(201);
    galley.post("author", TASKS, json!({})).await.expect(400);
    let after = usage(&galley, "author").await;
    let used = |lines: &BTreeMap<String, Value>, limit: &str| lines[limit]["used"].as_u64().unwrap();
    assert_eq!(used(&after, "user_tasks_per_day"), used(&before, "user_tasks_per_day") + 1);
    assert_eq!((used(&before, "org_tasks_per_day"), used(&after, "org_tasks_per_day")), (1, 2));
    assert_eq!(after.len(), 10, "eight windows and two days");
    for (name, line) in &after {
        let resets: jiff::Timestamp = line["resets_at"].as_str().unwrap().parse().unwrap();
        let wait = resets.as_second() - now_s();
        let most = if name.ends_with("minute") { 60 } else { 86_400 };
        assert!((-1..=most).contains(&wait), "{name}: {wait}");
        assert_eq!(line["remaining"].as_u64().unwrap() + used(&after, name), line["allowed"].as_u64().unwrap());
    }
}

#[tokio::test]
async fn an_operator_raises_a_tenants_limits_and_nobody_else_does() {
    let galley = limited(&[("CreatePerMinute", "1"), ("UserTasksPerDay", "2")]).await;
    for (who, tenant) in [("admin", "default"), (RIVAL, RIVAL), (RIVAL, "default"), ("editor", "default")] {
        assert_eq!(set(&galley, who, tenant, json!({"create_per_minute": 9})).await.expect(403).problem(), "forbidden");
    }
    for (body, field) in [
        (json!({"create_per_minute": 0}), "create_per_minute"),
        (json!({"create_per_minute": -1}), "create_per_minute"),
        (json!({"org_tasks_per_day": 1_000_001}), "org_tasks_per_day"),
        (json!({"bulk_per_minute": "many"}), "bulk_per_minute"),
        (json!({"decide_per_minute": 0}), "decide_per_minute"),
        (json!({"session_read_per_minute": true}), "session_read_per_minute"),
        (json!({"webhooks": 1}), "webhooks"),
    ] {
        let refused = set(&galley, "operator", "default", body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    let raised = set(&galley, "operator", "default", json!({"create_per_minute": 3, "user_tasks_per_day": 50})).await;
    assert_eq!(raised.expect(200).body["read_per_minute"], Value::Null);
    let path = "/api/admin/tenants/default/limits";
    assert_eq!(galley.get("operator", path).await.expect(200).body["create_per_minute"], 3);
    // Nobody of this tenant was let in before, so no answer of the authorizer is remembered.
    let statuses = within_a_minute(async |round| {
        let who = ["author", "editor", "admin"][round % 3];
        let one = || async { galley.post(who, TASKS, request()).await.status };
        [one().await, one().await, one().await, one().await]
    })
    .await;
    assert_eq!(statuses, [201, 201, 201, 429]);
    // The other tenant has what it had.
    galley.post(RIVAL, TASKS, request()).await.expect(201);
    assert_eq!(usage(&galley, RIVAL).await["user_tasks_per_day"]["allowed"], 2);
    assert_eq!(usage(&galley, "author").await["user_tasks_per_day"]["allowed"], 50);
}

#[tokio::test]
async fn what_cannot_be_counted_is_read_but_not_made() {
    let galley = limited(&[]).await;
    let task = galley.drafted().await;
    let windows = |call: &Call| call.service == Service::DynamoDb && call.operation == "UpdateItem";
    galley.stack.fault_proxy().decide(move |call| if windows(call) { Fault::Fails } else { Fault::Passes });
    let read = galley.get("viewer", &task).await.expect(200);
    assert_eq!(read.header("ratelimit"), "");
    for (path, body) in [(TASKS, request()), ("/api/content/tasks/bulk/create", json!({"tasks": [request()]}))] {
        let refused = galley.post("author", path, body).await.expect(503);
        assert!(refused.header("retry-after").parse::<u32>().is_ok());
    }
    galley.stack.fault_proxy().heal();
    let list = galley.get("viewer", TASKS).await.expect(200).body["data"].as_array().unwrap().len();
    assert_eq!(list, 1, "nothing was made that was not counted");
}

/// A draft of one's own, as often as one likes.
async fn edit(galley: &Galley, who: &str, task: &str) -> galley_tests::Answer {
    let body = json!({"title": "Another title", "markdown": "Text."});
    answer(galley.request(who, Method::PUT, &format!("{task}/draft")).json(&body)).await
}

#[tokio::test]
async fn more_edits_than_a_minute_has_room_for_are_refused_and_change_nothing() {
    let galley = limited(&[("EditPerMinute", "2")]).await;
    let task = galley.drafted().await;
    let (statuses, version) = within_a_minute(async |round| {
        let who = ["author", "editor", "admin"][round % 3];
        let mut statuses = Vec::new();
        for _ in 0..2 {
            statuses.push(edit(&galley, who, &task).await.status);
        }
        let version = galley.get("viewer", &task).await.header("etag").to_owned();
        let refused = edit(&galley, who, &task).await;
        statuses.push(refused.status);
        if refused.status == 429 {
            assert!(refused.header("retry-after").parse::<u32>().is_ok());
            assert!(refused.header("ratelimit").contains("r=0"));
        }
        (statuses, version)
    })
    .await;
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(galley.get("viewer", &task).await.header("etag"), version);
    // Another class has its own window.
    galley.approve(&task, json!({"revision": 1})).await;
}

#[tokio::test]
async fn changes_are_not_asked_for_without_end() {
    let galley = limited(&[("OrgTasksPerDay", "2")]).await;
    let task = galley.drafted().await;
    let path = format!("{task}/request-changes");
    let changes = || {
        let body = json!({"human_feedback": "Please write it anew.", "reviewer_id": "dev-editor"});
        galley.post("editor", &path, body)
    };
    changes().await.expect(200);
    galley.wait(&task, "awaiting_approval").await;
    let refused = changes().await.expect(429);
    assert_eq!(refused.problem(), "quota-exhausted");
    galley.wait(&task, "awaiting_approval").await;
    assert_eq!(usage(&galley, "editor").await["org_tasks_per_day"]["used"], 2);
    // In a bulk it is no other: what begins a generation takes its place.
    let failed = galley.post("author", TASKS, request()).await.expect(429);
    assert_eq!(failed.problem(), "quota-exhausted");
}

/// What is left of the window that an answer was counted in.
fn left(answered: &galley_tests::Answer) -> i64 {
    let told = answered.header("ratelimit");
    told.split(';').find_map(|part| part.strip_prefix("r=")).unwrap_or_default().parse().unwrap()
}

#[tokio::test]
async fn a_request_that_is_refused_takes_its_place_all_the_same() {
    let galley = limited(&[]).await;
    let task = galley.drafted().await;
    let drafted = usage(&galley, "author").await["user_tasks_per_day"].clone();
    let bulk = |name: &str| format!("{TASKS}/bulk/{name}");
    let unknown = json!({"topic": "How HTTP caching works", "model": "openai/none"});
    let review = json!({"human_feedback": "Good enough", "reviewer_id": "dev-author"});
    let none = json!({"ids": ["nonsense"], "action": "approve", "body": review});
    let refusals = [
        ("author", Method::POST, TASKS.to_owned(), "{".to_owned(), 400),
        ("author", Method::POST, TASKS.to_owned(), unknown.to_string(), 400),
        ("author", Method::POST, format!("{TASKS}?dry_run=1"), request().to_string(), 400),
        ("viewer", Method::POST, TASKS.to_owned(), request().to_string(), 403),
        ("author", Method::POST, bulk("create"), "[]".to_owned(), 400),
        ("editor", Method::POST, bulk("update"), json!({"ids": []}).to_string(), 400),
        ("author", Method::POST, bulk("update"), none.to_string(), 403),
        ("editor", Method::POST, format!("{TASKS}/nonsense/cancel"), "{}".to_owned(), 404),
        ("editor", Method::POST, format!("{task}/retry"), "[]".to_owned(), 400),
        ("editor", Method::PUT, format!("{task}/draft"), "{}".to_owned(), 400),
        ("admin", Method::POST, "/api/admin/keys".to_owned(), "{".to_owned(), 400),
        ("viewer", Method::GET, "/api/admin/keys".to_owned(), String::new(), 403),
        ("viewer", Method::GET, format!("{TASKS}?status="), String::new(), 400),
        ("viewer", Method::GET, "/api/auth/me?x=1".to_owned(), String::new(), 400),
        ("viewer", Method::GET, format!("{TASKS}/nonsense/stream"), String::new(), 404),
        ("author", Method::POST, format!("{TASKS}/estimate"), "{".to_owned(), 400),
    ];
    for (who, method, path, body, status) in refusals {
        let ask = async || {
            let asked = galley.request(who, method.clone(), &path).header("content-type", "application/json");
            answer(asked.body(body.clone())).await.expect(status)
        };
        let (first, second) = within_a_minute(async |_| (ask().await, ask().await)).await;
        assert_eq!(left(&first), left(&second) + 1, "{who} {method} {path}");
    }
    let day = usage(&galley, "author").await["user_tasks_per_day"].clone();
    assert_eq!(day["used"], drafted["used"], "no place of the day is taken");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_when_the_window_is_full() {
    let galley = limited(&[("EditPerMinute", "1"), ("BulkPerMinute", "1")]).await;
    let task = galley.drafted().await;
    for (method, path) in [(Method::PUT, format!("{task}/draft")), (Method::POST, format!("{TASKS}/bulk/create"))] {
        let ask = async |_| {
            let asked = || galley.request("editor", method.clone(), &path).header("content-type", "application/json");
            [answer(asked().body("{")).await, answer(asked().body("{")).await]
        };
        let [_, second] = within_a_minute(ask).await;
        assert_eq!((second.status, second.problem().as_str()), (429, "rate-limited"), "{path}");
        let wait: u64 = second.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait));
    }
}
