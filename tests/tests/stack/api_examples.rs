//! Each example of the API's document is sent as it stands, and what comes is held against what the document says of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::access::{role::Access, route::Route};
use galley_local::fake_providers::Temper;
use galley_testkit::sign;
use galley_tests::{Answer, Galley, answer, article, fixture::with_fake_providers, now_s, request};
use reqwest::Method;
use serde_json::{Value, json};

/// Headers that the document tells where they are sent, and nowhere else.
const TOLD: [&str; 7] =
    ["etag", "location", "idempotency-replayed", "ratelimit", "ratelimit-policy", "retry-after", "set-cookie"];

/// Examples that need more than a stack: a model's call, an article on a site, somebody who signs in. Other tests have that, and send them:
/// the last one here, `targets` and `sign_in`.
const SENT_ELSEWHERE: [Route; 5] =
    [Route::CorrectCall, Route::RetryPlacement, Route::SignInAtTerminal, Route::RefreshSession, Route::RenewBrowser];

/// What the example of a route's body gets.
const fn expected(route: Route) -> u16 {
    match route {
        Route::CreateTask
        | Route::MakeKey
        | Route::MakeSource
        | Route::MakeTarget
        | Route::MakeSchedule
        | Route::MakeFeed
        | Route::AskIntent
        | Route::MakeAgent
        | Route::MakePrompt
        | Route::MakeComment => 201,
        Route::ExportData | Route::EraseData | Route::Webhook | Route::TenantWebhook | Route::RetryPlacement => 202,
        _ => 200,
    }
}

/// A task in the state that the route's example is for, as its path.
async fn task_for(galley: &Galley, route: Route) -> String {
    match route {
        Route::Approve => {
            let path = galley.drafted().await;
            galley.write(&path, "HTTP caching in practice").await.expect(200);
            path
        }
        Route::Unpublish => galley.published("HTTP caching in use").await,
        Route::Schedule => {
            let path = galley.drafted().await;
            galley.write(&path, "HTTP caching in time").await.expect(200);
            let hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
            galley.approve(&path, json!({"revision": 2, "publish_at": hour})).await.expect(200);
            path
        }
        Route::Publish => {
            let path = sent_by_provider(galley, "content.generated").await;
            galley.wait(&path, "awaiting_approval").await;
            galley.write(&path, "HTTP caching in use").await.expect(200);
            galley.approve(&path, json!({"revision": 2})).await.expect(200);
            path
        }
        Route::Retry => {
            let path = sent_by_provider(galley, "content.failed").await;
            galley.wait(&path, "failed").await;
            path
        }
        Route::Reject | Route::RequestChanges | Route::EditDraft | Route::CheckDraft => galley.drafted().await,
        _ => galley.create(request()).await,
    }
}

/// A task of which a provider has sent this event.
async fn sent_by_provider(galley: &Galley, event: &str) -> String {
    let mut asked = request();
    asked["generator"] = json!("external");
    let path = galley.create(asked).await;
    let title = "HTTP caching as a provider tells it";
    let told = json!({"event_id": format!("{event}-1"), "event_type": event, "task_id": path.rsplit('/').next(),
        "content": {"title": title, "markdown": article(title)}, "error": {"message": "no more credit"}});
    galley.webhook(&told).await.expect(202);
    path
}

/// A change, and then another: the one that the example takes back.
async fn change_to_revert(galley: &Galley, route: Route, path: &str) -> Value {
    let changed = path.trim_end_matches("/revert");
    let (who, method, bodies) = match route {
        Route::RevertFlag => ("operator", Method::PUT, [json!({"enabled": true}), json!({"enabled": false})]),
        Route::RevertLimits => {
            ("operator", Method::PATCH, [json!({"create_per_minute": 50}), json!({"create_per_minute": 40})])
        }
        _ => ("admin", Method::PATCH, [json!({"site_name": "One"}), json!({"site_name": "Other"})]),
    };
    for body in bodies {
        answer(galley.request(who, method.clone(), changed).json(&body)).await.expect(200);
    }
    let log = match route {
        Route::RevertFlag => "/api/admin/flags/log".to_owned(),
        _ => format!("{changed}/log"),
    };
    galley.get(who, &log).await.expect(200).body["data"][0]["id"].clone()
}

/// An event in the wrapping of each scheme, and GitHub's as a form, too.
async fn signed(galley: &Galley, scheme: &str, example: &Value) -> Vec<Answer> {
    let source = json!({"source": format!("{scheme}-cms"), "scheme": scheme});
    let secret = galley.post("admin", "/api/admin/webhook-sources", source).await.expect(201).text("secret");
    let form = reqwest::Url::parse_with_params("http://form/", [("payload", example.to_string())]).unwrap();
    let form = form.query().unwrap().to_owned();
    let bodies = [("application/json", example.to_string()), ("application/x-www-form-urlencoded", form)];
    let mut answers = Vec::new();
    for (media_type, body) in bodies.into_iter().take(if scheme == "github" { 2 } else { 1 }) {
        let path = format!("/api/webhooks/default/{scheme}-cms");
        let mut asked = galley.request("nobody", Method::POST, &path).header("content-type", media_type);
        for (name, value) in sign::headers(scheme, &secret, "msg_1", &now_s().to_string(), body.as_bytes()) {
            asked = asked.header(name, value);
        }
        answers.push(answer(asked.body(body)).await);
    }
    answers
}

