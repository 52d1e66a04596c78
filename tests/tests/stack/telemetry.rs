//! What functions tell of themselves: one task is followed through all of them by its trace.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp, reason = "a test fails by a panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, extract::State, routing::post};
use galley_domain::metrics::Metric;
use galley_local::fake_providers::Temper;
use galley_tests::{
    Galley, answer, dashboard,
    fixture::{Fixture, with_fake_providers},
    prometheus, root,
};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector of traces: OTLP over HTTP, in JSON.
#[derive(Clone, Debug, Default)]
struct Collector(Arc<Mutex<Vec<Value>>>);

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let take = async |State(all): State<Self>, Json(document): Json<Value>| {
            all.0.lock().unwrap().push(document);
            Json(json!({"partialSuccess": {}}))
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, url)
    }

    /// The spans of a trace, each with the name of the function that sent it.
    fn of(&self, trace: &str) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for resource in self.0.lock().unwrap().iter().flat_map(|document| list(&document["resourceSpans"])) {
            let function = attribute(&resource["resource"], "faas.name");
            for span in list(&resource["scopeSpans"]).iter().flat_map(|scope| list(&scope["spans"])) {
                if span["traceId"] == trace {
                    found.push((function.clone(), span));
                }
            }
        }
        found
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn attribute(of: &Value, key: &str) -> String {
    let attributes = list(&of["attributes"]);
    let found = attributes.iter().find(|one| one["key"] == key);
    found.map(|one| one["value"]["stringValue"].as_str().unwrap().to_owned()).unwrap_or_default()
}

/// All lines of all functions.
fn lines(galley: &Galley) -> Vec<Value> {
    let mut lines = Vec::new();
    for file in std::fs::read_dir(galley.stack.data().join("logs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        lines.extend(
            text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| json!({"no JSON": line}))),
        );
    }
    lines
}

async fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = found() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    found().unwrap()
}

async fn create_in_trace(fixture: &Fixture) -> String {
    let body = json!({"topic": "How HTTP caching works", "target_length": 400, "quality_preference": "fast"});
    let request = fixture.galley.request("author", Method::POST, "/api/content/tasks").json(&body);
    let created = answer(request.header("traceparent", format!("00-{TRACE}-{PARENT}-01"))).await.expect(201);
    created.header("location").to_owned()
}

