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
        sign_in::{Session, SessionStore},
        tickets::{self, Bearer, Proof},
    },
    kernel::{
        clock::Clock,
        error::BoxError,
        ids::{KeyId, SessionId, TaskId},
    },
    task::store::TaskStore,
    tenancy::{flags::FlagCache, suspension::Standing},
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, limits, principal, tenant},
    clock::TestClock,
    fakes::{MemorySecrets, Numbered},
    tenants,
};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use lambda_http::{Body, Request, RequestExt, Response, http};
use lambda_runtime::streaming;
use secrecy::ExposeSecret;
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
    entropy: Numbered,
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
        let authorizer =
            authorize::App { store: store.clone(), clock: clock.clone(), tokens, flags: FlagCache::default() };
        let (limits, most_streams) = (limits(1000), 2);
        let app = App { authorizer, store: store.clone(), clock: clock.clone(), limits, most_streams };
        Self { app: Arc::new(app), store, clock, entropy: Numbered::default(), task }
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
    for (name, value) in [("last-event-id", "x"), ("last-event-id", "00"), ("if-match", "\"1\"")] {
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
async fn whoever_asks_what_a_stream_allows_is_told_and_opens_none() {
    let bench = Bench::new().await;
    let asked = async |path: String| {
        let request: Request = http::Request::builder().method("OPTIONS").uri(&path).body(Body::Empty).unwrap();
        Arc::clone(&bench.app).handle(request.with_raw_http_path(path)).await
    };
    let told = asked(format!("/api/content/tasks/{}/stream", bench.task)).await;
    assert_eq!((told.status().as_u16(), &told.headers()["allow"]), (204, &"GET, HEAD, OPTIONS".parse().unwrap()));
    assert_eq!(asked("/api/content/tasks/a/b/stream".to_owned()).await.status(), 404);
}

#[tokio::test]
async fn a_key_that_is_unknown_is_said_to_be() {
    let refused = Bench::new().await.open("galley_of-nobody", None).await;
    assert_eq!(refused.status(), 403);
    let told = arrived(&mut refused.into_body()).await;
    assert!(told.contains("the key or token is unknown, revoked or has expired"), "{told}");
}

impl Bench {
    async fn ticket(&self, proof: Proof) -> String {
        let bearer = Bearer::of(&principal(Role::Viewer), proof);
        let made = tickets::make(&self.store, &self.entropy, &self.clock, &self.task, bearer).await.unwrap();
        made.text.expose_secret().to_owned()
    }

    async fn ticket_of_key(&self) -> String {
        self.ticket(Proof::Key(KeyId::of(KEY))).await
    }

    async fn shown(
        &self,
        task: &TaskId,
        ticket: &str,
        change: impl Fn(http::request::Builder) -> http::request::Builder,
    ) -> Response<streaming::Body> {
        let path = format!("/api/content/tasks/{task}/stream");
        let request: Request = change(http::Request::builder().uri(&path)).body(Body::Empty).unwrap();
        let query = std::collections::HashMap::from([("ticket".to_owned(), vec![ticket.to_owned()])]);
        let request = request.with_raw_http_path(path).with_query_string_parameters(query);
        Arc::clone(&self.app).handle(request).await
    }

    async fn by_ticket(&self, ticket: &str) -> Response<streaming::Body> {
        self.shown(&self.task, ticket, |request| request).await
    }
}

/// What a refusal says, without what tells requests and tasks apart.
async fn refused(response: Response<streaming::Body>) -> (u16, String, String) {
    let status = response.status().as_u16();
    let told: serde_json::Value = serde_json::from_str(&arrived(&mut response.into_body()).await).unwrap_or_default();
    (status, told["type"].to_string(), told["detail"].to_string())
}

#[tokio::test]
async fn a_ticket_that_opens_nothing_has_one_answer_whatever_is_wrong_with_it() {
    let bench = Bench::new().await;
    let unknown = refused(bench.by_ticket(&format!("galley_ticket_{}", "f".repeat(64))).await).await;
    assert_eq!((unknown.0, unknown.1.as_str()), (403, "\"urn:galley:problem:forbidden\""));
    assert_eq!(refused(bench.by_ticket("nonsense").await).await, unknown);

    let other = a_task().number(2).accepted();
    let (others, rivals) = (other.task.id.clone(), a_task().number(3).of("rival").accepted());
    let rival = rivals.task.id.clone();
    bench.store.accept(other).await.unwrap();
    bench.store.accept(rivals).await.unwrap();
    for task in [&others, &rival, &TaskId::new(format!("task_{}", "0".repeat(32))).unwrap()] {
        let ticket = bench.ticket_of_key().await;
        assert_eq!(refused(bench.shown(task, &ticket, |request| request).await).await, unknown, "another task");
        assert_eq!(refused(bench.by_ticket(&ticket).await).await, unknown, "it was shown");
    }
    let ticket = bench.ticket_of_key().await;
    let with_key = |request: http::request::Builder| request.header("authorization", format!("Bearer {OTHER}"));
    assert_eq!(refused(bench.shown(&bench.task, &ticket, with_key).await).await, unknown, "beside another's key");
    let head = bench.shown(&bench.task, &ticket, |request| request.method("HEAD")).await;
    assert_eq!(head.status(), 403, "a HEAD uses nothing up");

    // Neither has used it up.
    assert_eq!(bench.by_ticket(&ticket).await.status(), 200);
    assert_eq!(refused(bench.by_ticket(&ticket).await).await, unknown, "used twice");
    let late = bench.ticket_of_key().await;
    bench.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(refused(bench.by_ticket(&late).await).await, unknown, "late");
    let revoked = bench.ticket_of_key().await;
    assert!(bench.store.revoke_key(&tenant("acme"), &KeyId::of(KEY)).await.unwrap());
    assert_eq!(refused(bench.by_ticket(&revoked).await).await, unknown, "of a key that was revoked since");
    let now = bench.clock.now();
    let over = bench.ticket(Proof::Token { session: None, expires_at: now }).await;
    assert_eq!(refused(bench.by_ticket(&over).await).await, unknown, "of a token that has expired since");
}

#[tokio::test]
async fn of_two_streams_with_one_ticket_one_gets_it() {
    let bench = Bench::new().await;
    let ticket = bench.ticket_of_key().await;
    let both = futures_util::future::join(bench.by_ticket(&ticket), bench.by_ticket(&ticket)).await;
    let mut statuses = [both.0.status().as_u16(), both.1.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
}

#[tokio::test]
async fn a_stream_by_ticket_tells_what_every_other_tells_and_holds_a_place_of_its_owner() {
    let bench = Bench::new().await;
    let opened = bench.by_ticket(&bench.ticket_of_key().await).await;
    assert_eq!(opened.status(), 200);
    assert!(!opened.headers().contains_key("ratelimit"), "it was counted when it was made");
    let mut body = opened.into_body();
    assert!(arrived(&mut body).await.starts_with("retry: 1000\nid: "));
    let second = bench.open(OTHER, None).await;
    let third = bench.by_ticket(&bench.ticket_of_key().await).await;
    assert_eq!((second.status().as_u16(), third.status().as_u16()), (200, 429), "two are open, of one principal");
}

#[tokio::test]
async fn a_stream_by_ticket_ends_within_a_minute_of_what_its_owner_came_with() {
    let bench = Bench::new().await;
    let forbidden = "event: end\ndata: {\"reason\":\"forbidden\"}\n\n";
    let mut of_key = bench.by_ticket(&bench.ticket_of_key().await).await.into_body();
    assert!(bench.within(10, &mut of_key).await.contains("event: task"));
    assert!(bench.store.revoke_key(&tenant("acme"), &KeyId::of(KEY)).await.unwrap());
    let told = bench.within(52, &mut of_key).await;
    assert!(told.ends_with(forbidden), "{told}");

    let expires_at = bench.clock.now() + SignedDuration::from_secs(90);
    let mut of_token =
        bench.by_ticket(&bench.ticket(Proof::Token { session: None, expires_at }).await).await.into_body();
    let told = bench.within(85, &mut of_token).await;
    assert!(!told.contains("event: end"), "{told}");
    assert!(bench.within(40, &mut of_token).await.ends_with(forbidden));

    let id = SessionId::new("a".repeat(64)).unwrap();
    let expires_at = bench.clock.now() + SignedDuration::from_mins(15);
    let (tenant, subject) = (tenant("acme"), principal(Role::Viewer).subject);
    let session = Session { id: id.clone(), tenant, subject, refresh: "one".into(), ended: false, expires_at };
    bench.store.start_session(&session).await.unwrap();
    let proof = Proof::Token { session: Some(id.clone()), expires_at };
    let mut of_session = bench.by_ticket(&bench.ticket(proof).await).await.into_body();
    assert!(bench.within(10, &mut of_session).await.contains("event: task"));
    bench.store.end_session(&id).await.unwrap();
    assert!(bench.within(52, &mut of_session).await.ends_with(forbidden));
}

#[tokio::test]
async fn the_streams_of_a_suspended_tenant_end_within_two_minutes_and_no_other_begins() {
    let bench = Bench::new().await;
    let mut of_key = bench.open(KEY, None).await.into_body();
    let mut of_ticket = bench.by_ticket(&bench.ticket_of_key().await).await.into_body();
    let unused = bench.ticket_of_key().await;
    assert!(bench.within(5, &mut of_key).await.contains("event: task"));
    tenants::turn(&bench.store, "acme", Standing::Suspended).await;
    assert!(bench.within(110, &mut of_key).await.contains(r#"{"reason":"forbidden"}"#));
    assert!(bench.within(1, &mut of_ticket).await.contains(r#"{"reason":"forbidden"}"#));
    assert_eq!(bench.open(KEY, None).await.status(), 403);
    assert_eq!(bench.by_ticket(&unused).await.status(), 403);
}
