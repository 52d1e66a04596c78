//! The table of docs/access.md, walked through the front door: every route, every kind of caller.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::collections::BTreeMap;

use galley_domain::access::{limits::RateClass, role::Access, route::Route};
use galley_tests::{
    Answer, Galley, RIVAL, answer, approval,
    generated::{is_of_operators, names_an_object},
    options, request, root,
};
use reqwest::Method;
use serde_json::{Value, json};

/// The columns, in an order in which nobody takes away what the next one asks for.
const CALLERS: [&str; 7] = ["nobody", "viewer", RIVAL, "operator", "author", "editor", "admin"];
const COLUMNS: [&str; 7] = ["nobody", "viewer", "author", "editor", "admin", "operator", RIVAL];

/// A request that is counted nowhere can be sent without end.
#[test]
fn every_route_is_counted_as_the_docs_say() {
    let text = std::fs::read_to_string(root().join("docs/access.md")).unwrap();
    for route in Route::ALL {
        let name = format!("| `{} {}` |", route.method(), route.path());
        let row = text.lines().find(|line| line.starts_with(&name)).unwrap_or_else(|| panic!("no row of {name}"));
        let class = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        assert_eq!(class, route.class().name(), "{name}");
    }
}

/// The docs' cells by route and caller.
fn table() -> BTreeMap<String, BTreeMap<&'static str, String>> {
    let text = std::fs::read_to_string(root().join("docs/access.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let callers = COLUMNS.into_iter().zip(cells[1..].iter().map(|cell| (*cell).to_owned())).collect();
        (cells[0].trim_matches('`').to_owned(), callers)
    })
    .collect()
}

/// Objects of the tenant `default`, to ask for.
struct Objects {
    task: String,
    key: String,
    job: String,
    schedule: String,
    /// The id of an address, and its path.
    feed: (String, String),
    /// The admin's.
    intent: String,
    /// The author's.
    comment: String,
    agent: String,
}

impl Objects {
    async fn made(galley: &Galley) -> Self {
        let task = galley.drafted().await.rsplit('/').next().unwrap().to_owned();
        let asked = json!({"subject": "somebody", "role": "viewer"});
        let key = galley.post("admin", "/api/admin/keys", asked).await.expect(201).text("id");
        let source = json!({"source": "acme-cms", "scheme": "galley"});
        galley.post("admin", "/api/admin/webhook-sources", source).await.expect(201);
        galley.post("admin", "/api/admin/targets", a_target("acme-blog")).await.expect(201);
        let person =
            galley.request("admin", Method::PUT, "/api/admin/people/github-1").json(&json!({"role": "viewer"}));
        answer(person).await.expect(200);
        let asked = json!({"subject": "somebody-else"});
        let job = galley.post("admin", "/api/privacy/export", asked).await.expect(202).text("job_id");
        let schedule = galley.post("admin", "/api/schedules", a_schedule()).await.expect(201).text("schedule_id");
        let feed = galley.post("admin", "/api/admin/calendar-feeds", json!({"name": "The desk"})).await.expect(201);
        let feed = (feed.text("feed_id"), feed.text("path"));
        let asked = json!({"text": "a post about bread"});
        let intent = galley.post("admin", "/api/content/intent", asked).await.expect(201).text("intent_id");
        let said = json!({"text": "Is that so?"});
        let comments = format!("/api/content/tasks/{task}/comments");
        let comment = galley.post("author", &comments, said).await.expect(201).text("comment_id");
        let agent = galley.post("admin", "/api/admin/agents", an_agent()).await.expect(201).text("agent_id");
        Self { task, key, job, schedule, feed, intent, comment, agent }
    }

