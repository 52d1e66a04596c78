//! Persistent clients: every request is repeated under its key until it has an answer, some are sent twice
//! concurrently, and for every other draft two reviewers decide differently at the same time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future;
use serde_json::{Value, json};

use crate::{Answer, Galley, approval, chaos::plan::Plan};

/// The clients' answers: for each key, every task that an answer named.
pub(super) type Accepted = BTreeMap<String, Vec<String>>;

pub(super) const PAUSE: Duration = Duration::from_millis(150);

struct Load {
    galley: Arc<Galley>,
    next: AtomicUsize,
    tasks: usize,
    ends: Instant,
    accepted: Mutex<Accepted>,
}

/// Creates every task, and decides on half of them.
pub(super) async fn run(galley: &Arc<Galley>, plan: Plan) -> Accepted {
    let load = Load {
        galley: Arc::clone(galley),
        next: AtomicUsize::new(0),
        tasks: plan.tasks,
        ends: Instant::now() + plan.at_most,
        accepted: Mutex::default(),
    };
    future::join_all((0..plan.clients).map(|_| client(&load))).await;
    load.accepted.into_inner().unwrap()
}

async fn client(load: &Load) {
    loop {
        let nth = load.next.fetch_add(1, Ordering::SeqCst);
        if nth >= load.tasks || Instant::now() >= load.ends {
            return;
        }
        let key = format!("key-{nth}");
        if nth.is_multiple_of(5) {
            // The same request twice concurrently.
            future::join(create(load, &key), create(load, &key)).await;
        } else {
            create(load, &key).await;
        }
        if nth.is_multiple_of(2) {
            let path = load.accepted.lock().unwrap()[&key][0].clone();
            quarrel(load, &path).await;
        }
    }
}

/// Repeats the request until it gets a 201, and records the task's id.
async fn create(load: &Load, key: &str) {
    let body =
        json!({"topic": format!("How caching works, {key}"), "target_length": 200, "quality_preference": "fast"});
    let answer = persist(&load.galley, "author", "/api/content/tasks", key, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let path = answer.header("location").to_owned();
    load.accepted.lock().unwrap().entry(key.to_owned()).or_default().push(path);
}

/// Repeats a POST under its key until the answer is final.
pub(super) async fn persist(galley: &Galley, who: &str, path: &str, key: &str, body: &Value) -> Answer {
    loop {
        let request = galley.request(who, reqwest::Method::POST, path).header("idempotency-key", key);
        if let Some(answer) = try_answer(request.json(body)).await
            && answer.status < 500
            && answer.status != 429
            && answer.body["type"] != "urn:galley:problem:still-running"
        {
            return answer;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub(super) async fn try_answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.timeout(Duration::from_secs(15)).send().await.ok()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.ok()?;
    Some(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
}

/// Waits for the draft, then has one reviewer approve and another reject it at the same time.
async fn quarrel(load: &Load, path: &str) {
    loop {
        if Instant::now() >= load.ends {
            return;
        }
        let read = try_answer(load.galley.request("viewer", reqwest::Method::GET, path)).await;
        match read.as_ref().and_then(|answer| answer.body["status"].as_str()) {
            Some("awaiting_approval") => break,
            Some("failed" | "published" | "rejected") => return,
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    let approve = approval("dev-editor", &json!({}));
    let reject = json!({"human_feedback": "Not this one, thank you.", "reviewer_id": "dev-admin"});
    let (approve_path, reject_path) = (format!("{path}/approve"), format!("{path}/reject"));
    let (approved, rejected) = future::join(
        persist(&load.galley, "editor", &approve_path, "decision", &approve),
        persist(&load.galley, "admin", &reject_path, "decision", &reject),
    )
    .await;
    let won = [approved.status, rejected.status].iter().filter(|status| **status == 200).count();
    assert_eq!(won, 1, "approved: {}, rejected: {}", approved.body, rejected.body);
}