/// A dead letter that nobody can read.
async fn letter(galley: &Galley) -> String {
    galley.stack.send_raw("WorkDeadLetterQueue", "by hand").await.unwrap();
    let mut found = Value::Null;
    galley
        .until(async || {
            found = galley.get("operator", "/api/admin/dlq/work/letters").await.expect(200).body["data"][0].clone();
            !found.is_null()
        })
        .await;
    found["letter_id"].as_str().unwrap().to_owned()
}

async fn path_of(galley: &Galley, route: Route) -> String {
    let task = if route.path().contains("{task_id}") || route.path().contains("{flag}") {
        task_for(galley, route).await
    } else {
        String::new()
    };
    let id = task.rsplit('/').next().unwrap();
    let schedule = if route.path().contains("{schedule_id}") {
        let rule = json!({"repeat": "once", "date": "2199-12-31", "at": "09:00", "zone": "UTC"});
        let asked = json!({"name": "News", "rule": rule, "request": request()});
        galley.post("admin", "/api/schedules", asked).await.expect(201).text("schedule_id")
    } else {
        String::new()
    };
    let intent = if route.path().contains("{intent_id}") {
        let asked = json!({"text": "a post about bread"});
        galley.post("admin", "/api/content/intent", asked).await.expect(201).text("intent_id")
    } else {
        String::new()
    };
    let comment = if route.path().contains("{comment_id}") {
        let said = json!({"text": "Is that so?"});
        galley.post("admin", &format!("{task}/comments"), said).await.expect(201).text("comment_id")
    } else {
        String::new()
    };
    let agent = if route.path().contains("{agent_id}") {
        let asked = json!({"display_name": "House style", "phases": ["draft"]});
        let id = galley.post("admin", "/api/admin/agents", asked).await.expect(201).text("agent_id");
        galley.post("admin", &format!("/api/admin/agents/{id}/prompts"), json!({"text": "Say we."})).await.expect(201);
        id
    } else {
        String::new()
    };
    // The others ask as somebody of `default`.
    let tenant = if matches!(route, Route::SuspendTenant | Route::ResumeTenant) { "another" } else { "default" };
    route
        .path()
        .replace("{task_id}", id)
        .replace("{schedule_id}", &schedule)
        .replace("{intent_id}", &intent)
        .replace("{comment_id}", &comment)
        .replace("{agent_id}", &agent)
        .replace("{label}", "production")
        .replace("{alias}", "our-style")
        .replace("{source}", "acme-cms")
        .replace("{target}", "blog")
        .replace("{listener}", "laptop")
        .replace("{subject}", "ana")
        .replace("{tenant}", tenant)
        .replace("{flag}", &format!("debug.{id}"))
        .replace("{queue}", "work")
        .replace("{letter_id}", &if route == Route::DiscardLetter { letter(galley).await } else { String::new() })
}

async fn sent(galley: &Galley, route: Route, media_type: &str, mut example: Value) -> Answer {
    if route == Route::Webhook {
        return galley.webhook(&example).await;
    }
    let who = match route.access() {
        Access::Public => "nobody",
        Access::System | Access::Scrape => "operator",
        Access::Tenant(_) => "admin",
    };
    let path = path_of(galley, route).await;
    // An id in an example is nobody's.
    if matches!(route, Route::RevertFlag | Route::RevertLimits | Route::RevertSettings) {
        example["change_id"] = change_to_revert(galley, route, &path).await;
    }
    // A subject in an example is nobody's here.
    if route == Route::Assign {
        example["assignee"] = json!("dev-admin");
    }
    // Looking at a letter hides it for a moment, from whoever throws it away, too.
    if route == Route::DiscardLetter {
        let mut thrown = None;
        galley
            .until(async || {
                let answered = galley.post(who, &path, example.clone()).await;
                (answered.status != 404).then(|| thrown = Some(answered)).is_some()
            })
            .await;
        return thrown.unwrap();
    }
    let asked = galley.request(who, route.method().parse().unwrap(), &path).header("content-type", media_type);
    let mut asked = asked.body(example.to_string());
    // With two revisions, the decision is on the one that was seen.
    if route == Route::Approve {
        let task = path.trim_end_matches("/approve");
        asked = asked.header("if-match", galley.get("viewer", task).await.header("etag"));
    }
    answer(asked).await
}

/// The document as it is served.
pub(crate) struct Document(Value);

impl Document {
    pub(crate) async fn of(galley: &Galley) -> Self {
        Self(galley.get("nobody", "/api/openapi.json").await.expect(200).body)
    }