    fn path(&self, route: Route) -> String {
        // Who puts a person has one: another than the one that is asked for.
        let subject = if route == Route::PutPerson { "github-3" } else { "github-1" };
        // Whoever asks next is somebody of `default`.
        let tenant = if matches!(route, Route::SuspendTenant | Route::ResumeTenant) { "another" } else { "default" };
        let path = route.path().replace("{task_id}", &self.task).replace("{key_id}", &self.key).replace("{n}", "1");
        let path = path
            .replace("{call_id}", "00000000-0000-0000-0000-000000000000")
            .replace("{delivery_id}", "00000000-0000-0000-0000-000000000000");
        path.replace("{source}", "acme-cms")
            .replace("{target}", "acme-blog")
            .replace("{listener}", "laptop")
            .replace("{ended_id}", &"0".repeat(64))
            .replace("{subject}", subject)
            .replace("{job_id}", &self.job)
            .replace("{schedule_id}", &self.schedule)
            .replace("{intent_id}", &self.intent)
            .replace("{comment_id}", &self.comment)
            .replace("{agent_id}", &self.agent)
            .replace("{label}", "production")
            .replace("{alias}", "house-style")
            .replace("{at}", "2199-12-31T09:00")
            .replace("{feed_id}", &self.feed.0)
            .replace("/api/calendar/ical/{secret}", &self.feed.1)
            .replace("{tenant}", tenant)
            .replace("{asset}", "docs.css")
            .replace("{file}", "none.js")
            .replace("{flag}", "generation")
            .replace("{queue}", "work")
            .replace("{letter_id}", "00000000-0000-0000-0000-000000000000")
    }
}

fn a_schedule() -> Value {
    json!({"name": "News", "rule": {"repeat": "once", "date": "2199-12-31", "at": "09:00", "zone": "UTC"}, "request": request()})
}

fn an_agent() -> Value {
    json!({"display_name": "House style", "phases": ["draft"]})
}

fn a_target(name: &str) -> Value {
    let settings = json!({"kind": "wordpress", "username": "editor"});
    json!({"name": name, "url": "https://blog.example.com", "settings": settings, "secret": "not a real password"})
}

/// A body that the route would take, so that a refusal is one of the caller.
fn body(route: Route, who: &str) -> Value {
    let reviewer =
        if who == "nobody" { "nobody".to_owned() } else { format!("dev-{who}").replace("dev-rival", "rival-admin") };
    let review = json!({"human_feedback": "Not good enough", "reviewer_id": reviewer});
    match route {
        Route::CreateTask => request(),
        Route::BulkCreate => json!({"tasks": [request()]}),
        Route::BulkUpdate => json!({"ids": ["task_00000000000000000000000000000000"], "action": "cancel", "body": {}}),
        Route::Approve => approval(&reviewer, &json!({})),
        Route::Reject | Route::RequestChanges => review,
        Route::Publish => json!({"revision": 1, "human_feedback": "Not good enough", "reviewer_id": reviewer}),
        Route::MakeComment => json!({"text": "Is that so?"}),
        Route::Assign => json!({"assignee": reviewer}),
        Route::EditDraft | Route::CheckDraft => json!({"title": "Another title", "markdown": "Text."}),
        Route::MakeKey => json!({"subject": "somebody", "role": "viewer"}),
        Route::MakeSource => json!({"source": format!("of-{}", who.to_lowercase()), "scheme": "galley"}),
        Route::MakeTarget => a_target(&format!("of-{}", who.to_lowercase())),
        Route::MakeSchedule => a_schedule(),
        Route::MakeAgent => an_agent(),
        Route::MakePrompt => json!({"text": "Say we."}),
        Route::MoveLabel => json!({"version": 1, "reason": "As a test wants it"}),
        Route::MoveAlias => json!({"reason": "As a test wants it"}),
        Route::AskIntent => json!({"text": "a post about bread"}),
        Route::ConfirmIntent => json!({"take": [{"proposal": 0}]}),
        Route::MakeFeed => json!({"name": "The desk"}),
        Route::ExportData | Route::EraseData => json!({"subject": "somebody-else"}),
        Route::CorrectCall => json!({"cost_usd": "0.01", "reason": "As the bill says"}),
        Route::SetFlag => json!({"enabled": true}),
        Route::RevertFlag | Route::RevertLimits | Route::RevertSettings => {
            json!({"change_id": "00000000-0000-0000-0000-000000000000"})
        }
        Route::PutPerson => json!({"role": "viewer"}),
        Route::SuspendTenant | Route::ResumeTenant | Route::StopTask => json!({"reason": "Not good enough"}),
        Route::DiscardLetter => json!({"reason": "Of no task"}),
        Route::Redrive => json!({"queue": "work"}),
        _ => json!({}),
    }
}

