//! What webhooks come in, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    tenancy::flags::{self, Flag, FlagCache, FlagName},
    webhooks::{
        receiver::Receiver,
        refusals::{Reason, RefusalStore, Refusals, Sender},
    },
};
use galley_edge::http::counting::Senders;
use galley_testkit::{
    MemoryStore,
    build::{subject, tenant},
    clock::TestClock,
    fakes::{MemoryQueue, MemorySecrets},
    sign,
};
use galley_testkit_http::{Answered, Asking, NOW, asking};
use ingest_webhook::App;
use serde_json::{Value, json};

const SECRET: &str = "a secret of more than sixteen";

struct Bench {
    store: MemoryStore,
    queue: MemoryQueue,
    app: App<MemoryStore, MemoryQueue, MemorySecrets, TestClock>,
}

fn bench(secrets: Vec<&'static str>) -> Bench {
    let (store, queue) = (MemoryStore::default(), MemoryQueue::default());
    let receiver = Receiver {
        store: store.clone(),
        queue: queue.clone(),
        secrets: MemorySecrets { cached: secrets.clone(), fresh: secrets },
        clock: TestClock::at(NOW),
        default_tenant: tenant("acme"),
        secret_prefix: "webhooks/".to_owned(),
        per_minute: 2,
        refusals: Refusals::default(),
    };
    Bench { store, queue, app: App { receiver } }
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        let senders = Senders { store: self.store.clone(), clock: TestClock::at(NOW), flags: FlagCache::default() };
        request.answered(&senders, |call| self.app.handle(call)).await
    }
}

fn to(source: &str) -> Asking {
    asking("POST /api/webhooks/{source}").named("source", source)
}

/// Signed now, or as many seconds later.
fn signed(body: &str, later: i64) -> Asking {
    let at = NOW.parse::<jiff::Timestamp>().unwrap().as_second() + later;
    let headers = sign::headers("galley", SECRET, "", &at.to_string(), body.as_bytes());
    headers.into_iter().fold(to("content-generated").text(body), |request, (name, value)| request.header(name, value))
}

fn failed(id: &str) -> Value {
    json!({"event_id": id, "event_type": "content.failed", "task_id": "task_01a1fb7dd887761bbbe1433c3c33467f",
        "error": {"message": "out of ideas"}})
}

#[tokio::test]
async fn whoever_has_no_secret_learns_nothing() {
    let bench = bench(vec![SECRET]);
    let body = failed("e1").to_string();
    let unsigned = bench.asked(to("content-generated").text(&body)).await;
    let unknown = bench.asked(to("nobody").text(&body)).await;
    let old = bench.asked(signed(&body, -301)).await;
    let changed = bench.asked(signed(&body, 0).text(format!("{body} "))).await;
    assert_eq!([unsigned.status, unknown.status, old.status], [401; 3]);
    assert_ne!(changed.status, 202);
    assert_eq!(unsigned.body["detail"], unknown.body["detail"]);
    assert!(bench.queue.take().is_empty());
}

/// What the admin of `acme` is told of its source.
async fn refused(bench: &Bench) -> Vec<(Reason, u64)> {
    let sender = Sender { tenant: tenant("acme"), source: "content-generated".parse().unwrap() };
    let told = bench.store.refused(&sender, NOW.parse().unwrap()).await.unwrap();
    told.into_iter().map(|line| (line.reason, line.count)).collect()
}

#[tokio::test]
async fn what_is_refused_of_a_source_is_counted_by_its_reason() {
    let bench = bench(vec![SECRET]);
    let body = failed("e1").to_string();
    bench.asked(to("nobody").text(&body)).await;
    bench.asked(signed(&body, 0)).await;
    assert_eq!(refused(&bench).await, [], "neither of nobody nor of what is taken");
    for _ in 0..3 {
        bench.asked(to("content-generated").text(&body)).await;
    }
    bench.asked(signed(&body, -301)).await;
    let forged = to("content-generated").text(&body).header("x-webhook-signature", "0".repeat(64));
    let now = NOW.parse::<jiff::Timestamp>().unwrap().as_second().to_string();
    assert_eq!(bench.asked(forged.header("x-webhook-timestamp", &now)).await.status, 401);
    bench.asked(signed("{}", 0)).await;
    for id in ["e2", "e3"] {
        bench.asked(signed(&failed(id).to_string(), 0)).await;
    }
    assert_eq!(
        refused(&bench).await,
        [
            (Reason::Unsigned, 1),
            (Reason::StaleTimestamp, 1),
            (Reason::SignatureMismatch, 1),
            (Reason::Invalid, 1),
            (Reason::RateLimited, 1)
        ],
        "one write a minute, however many came"
    );
}