    fn operation(&self, route: Route) -> &Value {
        &self.0["paths"][route.path()][route.method().to_lowercase()]
    }

    /// What a body may be, by media type.
    fn bodies(&self, route: Route) -> impl Iterator<Item = (&String, &Value)> {
        self.operation(route)["requestBody"]["content"].as_object().into_iter().flatten()
    }

    /// The one example of a body in JSON.
    pub(crate) fn example(&self, route: Route) -> Value {
        let example = &self.operation(route)["requestBody"]["content"]["application/json"]["example"];
        assert!(!example.is_null(), "{route:?} has no example");
        example.clone()
    }

    /// What is said of this answer.
    fn told(&self, route: Route, answer: &Answer) -> &Value {
        let response = &self.operation(route)["responses"][answer.status.to_string()];
        match response["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => response,
        }
    }

    fn has_the_headers_that_are_told(&self, route: Route, answer: &Answer) {
        let headers = self.told(route, answer)["headers"].as_object().unwrap();
        for name in TOLD {
            let said = headers.iter().find(|(told, _)| told.eq_ignore_ascii_case(name));
            let is_sent = answer.headers.contains_key(name);
            assert!(!is_sent || said.is_some(), "{route:?} {}: {name} is sent and not told", answer.status);
            let is_required = said.is_some_and(|(_, header)| {
                let reference = header["$ref"].as_str().unwrap().trim_start_matches('#');
                self.0.pointer(reference).unwrap()["required"] == true
            });
            assert!(is_sent || !is_required, "{route:?} {}: {name} is told and not sent", answer.status);
        }
    }

    /// The answer to an example is the one that is told.
    pub(crate) fn holds_for_an_example(&self, route: Route, answer: &Answer) {
        assert_eq!(answer.status, expected(route), "{route:?}: {}", answer.body);
        self.has_the_headers_that_are_told(route, answer);
    }
}

#[tokio::test]
async fn every_example_of_the_document_runs_as_it_stands() {
    let galley = Galley::start().await;
    let document = Document::of(&galley).await;
    let mut sent_so_far = 0;
    for route in Route::ALL.iter().filter(|route| !SENT_ELSEWHERE.contains(route)) {
        let mut answers = Vec::new();
        for (media_type, body) in document.bodies(*route) {
            for (scheme, example) in body["examples"].as_object().into_iter().flatten() {
                answers.extend(signed(&galley, scheme, &example["value"]).await);
            }
            if let Some(example) = body.get("example") {
                answers.push(sent(&galley, *route, media_type, example.clone()).await);
            }
        }
        for answered in answers {
            document.holds_for_an_example(*route, &answered);
            sent_so_far += 1;
        }
    }
    assert!(sent_so_far > 40, "{sent_so_far}");
}

#[tokio::test]
async fn the_example_of_a_correction_runs_on_a_call_of_a_model() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let galley = &fixture.galley;
    let document = Document::of(galley).await;
    let (task, _) = fixture.drafted(request()).await;
    let call = galley.calls(&task).await[0]["id"]["S"].as_str().unwrap().to_owned();
    let id = task.rsplit('/').next().unwrap();
    let path = Route::CorrectCall.path().replace("{task_id}", id).replace("{call_id}", &call);
    let example = document.example(Route::CorrectCall);
    let corrected = answer(galley.request("operator", Method::PUT, &path).json(&example)).await;
    document.holds_for_an_example(Route::CorrectCall, &corrected);
    assert_eq!(corrected.body["cost_usd"], example["cost_usd"]);
}

/// Of what has no body: reads, and refusals of each kind.
#[tokio::test]
async fn every_answer_has_the_headers_that_the_document_tells() {
    let galley = Galley::start().await;
    let document = Document::of(&galley).await;
    let task = galley.published("HTTP caching in practice").await;
    let id = task.rsplit('/').next().unwrap();
    for route in Route::ALL.iter().filter(|route| route.method() == "GET" && **route != Route::StreamTask) {
        let path = route.path().replace("{task_id}", id).replace("{n}", "1").replace("{tenant}", "default");
        let path = path.replace("{slug}", "http-caching-in-practice").replace("{asset}", "start.js");
        let path = path.replace(['{', '}'], "");
        for who in ["admin", "viewer"] {
            let answered = galley.get(who, &path).await;
            document.has_the_headers_that_are_told(*route, &answered);
        }
        let unknown = format!("{path}?not_a_parameter=1");
        document.has_the_headers_that_are_told(*route, &galley.get("admin", &unknown).await);
    }
    let key = "a-key-of-its-own";
    for body in [request(), request(), serde_json::json!({"topic": "Another topic"})] {
        let answered = galley.post_with_key("author", "/api/content/tasks", key, body).await;
        document.has_the_headers_that_are_told(Route::CreateTask, &answered);
    }
    let stale = galley.request("admin", Method::POST, &format!("{task}/unpublish")).header("if-match", "\"1\"");
    document.has_the_headers_that_are_told(Route::Unpublish, &answer(stale).await.expect(412));
}