async fn ask(galley: &Galley, who: &str, route: Route, path: &str) -> Answer {
    let method: Method = route.method().parse().unwrap();
    if route == Route::StreamTask {
        // What comes in it takes as long as the task does.
        let response = galley.request(who, method, path).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = if status == 200 { json!({}) } else { response.json().await.unwrap() };
        return Answer { status, headers, body };
    }
    answer(galley.request(who, method, path).json(&body(route, who))).await
}

fn is_as_told(cell: &str, answered: &Answer, what: &str) {
    let status = answered.status;
    match cell {
        "yes" | "own" => assert!(![401, 403].contains(&status) && status < 500, "{what}: {status} {}", answered.body),
        "signed" => assert_eq!(answered.problem(), "signature-invalid", "{what}"),
        "401" if what.ends_with("/stream") => assert_eq!(answered.problem(), "unauthenticated", "{what}"),
        "401" => assert_eq!((status, &answered.body), (401, &json!({"message": "Unauthorized"})), "{what}"),
        "403" => assert_eq!((status, answered.problem().as_str()), (403, "forbidden"), "{what}"),
        "404" => assert_eq!((status, answered.problem().as_str()), (404, "not-found"), "{what}"),
        other => panic!("the docs say {other} of {what}"),
    }
}

#[tokio::test]
async fn every_route_answers_every_caller_as_the_docs_say() {
    let galley = Galley::start().await;
    let objects = Objects::made(&galley).await;
    let mut table = table();
    for route in Route::ALL {
        let name = format!("{} {}", route.method(), route.path());
        let cells = table.remove(&name).unwrap_or_else(|| panic!("docs/access.md says nothing of {name}"));
        let path = objects.path(*route);
        for who in CALLERS {
            let answered = ask(&galley, who, *route, &path).await;
            is_as_told(&cells[who], &answered, &format!("{who} at {name}"));
        }
        if cells["nobody"] == "401" {
            let wrong = galley.client.request(route.method().parse().unwrap(), format!("{}{path}", galley.stack.url()));
            let wrong = answer(wrong.header("authorization", "Bearer not-a-key").json(&json!({}))).await.expect(403);
            match route {
                Route::StreamTask => assert_eq!(wrong.problem(), "forbidden"),
                _ => assert_eq!(wrong.body, json!({"message": "Forbidden"})),
            }
        }
    }
    assert!(table.is_empty(), "docs/access.md has routes that nobody serves: {table:?}");
}

