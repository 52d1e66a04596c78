//! Callbacks, as a receiver sees them: signed, once more when refused, logged, and never to an address inside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
};
use galley_local::fault_proxy::{Fault, Service};
use galley_testkit::sign;
use galley_tests::{Galley, answer, options};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const URL: &str = "https://hooks.example.com/galley?x=1";
const SECRET: &str = "/api/admin/callback-secret";

/// A receiver that answers as it is told to, and 204 after that.
#[derive(Clone, Debug, Default)]
struct Receiver {
    answers: Arc<Mutex<VecDeque<u16>>>,
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Receiver {
    /// Runs one, and a Galley whose callbacks to `hooks.example.com` come to it.
    async fn beside_galley(answers: &[u16]) -> (Self, Galley) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut options = options();
        let stand_in = format!("hooks.example.com={}", listener.local_addr().unwrap());
        options.parameters.insert("CallbackStandIns".into(), stand_in);
        let receiver = Self { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), got: Arc::default() };
        let of = receiver.clone();
        let app = Router::new().fallback(async move |headers: HeaderMap, body: Bytes| {
            of.got.lock().unwrap().push((headers, body));
            let status = of.answers.lock().unwrap().pop_front().unwrap_or(204);
            StatusCode::from_u16(status).unwrap()
        });
        tokio::spawn(async { axum::serve(listener, app).await });
        (receiver, Galley::with(options).await)
    }

    fn got(&self) -> Vec<(HeaderMap, Bytes)> {
        self.got.lock().unwrap().clone()
    }

    /// Every event's type with its id, in the order in which they came.
    fn types(&self) -> Vec<(String, String)> {
        let read = |(headers, body): (HeaderMap, Bytes)| {
            let event: Value = serde_json::from_slice(&body).unwrap();
            (event["type"].as_str().unwrap().to_owned(), headers["webhook-id"].to_str().unwrap().to_owned())
        };
        self.got().into_iter().map(read).collect()
    }
}

fn asking(url: &str) -> Value {
    json!({"topic": "How HTTP caching works", "target_length": 200, "callback_url": url, "metadata": {"order": "7"}})
}

async fn log(galley: &Galley, task: &str) -> Vec<Value> {
    galley.get("viewer", &format!("{task}/deliveries")).await.expect(200).body["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_change_of_state_is_told_once_and_signed() {
    let (receiver, galley) = Receiver::beside_galley(&[]).await;
    let task = galley.create(asking(URL)).await;
    galley.wait(&task, "awaiting_approval").await;
    let revision = galley.write(&task, "Signed and told").await.expect(200).body["revision"].clone();
    galley.approve(&task, json!({"revision": revision})).await.expect(200);
    let told = async || log(&galley, &task).await;
    galley.until(async || told().await.iter().all(|one| one["status"] == "delivered")).await;
    let mut types: Vec<String> = receiver.types().into_iter().map(|(event, _)| event).collect();
    types.sort();
    assert_eq!(types, ["task.approved", "task.awaiting_approval", "task.generating", "task.published"]);

    let secret = galley.get("admin", SECRET).await.expect(200).text("secret");
    let others = galley.get("rival", SECRET).await.expect(200).text("secret");
    assert_ne!(secret, others);
    for (headers, body) in receiver.got() {
        let header = |name: &str| headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/json");
        let ours = |secret: &str| {
            let headers = sign::headers("standard", secret, header("webhook-id"), header("webhook-timestamp"), &body);
            headers[2].1.split(' ').next_back().unwrap().to_owned()
        };
        assert_eq!(header("webhook-signature"), ours(&secret));
        assert_ne!(header("webhook-signature"), ours(&others));
        let event: Value = serde_json::from_slice(&body).unwrap();
        assert!(task.ends_with(event["data"]["task_id"].as_str().unwrap()));
        assert_eq!(event["data"]["metadata"], json!({"order": "7"}));
        assert_eq!(event["type"], format!("task.{}", event["data"]["status"].as_str().unwrap()));
    }
    let logged = told().await;
    assert_eq!(logged.len(), receiver.got().len());
    assert!(logged.iter().all(|one| one["tries"][0]["status"] == 204 && one["url"] == URL));
}

#[tokio::test]
async fn what_is_refused_is_sent_again_and_on_request_once_more() {
    let (receiver, galley) = Receiver::beside_galley(&[500]).await;
    let body = json!({"topic": "Waiting for its text", "generator": "external", "callback_url": URL});
    let task = galley.create(body).await;
    galley.post("author", &format!("{task}/cancel"), json!({})).await.expect(200);
    galley.until(async || log(&galley, &task).await.iter().any(|one| one["status"] == "delivered")).await;
    let types = receiver.types();
    assert_eq!(types.len(), 2);
    assert_eq!(types[0], types[1], "the receiver can tell that it is the same");
    let delivery = log(&galley, &task).await[0].clone();
    let statuses: Vec<&Value> = delivery["tries"].as_array().unwrap().iter().map(|tried| &tried["status"]).collect();
    assert_eq!(statuses, [500, 204]);

    let again = format!("{task}/deliveries/{}/redeliver", delivery["delivery_id"].as_str().unwrap());
    galley.post("viewer", &again, json!({})).await.expect(403);
    galley.post("rival", &again, json!({})).await.expect(404);
    galley.post("author", &format!("{task}/deliveries/not-an-id/redeliver"), json!({})).await.expect(404);
    assert_eq!(galley.post("author", &again, json!({})).await.expect(202).body["status"], "pending");
    galley.until(async || receiver.types().len() == 3).await;
    assert_eq!(receiver.types()[2], types[0]);
}

#[tokio::test]
async fn a_lost_message_is_found_by_the_sweeper() {
    let (receiver, galley) = Receiver::beside_galley(&[]).await;
    galley.stack.fault_proxy().decide(|call| {
        let lost = call.service == Service::Sqs && call.function == "ApproveTaskFunction";
        if lost { Fault::Vanishes } else { Fault::Passes }
    });
    let body = json!({"topic": "Waiting for its text", "generator": "external", "callback_url": URL});
    let task = galley.create(body).await;
    galley.post("author", &format!("{task}/cancel"), json!({})).await.expect(200);
    assert_eq!(log(&galley, &task).await[0]["status"], "pending");
    let delivery = log(&galley, &task).await[0]["delivery_id"].as_str().unwrap().to_owned();
    galley.let_a_delivery_wait(&task, &delivery).await;
    galley.until(async || galley.sweep().await["sent"] == 1).await;
    galley.until(async || !receiver.types().is_empty()).await;
    assert_eq!(receiver.types()[0].0, "task.cancelled");
}

#[tokio::test]
async fn no_address_inside_is_ever_called() {
    let (receiver, galley) = Receiver::beside_galley(&[]).await;
    for inside in [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://user:pass@hooks.example.com/",
        "https://metadata.google.internal/",
        "ftp://hooks.example.com/",
    ] {
        let refused = galley.post("author", "/api/content/tasks", asking(inside)).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], "callback_url", "{inside}");
    }
    // A name that the rules cannot see through is looked at when it is resolved.
    let task = galley.create(asking("https://nobody.galley-test.example/")).await;
    galley.wait(&task, "awaiting_approval").await;
    galley.until(async || log(&galley, &task).await.iter().all(|one| !one["tries"][0].is_null())).await;
    assert!(log(&galley, &task).await.iter().all(|one| one["tries"][0]["error"] == "the host has no address"));
    assert!(receiver.got().is_empty());
    let none = answer(galley.request("viewer", Method::GET, SECRET)).await;
    none.expect(403);
}
