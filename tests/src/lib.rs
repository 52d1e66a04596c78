//! Support for the end-to-end tests: a stack of real function processes for each test, and clients of its front.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    reason = "a test fails by a panic"
)]

pub mod alarms;
pub mod api_tools;
pub mod behave;
pub mod behaviours;
pub mod bench;
pub mod browser;
pub mod chaos;
pub mod client_tools;
pub mod dashboard;
pub mod documents;
pub mod drill;
pub mod fixture;
pub mod forge;
pub mod generated;
pub mod mock;
pub mod model;
pub mod payloads;
pub mod prometheus;
pub mod scripted;
pub mod usage;
pub mod wordpress;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use galley_adapters::{aws::Aws, dynamodb::Table};
use galley_domain::{
    access::role::Role,
    schedule::{record::Schedule, store::ScheduleStore},
};
use galley_local::{Options, Stack, seed};
use galley_testkit::sign;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// The other tenant of every test that needs one.
pub const RIVAL: &str = "rival";

/// A running stack and keys for everyone.
#[derive(Debug)]
pub struct Galley {
    pub stack: Stack,
    pub client: Client,
    keys: BTreeMap<String, String>,
}

/// One answer of the front.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The text under `name`, which must be there.
    pub fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.body)).to_owned()
    }

    /// The problem's kind, without our prefix.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        assert_eq!(self.body["status"], self.status, "{}", self.body);
        self.text("type").trim_start_matches("urn:galley:problem:").to_owned()
    }

    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The parameters of the limits a minute.
pub const CLASSES: [&str; 11] = [
    "CreatePerMinute",
    "ReadPerMinute",
    "SessionReadPerMinute",
    "BulkPerMinute",
    "DecidePerMinute",
    "EditPerMinute",
    "AdminPerMinute",
    "EstimatePerMinute",
    "RedeliverPerMinute",
    "FeedPerMinute",
    "AuthPerMinute",
];

/// A stack for tests: no schedules, and limits that only the tests of limits reach.
pub fn options() -> Options {
    // A test runs from `deps`, a program from the folder above it.
    let binaries = std::env::current_exe().unwrap();
    let binaries = binaries.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap().to_owned();
    let limits = CLASSES.map(|name| (name.to_owned(), "1000".to_owned()));
    Options {
        template: root().join("template.yaml"),
        binaries,
        data: None,
        port: 0,
        site_port: 0,
        hosts: Vec::new(),
        invoke_port: 0,
        parameters: limits.into(),
        provider_keys: BTreeMap::new(),
        secrets: BTreeMap::new(),
        schedules: false,
        deliver: true,
        concurrency: 4,
    }
}

/// The stack's table, as functions speak to it.
pub fn table(stack: &Stack) -> Table {
    let environment = stack.environment();
    Table::new(
        &Aws::from_vars(|name| environment.get(name).cloned()).expect("an environment"),
        stack.table_name().to_owned(),
    )
}