#[tokio::test]
async fn what_is_another_tenants_answers_like_what_nobody_has() {
    let galley = Galley::start().await;
    let objects = Objects::made(&galley).await;
    let nobodys = Objects {
        task: format!("task_{}", "0".repeat(32)),
        key: "0".repeat(64),
        job: format!("job_{}", "0".repeat(32)),
        schedule: "sch_00000000000000000000000000000000".to_owned(),
        feed: ("0".repeat(64), String::new()),
        intent: format!("int_{}", "0".repeat(32)),
        comment: format!("com_{}", "0".repeat(32)),
        agent: format!("agt_{}", "0".repeat(32)),
    };
    let routes: Vec<Route> = Route::ALL
        .iter()
        .filter(|route| names_an_object(**route))
        .filter(|route| ![Route::Webhook, Route::TenantWebhook, Route::PutPerson, Route::Trail].contains(route))
        // An operator's routes are nobody else's: 403, whatever their path names.
        .filter(|route| !is_of_operators(**route))
        .copied()
        .collect();
    assert!(routes.len() > 15);
    for route in routes {
        let unknown = nobodys
            .path(route)
            .replace("acme-cms", "nobodys-cms")
            .replace("acme-blog", "nobodys-blog")
            .replace("github-1", "github-2");
        // To the byte, the path aside.
        let mut shown =
            [ask(&galley, RIVAL, route, &objects.path(route)).await, ask(&galley, RIVAL, route, &unknown).await]
                .map(|answered| answered.expect(404).body);
        for body in &mut shown {
            body["instance"] = Value::Null;
            body["request_id"] = Value::Null;
        }
        assert_eq!(shown[0], shown[1], "{route:?}");
    }
    assert!(galley.get(RIVAL, "/api/content/tasks").await.expect(200).body["data"].as_array().unwrap().is_empty());
    galley.wait(&format!("/api/content/tasks/{}", objects.task), "awaiting_approval").await;
}

/// Each class has a limit of its own here, and so the policy of an answer says which one counted it.
#[tokio::test]
async fn every_request_of_a_principal_is_counted_in_its_class() {
    let mut options = options();
    let limits = [
        (RateClass::Create, "CreatePerMinute", "901"),
        (RateClass::Read, "ReadPerMinute", "902"),
        (RateClass::Bulk, "BulkPerMinute", "903"),
        (RateClass::Decide, "DecidePerMinute", "904"),
        (RateClass::Edit, "EditPerMinute", "905"),
        (RateClass::Admin, "AdminPerMinute", "906"),
        (RateClass::Estimate, "EstimatePerMinute", "907"),
        (RateClass::Redeliver, "RedeliverPerMinute", "908"),
    ];
    for (_, name, limit) in limits {
        options.parameters.insert(name.to_owned(), limit.to_owned());
    }
    let galley = Galley::with(options).await;
    let objects = Objects::made(&galley).await;
    for route in Route::ALL.iter().filter(|route| route.access() != Access::Public) {
        let who = if is_of_operators(*route) { "operator" } else { "admin" };
        let answered = ask(&galley, who, *route, &objects.path(*route)).await;
        let (_, _, limit) = limits.iter().find(|(class, ..)| *class == route.class()).unwrap();
        let policy = answered.header("ratelimit-policy");
        assert_eq!(policy, format!("\"minute\";q={limit};w=60"), "{route:?}: {} {}", answered.status, answered.body);
    }
}

/// Headers that say when or how often, and not what.
fn lasting(answered: &Answer) -> BTreeMap<String, String> {
    let passing = ["date", "x-request-id", "ratelimit", "content-length", "transfer-encoding", "retry-after"];
    let headers = answered.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str()));
    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn a_head_answers_as_its_get_without_a_body() {
    let galley = Galley::start().await;
    let objects = Objects::made(&galley).await;
    for route in Route::ALL.iter().filter(|route| route.method() == "GET") {
        let path = objects.path(*route);
        let who = if is_of_operators(*route) { "operator" } else { "admin" };
        for who in [who, "nobody"] {
            let got = ask(&galley, who, *route, &path).await;
            let response = galley.request(who, Method::HEAD, &path).send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.bytes().await.unwrap();
            let head = Answer { status, headers, body: Value::Null };
            assert_eq!((head.status, lasting(&head)), (got.status, lasting(&got)), "{route:?} for {who}");
            assert!(body.is_empty(), "{route:?}");
            if [Route::GetTask, Route::OpenApi, Route::Docs].contains(route) {
                assert_eq!(head.header("content-length"), got.header("content-length"), "{route:?} for {who}");
            }
        }
    }
    // Where there is nothing to get, there is no head.
    let path = objects.path(Route::Approve);
    let refused = galley.request("admin", Method::HEAD, &path).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap()), (405, "POST, OPTIONS"));
}
