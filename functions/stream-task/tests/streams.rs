//! Streams on a clock that stands still: who may listen, for how long, and how many at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::Arc;

use authorize::{issuers::Issuers, token::Tokens};
use futures_util::FutureExt;
use galley_domain::{
    access::{
        key_sets::KeySets,
        keys::{KeyStore, StoredKey},
        role::Role,
    },
    kernel::{
        clock::Clock,
        error::BoxError,
        ids::{KeyId, TaskId},
    },
    task::store::TaskStore,
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, limits, principal, tenant},
    clock::TestClock,
    fakes::MemorySecrets,
};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use lambda_http::{Body, Request, RequestExt, Response, http};
use lambda_runtime::streaming;
use stream_task::App;

const KEY: &str = "galley_of-ana";
const OTHER: &str = "galley_of-ana-too";

struct NoKeySets;

impl KeySets for NoKeySets {
    async fn key_set(&self, _: &str) -> Result<String, BoxError> {
        Err("there is none".into())
    }
}

struct Bench {
    app: Arc<App<MemoryStore, TestClock, MemorySecrets, NoKeySets>>,
    store: MemoryStore,
    clock: TestClock,
    task: TaskId,
}

impl Bench {
    async fn new() -> Self {
        let (store, clock) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"));
        let accepted = a_task().accepted();
        let task = accepted.task.id.clone();
        store.accept(accepted).await.unwrap();
        for key in [KEY, OTHER] {
            store.put_key(StoredKey::new(key, principal(Role::Viewer), clock.now()), None).await.unwrap();
        }
        let secrets = MemorySecrets { cached: vec![], fresh: vec![] };
        let tokens = Tokens::new(Issuers::default(), secrets, NoKeySets);
        let authorizer = authorize::App { store: store.clone(), clock: clock.clone(), tokens };
        let (limits, most_streams) = (limits(1000), 2);
        let app = App { authorizer, store: store.clone(), clock: clock.clone(), limits, most_streams };
        Self { app: Arc::new(app), store, clock, task }
    }

    async fn open(&self, key: &str, last_event: Option<&str>) -> Response<streaming::Body> {
        let path = format!("/api/content/tasks/{}/stream", self.task);
        let mut request = http::Request::builder().uri(&path).header("authorization", format!("Bearer {key}"));
        if let Some(id) = last_event {
            request = request.header("last-event-id", id);
        }
        let request: Request = request.body(Body::Empty).unwrap();
        Arc::clone(&self.app).handle(request.with_raw_http_path(path)).await
    }

    /// What comes within so many seconds.
    async fn within(&self, seconds: i64, body: &mut streaming::Body) -> String {
        let mut told = arrived(body).await;
        for _ in 0..seconds {
            self.clock.advance(SignedDuration::from_secs(1));
            told.push_str(&arrived(body).await);
        }
        told
    }
}