#[tokio::test]
async fn nothing_is_counted_of_a_suspended_tenant() {
    let bench = bench(vec![]);
    let off = Flag { tenants_off: [tenant("acme")].into(), ..Flag::default() };
    let body = failed("e1").to_string();
    let turned = (FlagName::tenants(), Some(off));
    flags::turn(&bench.store, &TestClock::at(NOW), turned, (subject("ops"), None)).await.unwrap();
    assert_eq!(bench.asked(to("content-generated").text(&body)).await.status, 401);
    assert_eq!(refused(&bench).await, []);
}

#[tokio::test]
async fn a_source_without_a_secret_of_the_stack_is_our_mistake() {
    let body = failed("e1").to_string();
    let bench = bench(vec![]);
    assert_eq!(bench.asked(signed(&body, 0)).await.problem(), "internal");
    assert_eq!(refused(&bench).await, [], "its sender did nothing wrong");
}

#[tokio::test]
async fn what_is_signed_and_cannot_be_read_is_named() {
    let bench = bench(vec![SECRET]);
    assert_eq!(bench.asked(signed("[]", 0)).await.problem(), "malformed-json");
    assert_eq!(bench.asked(signed(r#"{"event_type":"content.failed"}"#, 0)).await.fields(), ["event_id"]);
    let no_task = json!({"event_id": "e1", "event_type": "content.failed"}).to_string();
    assert_eq!(bench.asked(signed(&no_task, 0)).await.fields(), ["task_id"]);
    let long = json!({"event_id": "e1", "event_type": "content.failed", "error": {"message": "x".repeat(255 * 1024)}});
    assert_eq!(bench.asked(signed(&long.to_string(), 0)).await.status, 400);
    assert!(bench.queue.take().is_empty());
}

/// A sender tries again what was refused with 503; what was taken and then lost with the table it never sends again.
#[tokio::test]
async fn a_webhook_is_not_taken_while_writes_are_held() {
    let bench = bench(vec![SECRET]);
    let hold = async |flag: Option<Flag>| {
        let by = subject("olga");
        flags::turn(&bench.store, &TestClock::at(NOW), (FlagName::writes(), flag), (by, None)).await.unwrap();
    };
    hold(Some(Flag { enabled: false, ..Flag::default() })).await;
    let refused = bench.asked(signed(&failed("e1").to_string(), 0)).await;
    assert_eq!((refused.problem(), &refused.headers["retry-after"]), ("writes-held", &"60".parse().unwrap()));
    assert!(bench.queue.take().is_empty());
    hold(None).await;
    let taken = bench.asked(signed(&failed("e1").to_string(), 0)).await;
    assert_eq!((taken.status, &taken.body["duplicate"]), (202, &json!(false)), "it left no receipt behind");
}

#[tokio::test]
async fn a_webhook_is_taken_once_and_too_many_are_refused() {
    let bench = bench(vec![SECRET]);
    let first = bench.asked(signed(&failed("e1").to_string(), 0)).await;
    assert_eq!((first.status, &first.body), (202, &json!({"event_id": "e1", "duplicate": false})));
    let again = bench.asked(signed(&failed("e1").to_string(), 1)).await;
    assert_eq!((again.status, &again.body["duplicate"]), (200, &json!(true)));
    assert_eq!(bench.asked(signed(&failed("e2").to_string(), 0)).await.problem(), "rate-limited");
    assert_eq!(bench.queue.take().len(), 1);
}