impl Galley {
    pub async fn start() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: Options) -> Self {
        let stack = Stack::start(options).await.expect("the stack starts");
        let table = table(&stack);
        let mut keys = seed::dev_keys(stack.folder(), &table).await.expect("keys");
        let rival = "key-of-the-other-tenant".to_owned();
        seed::put_key(&table, &rival, RIVAL, "rival-admin", Role::Admin).await.expect("key");
        keys.insert(RIVAL.to_owned(), rival);
        Self { stack, client: Client::new(), keys }
    }

    /// The key of `viewer`, `author`, `editor`, `admin`, `operator` or `RIVAL`.
    pub fn key(&self, who: &str) -> &str {
        self.keys.get(who).unwrap_or_else(|| panic!("nobody is called {who}"))
    }

    pub fn request(&self, who: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.stack.url()));
        if who == "nobody" { request } else { request.header("authorization", format!("Bearer {}", self.key(who))) }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        answer(self.request(who, Method::GET, path)).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        answer(self.request(who, Method::POST, path).json(&body)).await
    }

    pub async fn post_with_key(&self, who: &str, path: &str, key: &str, body: Value) -> Answer {
        answer(self.request(who, Method::POST, path).header("idempotency-key", key).json(&body)).await
    }

    /// Creates a task as the author and returns its path.
    pub async fn create(&self, body: Value) -> String {
        self.post("author", "/api/content/tasks", body).await.expect(201).header("location").to_owned()
    }

    /// A task that waits for a decision.
    pub async fn drafted(&self) -> String {
        let path = self.create(request()).await;
        self.wait(&path, "awaiting_approval").await;
        path
    }

    /// Polls until the task is in `state`; fails at once when it settles in another.
    pub async fn wait(&self, path: &str, state: &str) -> Value {
        let start = Instant::now();
        loop {
            let task = self.get("admin", path).await.expect(200).body;
            let now = task["status"].as_str().unwrap().to_owned();
            if now == state {
                return task;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "still {now}, not {state}: {task}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Polls until `holds`.
    pub async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let start = Instant::now();
        while !holds().await {
            assert!(start.elapsed() < Duration::from_secs(30), "it never holds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Writes an article as the next revision, by a person, so that no blocker applies.
    pub async fn write(&self, path: &str, title: &str) -> Answer {
        let body = json!({"title": title, "markdown": article(title)});
        answer(self.request("author", Method::PUT, &format!("{path}/draft")).json(&body)).await
    }

    pub async fn approve(&self, path: &str, extra: Value) -> Answer {
        self.post("editor", &format!("{path}/approve"), approval("dev-editor", &extra)).await
    }

    /// A task whose article is live.
    pub async fn published(&self, title: &str) -> String {
        let path = self.drafted().await;
        let revision = self.write(&path, title).await.expect(200).body["revision"].clone();
        self.approve(&path, json!({"revision": revision})).await.expect(200);
        path
    }

    /// Runs the sweeper, as the schedule would.
    pub async fn sweep(&self) -> Value {
        match self.stack.invoke("SweepTasksFunction", json!({})).await {
            galley_local::host::Invoked::Returned(value) => value,
            other => panic!("the sweep failed: {other:?}"),
        }
    }

    /// Moves a task's lease and due time into the past.
    pub async fn let_time_pass(&self, path: &str) {
        let id = path.rsplit('/').next().unwrap();
        self.update(
            json!({"pk": {"S": format!("TASK#{id}")}, "sk": {"S": "META"}}),
            "SET lease_until = :past, due_at = :past",
            json!({":past": {"N": "1000"}}),
        )
        .await;
    }

    /// Makes a delivery due, as if its message had been lost for a while.
    pub async fn let_a_delivery_wait(&self, path: &str, delivery: &str) {
        let id = path.rsplit('/').next().unwrap();
        self.update(
            json!({"pk": {"S": format!("TASK#{id}")}, "sk": {"S": format!("DLV#{delivery}")}}),
            "SET due_at = :past",
            json!({":past": {"N": "1000"}}),
        )
        .await;
    }

    /// Lets the time pass that a placement waits for its next try.
    pub async fn let_a_placement_wait(&self, task: &str, target: &str) {
        let key = json!({"pk": {"S": format!("TASK#{task}")}, "sk": {"S": format!("TARGET#{target}")}});
        let past = json!({":past": {"N": "1000"}, ":then": {"S": "2020-01-01T00:00:00Z"}});
        self.update(key, "SET due_at = :past, next_at = :then", past).await;
    }

    /// Makes a privacy job due, as if its message had been lost for a while.
    pub async fn let_a_job_wait(&self, path: &str) {
        let id = path.rsplit('/').next().unwrap();
        let key = json!({"pk": {"S": format!("JOB#{id}")}, "sk": {"S": "META"}});
        self.update(key, "SET due_at = :past", json!({":past": {"N": "1000"}})).await;
    }

    /// Has the next occurrence of a schedule come a minute ago.
    pub async fn let_an_occurrence_come(&self, schedule: &str) {
        let store = table(&self.stack);
        let found = store.schedule(&schedule.parse().unwrap()).await.unwrap().unwrap();
        let mut come = Schedule { version: found.version + 1, ..found.clone() };
        come.plan.next.as_mut().unwrap().at = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1);
        assert!(store.keep_schedule(&come, found.version).await.unwrap());
    }

    /// Counts tries of a webhook of the built-in source, as if its handler had crashed each time.
    pub async fn let_a_webhook_be_begun(&self, event: &str, times: u32) {
        let key = json!({"pk": {"S": format!("HOOK#content-generated#{event}")}, "sk": {"S": "RECEIPT"}});
        self.update(key, "SET tries = :times", json!({":times": {"N": times.to_string()}})).await;
    }

    /// Makes a task due and its last change years old.
    pub async fn let_years_pass(&self, path: &str) {
        let id = path.rsplit('/').next().unwrap();
        self.update(
            json!({"pk": {"S": format!("TASK#{id}")}, "sk": {"S": "META"}}),
            "SET due_at = :past, times.updated_at = :then",
            json!({":past": {"N": "1000"}, ":then": {"S": "2020-01-01T00:00:00Z"}}),
        )
        .await;
    }

    /// The ledger of a task as the table keeps it.
    pub async fn calls(&self, path: &str) -> Vec<Value> {
        let id = path.rsplit('/').next().unwrap();
        let body = json!({
            "TableName": self.stack.table_name(), "KeyConditionExpression": "pk = :pk AND begins_with(sk, :call)",
            "ExpressionAttributeValues": {":pk": {"S": format!("TASK#{id}")}, ":call": {"S": "CALL#"}},
        });
        self.stack.dynamodb("Query", &body).await.unwrap()["Items"].as_array().unwrap().clone()
    }

    /// Changes an item directly in the table.
    async fn update(&self, key: Value, expression: &str, values: Value) {
        let body = json!({
            "TableName": self.stack.table_name(), "Key": key, "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
        });
        self.stack.dynamodb("UpdateItem", &body).await.expect("an update");
    }

    /// Sends a signed webhook.
    pub async fn webhook(&self, body: &Value) -> Answer {
        let body = body.to_string();
        let timestamp = now_s().to_string();
        let signature = self.sign(&timestamp, body.as_bytes());
        answer(
            self.webhook_request()
                .header("x-webhook-timestamp", timestamp)
                .header("x-webhook-signature", signature)
                .body(body),
        )
        .await
    }

    pub fn webhook_request(&self) -> RequestBuilder {
        self.request("nobody", Method::POST, "/api/webhooks/content-generated")
            .header("content-type", "application/json")
    }

    pub fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        let secret = self.stack.secret("galley/dev/webhooks/content-generated").expect("the source's secret");
        sign_with(&secret, timestamp, body)
    }
}

/// The signature of the scheme `galley`.
pub fn sign_with(secret: &str, timestamp: &str, body: &[u8]) -> String {
    hex::encode(sign::mac(secret.as_bytes(), &[timestamp.as_bytes(), b".", body]))
}

pub fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the front answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, headers, body }
}

/// The body of a small task.
pub fn request() -> Value {
    // Takes a single model call, if a model is configured and its first draft is good.
    json!({"topic": "How HTTP caching works", "target_length": 200, "quality_preference": "fast"})
}

pub fn approval(reviewer: &str, extra: &Value) -> Value {
    let mut body = json!({"approved": true, "human_feedback": "Reads well to me.", "reviewer_id": reviewer});
    for (name, value) in extra.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

/// Markdown without any blocker.
pub fn article(title: &str) -> String {
    let mut text = format!("{title} is about caching.\n");
    for (nth, heading) in
        ["What it is", "How it works", "When to use it", "What to avoid", "What comes next"].iter().enumerate()
    {
        let part = galley_testkit::prose::about("HTTP caching and how it works", 60, nth);
        text.push_str(&format!("\n## {heading}\n\n{part} Why does it help you?\n\n- Fast\n- Cheap\n"));
    }
    text
}