async fn arrived(body: &mut streaming::Body) -> String {
    let mut told = String::new();
    for _ in 0..20 {
        tokio::task::yield_now().await;
        while let Some(Some(Ok(frame))) = body.frame().now_or_never() {
            told.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }
    told
}

#[tokio::test]
async fn a_revoked_key_ends_its_streams_within_a_minute() {
    let bench = Bench::new().await;
    let mut revoked = bench.open(KEY, None).await.into_body();
    assert!(bench.within(10, &mut revoked).await.contains("event: task"));
    assert!(bench.store.revoke_key(&tenant("acme"), &KeyId::of(KEY)).await.unwrap());
    let told = bench.within(52, &mut revoked).await;
    assert!(told.ends_with("event: end\ndata: {\"reason\":\"forbidden\"}\n\n"), "{told}");
    assert_eq!(bench.open(KEY, None).await.status(), 403);
    // Another key of the same principal goes on for its five minutes.
    let mut other = bench.open(OTHER, None).await.into_body();
    let told = bench.within(299, &mut other).await;
    assert!(told.contains(": still here") && !told.contains("event: end"), "{told}");
    assert!(bench.within(2, &mut other).await.contains(r#"{"reason":"time"}"#));
}

#[tokio::test]
async fn a_stream_that_is_refused_is_counted_as_every_other() {
    let bench = Bench::new().await;
    for (path, status) in [
        ("/api/content/tasks/nonsense/stream".to_owned(), 404),
        (format!("/api/content/tasks/task_{}/stream", "0".repeat(32)), 404),
    ] {
        let asked = async || {
            let request = http::Request::builder().uri(&path).header("authorization", format!("Bearer {KEY}"));
            let request: Request = request.body(Body::Empty).unwrap();
            Arc::clone(&bench.app).handle(request.with_raw_http_path(path.clone())).await
        };
        let left = async || {
            let refused = asked().await;
            assert_eq!(refused.status(), status, "{path}");
            let told = refused.headers()["ratelimit"].to_str().unwrap().to_owned();
            told.split(';').find_map(|part| part.strip_prefix("r=")).unwrap().parse::<u32>().unwrap()
        };
        assert_eq!(left().await, left().await + 1, "{path}");
    }
    for (name, value) in [("last-event-id", "x"), ("if-match", "\"1\"")] {
        let path = format!("/api/content/tasks/{}/stream", bench.task);
        let request = http::Request::builder().uri(&path).header("authorization", format!("Bearer {KEY}"));
        let request: Request = request.header(name, value).body(Body::Empty).unwrap();
        let refused = Arc::clone(&bench.app).handle(request.with_raw_http_path(path)).await;
        assert_eq!(refused.status(), 400, "{name}");
        assert!(refused.headers().contains_key("ratelimit"), "{name}");
    }
}

#[tokio::test]
async fn whoever_is_somebody_else_by_now_hears_no_more() {
    let bench = Bench::new().await;
    let mut body = bench.open(KEY, None).await.into_body();
    assert!(bench.within(10, &mut body).await.contains("event: task"));
    bench.store.put_key(StoredKey::new(KEY, principal(Role::Editor), bench.clock.now()), None).await.unwrap();
    assert!(bench.within(60, &mut body).await.contains(r#"{"reason":"forbidden"}"#));
}

#[tokio::test]
async fn a_principal_holds_no_more_streams_than_it_may() {
    let bench = Bench::new().await;
    let mut first = bench.open(KEY, None).await.into_body();
    let mut second = bench.open(OTHER, None).await.into_body();
    for body in [&mut first, &mut second] {
        assert!(bench.within(1, body).await.contains("event: task"));
    }
    // By whichever key: they are one principal's.
    for key in [KEY, OTHER] {
        let refused = bench.open(key, None).await;
        assert_eq!(refused.status(), 429);
        let wait: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=300).contains(&wait), "{wait}");
    }
    // Who hangs up has a place again as soon as it is noticed.
    drop(first);
    bench.within(3, &mut second).await;
    let third = bench.open(KEY, None).await;
    assert_eq!(third.status(), 200);
    // An instance that died gives nothing back; its place is free when its stream would have ended.
    drop((second, third));
    bench.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(bench.open(KEY, None).await.status(), 200);
}

#[tokio::test]
async fn an_empty_last_event_id_is_none() {
    let bench = Bench::new().await;
    for none in ["", " "] {
        let opened = bench.open(KEY, Some(none)).await;
        assert_eq!(opened.status(), 200, "{none:?}");
        assert!(arrived(&mut opened.into_body()).await.contains("event: task"));
    }
    assert_eq!(bench.open(KEY, Some("the last one")).await.status(), 400);
}

#[tokio::test]
async fn whoever_has_heard_the_end_is_told_to_come_no_more() {
    let bench = Bench::new().await;
    let (task, _) = bench.store.load(&bench.task).await.unwrap().unwrap();
    let version = task.version.to_string();
    assert_eq!(bench.open(KEY, Some(&version)).await.status(), 200, "it goes on");
    let (next, event) = task.cancelled(None, &context(bench.clock.now())).unwrap();
    let over = next.version.to_string();
    bench.store.commit(change(&task, (next, event))).await.unwrap();
    let told = arrived(&mut bench.open(KEY, Some(&version)).await.into_body()).await;
    assert!(told.starts_with(&format!("retry: 1000\nid: {over}\nevent: task\n")), "in the first event: {told}");
    assert!(told.ends_with("event: end\ndata: {\"reason\":\"over\"}\n\n"), "{told}");
    for _ in 0..5 {
        assert_eq!(bench.open(KEY, Some(&over)).await.status(), 204, "and no place is held");
    }
}

#[tokio::test]
async fn a_key_that_is_unknown_is_said_to_be() {
    let refused = Bench::new().await.open("galley_of-nobody", None).await;
    assert_eq!(refused.status(), 403);
    let told = arrived(&mut refused.into_body()).await;
    assert!(told.contains("the key or token is unknown, revoked or has expired"), "{told}");
}