#[tokio::test]
async fn one_task_is_followed_by_its_trace_through_every_function() {
    let (collector, url) = Collector::start().await;
    let fixture = with_fake_providers(Temper::default(), &[("OtlpEndpoint", url.as_str())]).await;
    let path = create_in_trace(&fixture).await;
    let task = fixture.galley.wait(&path, "awaiting_approval").await;
    let id = task["task_id"].as_str().unwrap();

    // Every event of the audit, every question to a model.
    let events = fixture.galley.get("viewer", &format!("{path}/events")).await.expect(200).body;
    assert!(list(&events["data"]).iter().all(|event| event["trace_id"] == TRACE), "{events}");
    let asked = fixture.fake.asked();
    let questions: Vec<_> = asked.iter().filter(|asked| asked.provider.starts_with("fake-")).collect();
    assert!(!questions.is_empty());
    let calls = fixture.story(&path).await;
    for asked in &questions {
        let parent = asked.traceparent.as_deref().unwrap();
        assert!(parent.starts_with(&format!("00-{TRACE}-")), "{parent}");
    }

    // Every line of the log, with what every line says.
    let handled = |line: &Value| line["message"] == "handled" && line["trace_id"] == TRACE;
    until(|| lines(&fixture.galley).iter().any(handled).then_some(())).await;
    let all = lines(&fixture.galley);
    assert!(all.iter().all(|line| line.get("no JSON").is_none()), "{all:?}");
    let of_trace: Vec<&Value> = all.iter().filter(|line| line["trace_id"] == TRACE).collect();
    let functions: BTreeSet<&str> = of_trace.iter().map(|line| line["function"].as_str().unwrap()).collect();
    assert_eq!(functions, BTreeSet::from(["authorize", "create-task", "process-task"]));
    for line in &of_trace {
        for field in ["timestamp", "level", "message", "service", "stage", "release", "request_id"] {
            assert!(line[field].is_string(), "{field} in {line}");
        }
        assert!(line["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok() && line["cold_start"].is_boolean());
        assert_eq!(line["tenant"], "default", "{line}");
        assert!(line["function"] == "authorize" || line["message"] != "answered" || line["task_id"] == id, "{line}");
        assert!(line["function"] != "process-task" || line["task_id"] == id, "{line}");
    }
    let timed = |message: &str| of_trace.iter().any(|line| line["message"] == message && line["duration_ms"].is_u64());
    assert!(timed("answered") && timed("handled"));

    // The spans: the request under the client's own, the calls within their phases, under the ids that providers saw.
    let spans = until(|| {
        let spans = collector.of(TRACE);
        spans.iter().any(|(function, span)| function == "process-task" && span["name"] == "invocation").then_some(spans)
    })
    .await;
    let created = spans.iter().find(|(function, _)| function == "create-task").unwrap();
    assert_eq!((&created.1["parentSpanId"], &created.1["kind"]), (&json!(PARENT), &json!(2)));
    let by_id: BTreeMap<&str, &Value> =
        spans.iter().map(|(_, span)| (span["spanId"].as_str().unwrap(), span)).collect();
    for asked in &questions {
        let call = by_id[asked.traceparent.as_deref().unwrap().split('-').nth(2).unwrap()];
        assert_eq!((&call["name"], attribute(call, "provider")), (&json!("call"), asked.provider.clone()));
        let phase = by_id[call["parentSpanId"].as_str().unwrap()];
        let root = by_id[phase["parentSpanId"].as_str().unwrap()];
        assert_eq!((&phase["name"], &root["name"]), (&json!("phase"), &json!("invocation")));
        let nanos = |span: &Value, name: &str| span[name].as_str().unwrap().parse::<u128>().unwrap();
        assert!(nanos(call, "startTimeUnixNano") < nanos(call, "endTimeUnixNano"));
        assert!(nanos(root, "startTimeUnixNano") <= nanos(call, "startTimeUnixNano"));
    }
    drop(calls);
}

#[tokio::test]
async fn a_collector_that_is_gone_costs_nothing_but_its_spans() {
    let fixture = with_fake_providers(Temper::default(), &[("OtlpEndpoint", "http://127.0.0.1:1")]).await;
    let path = create_in_trace(&fixture).await;
    fixture.galley.wait(&path, "awaiting_approval").await;
    let told = lines(&fixture.galley).iter().any(|line| line["message"] == "the collector did not take the spans");
    assert!(told, "the log says so");
}

#[tokio::test]
async fn a_flag_has_the_log_tell_the_details_of_one_task() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let details = |id: &str| {
        let all = lines(&fixture.galley);
        all.iter().filter(|line| line["level"] == "DEBUG" && line["task_id"] == id).count()
    };
    let (path, task) = fixture.drafted(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    let id = task["task_id"].as_str().unwrap().to_owned();
    assert_eq!(details(&id), 0);
    let flag = format!("/api/admin/flags/debug.{id}");
    let put = |who: &str| answer(fixture.galley.request(who, Method::PUT, &flag).json(&json!({"enabled": true})));
    put("admin").await.expect(403);
    put("operator").await.expect(200);
    // The flags are read again after thirty seconds at the latest; a new instance reads them at once.
    fixture.galley.stack.kill("WorkFunction");
    let feedback = json!({"human_feedback": "Say more about validators.", "reviewer_id": "dev-editor"});
    fixture.galley.post("editor", &format!("{path}/request-changes"), feedback).await.expect(200);
    until(|| (details(&id) > 0).then_some(())).await;
    assert!(lines(&fixture.galley).iter().all(|line| line["level"] != "DEBUG" || line["task_id"] == id.as_str()));
}

#[tokio::test]
async fn metrics_are_lines_that_cloudwatch_reads() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let (path, _) = fixture.drafted(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    fixture.galley.approve(&path, json!({})).await.expect(200);
    let seen = until(|| {
        let mut seen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for line in lines(&fixture.galley).iter().filter(|line| line.get("_aws").is_some()) {
            for directive in list(&line["_aws"]["CloudWatchMetrics"]) {
                for metric in list(&directive["Metrics"]) {
                    let mut labels = line.clone();
                    labels.as_object_mut().unwrap().remove("_aws");
                    seen.entry(metric["Name"].as_str().unwrap().to_owned()).or_default().push(labels);
                }
            }
        }
        let last = [Metric::TasksCompleted, Metric::ProviderCost];
        last.iter().all(|metric| seen.contains_key(metric.name())).then_some(seen)
    })
    .await;
    let expected = [
        Metric::TasksCreated,
        Metric::TasksCompleted,
        Metric::TaskDuration,
        Metric::PhaseDuration,
        Metric::ApiRequests,
        Metric::ApiRequestDuration,
        Metric::CacheMisses,
        Metric::ProviderLatency,
        Metric::ProviderTokens,
        Metric::ProviderCost,
        Metric::QueueAge,
    ];
    for metric in expected {
        let lines = seen.get(metric.name()).unwrap_or_else(|| panic!("no {metric:?} in {:?}", seen.keys()));
        for line in lines {
            assert_eq!(line["stage"], "dev");
            assert!(metric.labels().iter().all(|label| line[label].is_string()), "{line}");
        }
    }
    assert_eq!(seen["tasks_created_total"].len(), 1);
    assert_eq!(seen["tasks_completed_total"][0]["outcome"], "published");
    let of_phases: BTreeSet<&str> =
        seen["phase_duration_seconds"].iter().map(|line| line["phase"].as_str().unwrap()).collect();
    assert_eq!(of_phases, BTreeSet::from(["research", "outline", "draft", "assess", "finalize"]));
}

/// What Prometheus' own parser makes of the text.
fn parsed(text: &str) -> Vec<Value> {
    let python = root().join(".tools/bin/python");
    assert!(python.exists(), "no parser: run `make tools`");
    let mut child = Command::new(python)
        .arg(root().join("tests/metrics/parse.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn prometheus_reads_what_was_counted() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let (path, _) = fixture.drafted(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    fixture.galley.approve(&path, json!({})).await.expect(200);
    // An instance writes down how long its requests took after a minute, or after so many.
    for _ in 0..60 {
        fixture.galley.get("viewer", &path).await.expect(200);
    }
    let answered = fixture.galley.request("operator", Method::GET, "/metrics").send().await.unwrap();
    assert_eq!(answered.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answered.text().await.unwrap();
    let families: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let asked: Vec<String> = prometheus::expressions().chain(dashboard::expressions().map(str::to_owned)).collect();
    for expression in &asked {
        let mut of = prometheus::asked(expression).peekable();
        assert!(of.peek().is_some(), "{expression}");
        of.for_each(|family| assert!(families.contains(family), "{family} is told by nobody: {expression}"));
    }
    let samples = parsed(&text);
    let value = |name: &str, labels: Value| {
        let found = samples.iter().find(|sample| sample["name"] == name && sample["labels"] == labels);
        found.unwrap_or_else(|| panic!("no {name} {labels} in {samples:?}"))["value"].as_f64().unwrap()
    };
    let published = json!({"task_type": "blog_post", "outcome": "published"});
    let drafted = json!({"task_type": "blog_post", "outcome": "awaiting_approval"});
    assert_eq!(value("tasks_created_total", json!({"task_type": "blog_post"})), 1.0);
    assert_eq!(value("tasks_completed_total", published), 1.0);
    assert_eq!(value("task_duration_seconds_count", drafted.clone()), 1.0);
    assert!(value("task_duration_seconds_sum", drafted) > 0.0);
    let misses = ["search", "photograph"].map(|kind| value("cache_misses_total", json!({"kind": kind})));
    assert_eq!(misses, [2.0, 1.0]);
    let requests = value("api_request_duration_seconds_count", json!({"function": "query-tasks"}));
    assert!((50.0..=220.0).contains(&requests), "{requests}");
    let read = json!({"method": "GET", "route": "/api/content/tasks/{task_id}", "status": "200"});
    assert!((50.0..=200.0).contains(&value("http_requests_total", read)));
    let calls = samples.iter().filter(|sample| sample["name"] == "provider_latency_seconds_count");
    assert!(calls.map(|sample| sample["value"].as_f64().unwrap()).sum::<f64>() >= 3.0, "a draft takes some calls");
    let cost = samples.iter().filter(|sample| sample["name"] == "provider_cost_usd_total");
    let told = fixture.galley.get("viewer", &path).await.expect(200).text("cost_usd");
    let cost: f64 = cost.map(|sample| sample["value"].as_f64().unwrap()).sum();
    assert!((cost - told.parse::<f64>().unwrap()).abs() < 1e-9, "{cost} of {told}");
    assert_eq!(value("part_up", json!({"part": "table"})), 1.0);
    assert_eq!(value("overdue_items", json!({})), 0.0);
    let types: BTreeSet<&str> = samples.iter().map(|sample| sample["type"].as_str().unwrap()).collect();
    assert_eq!(types, BTreeSet::from(["counter", "gauge", "histogram"]));
}

#[tokio::test]
async fn a_table_that_is_gone_is_named_by_whoever_asks() {
    let galley = Galley::start().await;
    let ready = galley.get("nobody", "/health/ready").await.expect(200).body;
    assert_eq!((&ready["status"], ready["components"].as_array().unwrap().len()), (&json!("ready"), 4));
    let health = galley.get("operator", "/api/health").await.expect(200).body;
    assert_eq!((&health["status"], health["components"].as_array().unwrap().len()), (&json!("ok"), 6), "{health}");
    let name = galley.stack.table_name();
    galley.stack.dynamodb("DeleteTable", &json!({"TableName": name})).await.unwrap();
    let refused = galley.get("nobody", "/health/ready").await.expect(503);
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(
        (&refused.body["status"], &refused.body["checks"]["table"]),
        (&json!("not_ready"), &json!("unavailable"))
    );
    let unwell: Vec<&Value> =
        refused.body["components"].as_array().unwrap().iter().filter(|part| part["status"] != "ok").collect();
    assert_eq!(unwell, [&json!({"name": "table", "status": "unavailable"})]);
    galley.get("nobody", "/health/live").await.expect(200);
}
