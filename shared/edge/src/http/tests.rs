//! The router: what it refuses is counted, and once.

use std::{collections::HashMap, sync::Mutex};

use galley_domain::{
    access::{
        limits::{Counted, RateClass, Window},
        role::Access,
        route::Route,
    },
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
    },
    tenancy::flags::{Flag, FlagCache, FlagChange, FlagName, FlagStore},
};
use galley_testkit::{MemoryStore, build::limits, clock::TestClock};
use lambda_http::{
    aws_lambda_events::apigw::{ApiGatewayRequestAuthorizer, ApiGatewayV2httpRequestContext},
    http,
};

use super::{
    counting::{Counter, NoPrincipals},
    error::Problem,
    *,
};

/// Remembers what was counted.
struct Counts {
    counter: Counter<MemoryStore, TestClock>,
    counted: Mutex<Vec<Window>>,
    away: bool,
}

impl Counting for Counts {
    fn window(&self, asked: &Asked) -> Result<Option<Window>, ApiError> {
        self.counter.window(asked)
    }

    async fn count(&self, window: &Window) -> Result<Counted, StoreError> {
        if self.away {
            return Err(StoreError::Unavailable("silent".into()));
        }
        self.counted.lock().unwrap().push(window.clone());
        self.counter.count(window).await
    }

    async fn holds_writes(&self, tenant: Option<&TenantId>) -> bool {
        self.counter.holds_writes(tenant).await
    }

    fn now(&self) -> jiff::Timestamp {
        self.counter.now()
    }
}

fn counts(per_minute: u32) -> Counts {
    let clock = TestClock::at("2026-11-20T12:00:00Z");
    let (store, flags) = (MemoryStore::default(), FlagCache::default());
    let counter = Counter { store, clock, limits: limits(per_minute), flags };
    Counts { counter, counted: Mutex::default(), away: false }
}

/// As API Gateway sends it.
fn request(route: &str, role: &str, query: &str) -> Request {
    let (method, path) = route.split_once(' ').unwrap();
    let system = Route::from_key(route).is_some_and(|route| matches!(route.access(), Access::System | Access::Scrape));
    let fields = [("tenant", if system { "system" } else { "acme" }), ("subject", "ana"), ("role", role)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.into()));
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.route_key = Some(route.to_owned());
    let mut authorizer = ApiGatewayRequestAuthorizer::default();
    authorizer.fields = HashMap::from(fields);
    context.authorizer = Some(authorizer);
    let query: HashMap<String, Vec<String>> =
        query.split_once('=').map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into_iter().collect();
    http::Request::builder()
        .method(method)
        .uri(path)
        .body(Body::Empty)
        .unwrap()
        .with_raw_http_path(path)
        .with_query_string_parameters(query)
        .with_request_context(RequestContext::ApiGatewayV2(context))
}

async fn asked(counts: &impl Counting, request: Request, answer: Result<Reply, Problem>) -> Response<Body> {
    let trace = TraceId::new("0".repeat(32)).unwrap();
    answered(request, "r", trace, counts, async |_| answer.map_err(ApiError::new)).await
}

#[tokio::test]
async fn a_refused_request_is_counted_once_whatever_it_was_refused_for() {
    for (route, role, query, handled, status) in [
        ("POST /api/content/tasks", "viewer", "", Problem::Internal, 403),
        ("POST /api/content/tasks", "author", "dry_run=1", Problem::Internal, 400),
        ("GET /api/content/tasks", "viewer", "status=", Problem::Internal, 400),
        // By its body, or by what its path names, before the handler came to count it.
        ("POST /api/content/tasks", "author", "", Problem::MalformedJson, 400),
        ("POST /api/content/tasks/{task_id}/cancel", "author", "", Problem::NotFound, 404),
    ] {
        let counts = counts(1);
        let first = asked(&counts, request(route, role, query), Err(handled)).await;
        assert_eq!(first.status(), status, "{route} {query}");
        assert_eq!(first.headers()["ratelimit"], "\"minute\";r=0;t=60", "{route} {query}");
        let second = asked(&counts, request(route, role, query), Err(handled)).await;
        assert_eq!((second.status().as_u16(), &second.headers()["retry-after"]), (429, &"60".parse().unwrap()));
        assert_eq!(counts.counted.lock().unwrap().len(), 2, "once each");
    }
}

#[tokio::test]
async fn what_its_handler_counts_is_not_counted_again() {
    let counts = counts(5);
    let handle = async |call: Call| {
        assert_eq!(call.take_window().map(|window| window.class), Some(RateClass::Read));
        assert_eq!(call.take_window(), None, "by one alone");
        Ok(Reply::empty(204))
    };
    let trace = TraceId::new("0".repeat(32)).unwrap();
    let reply = answered(request("GET /api/content/tasks", "viewer", ""), "r", trace, &counts, handle).await;
    assert_eq!((reply.status().as_u16(), counts.counted.lock().unwrap().len()), (204, 0));
}

#[tokio::test]
async fn what_its_handler_forgot_to_count_is_counted() {
    let counts = counts(1);
    let get = || request("GET /api/content/tasks", "viewer", "");
    assert_eq!(asked(&counts, get(), Ok(Reply::empty(204))).await.status(), 204);
    assert_eq!(asked(&counts, get(), Ok(Reply::empty(204))).await.status(), 429);
}

#[tokio::test]
async fn a_refusal_that_cannot_be_counted_stays_what_it_was() {
    let counts = Counts { away: true, ..counts(1) };
    let refused = asked(&counts, request("POST /api/content/tasks", "viewer", ""), Err(Problem::Internal)).await;
    assert_eq!(refused.status(), 403);
}

#[tokio::test]
async fn a_function_that_counts_nobody_is_asked_by_no_principal() {
    let answer = Ok(Reply::empty(204));
    let refused = asked(&NoPrincipals, request("GET /api/content/tasks", "viewer", ""), answer).await;
    assert_eq!(refused.status(), 500);
    let answer = Ok(Reply::empty(204));
    assert_eq!(asked(&NoPrincipals, request("GET /health/live", "viewer", ""), answer).await.status(), 204);
}

#[tokio::test]
async fn a_key_under_which_a_repeat_would_be_done_again_is_refused() {
    for (route, status) in [
        ("POST /api/admin/keys", 204),
        ("POST /api/admin/webhook-sources", 204),
        ("POST /api/privacy/export", 204),
        ("POST /api/content/tasks/estimate", 400),
        ("PUT /api/content/tasks/{task_id}/draft", 400),
        ("DELETE /api/admin/keys/{key_id}", 400),
        ("POST /api/content/tasks", 204),
        ("POST /api/content/tasks/bulk/update", 204),
        ("POST /api/content/tasks/{task_id}/retry", 204),
        ("GET /api/content/tasks", 204),
    ] {
        let mut who = request(route, "admin", "");
        who.headers_mut().insert("idempotency-key", "once".parse().unwrap());
        let answer = asked(&counts(9), who, Ok(Reply::empty(204))).await;
        assert_eq!(answer.status(), status, "{route}");
        let Body::Text(body) = answer.body() else { continue };
        assert!(body.contains("\"field\":\"idempotency-key\""), "{route}: {body}");
    }
}

#[tokio::test]
async fn a_condition_that_nobody_looks_at_is_refused() {
    for (route, header) in [
        ("POST /api/content/tasks", "if-match"),
        ("POST /api/content/tasks/bulk/update", "if-match"),
        ("PATCH /api/admin/settings", "if-match"),
        ("PUT /api/admin/tenants/{tenant}/limits", "if-match"),
        ("GET /api/content/tasks", "if-match"),
        ("PUT /api/admin/people/{subject}", "if-none-match"),
        ("PUT /api/content/tasks/{task_id}/draft", "if-none-match"),
    ] {
        let mut who = request(route, "admin", "");
        who.headers_mut().insert(header, "\"4\"".parse().unwrap());
        let refused = asked(&counts(9), who, Ok(Reply::empty(204))).await;
        let Body::Text(body) = refused.body() else { panic!("no text") };
        assert_eq!(refused.status(), 400, "{route}: {body}");
        assert!(body.contains(&format!("\"field\":\"{header}\"")), "{route}: {body}");
    }
    let mut honoured = request("PUT /api/content/tasks/{task_id}/draft", "author", "");
    honoured.headers_mut().insert("if-match", "\"4\"".parse().unwrap());
    assert_eq!(asked(&counts(9), honoured, Ok(Reply::empty(204))).await.status(), 204);
    let mut empty = request("PUT /api/content/tasks/{task_id}/draft", "author", "");
    empty.headers_mut().insert("if-match", "".parse().unwrap());
    assert_eq!(asked(&counts(9), empty, Ok(Reply::empty(204))).await.status(), 400);
}

fn holding(counts: Counts, flag: Flag) -> Counts {
    let id = uuid::Uuid::from_u128(1);
    let by = Subject::new("olga").unwrap();
    let at = counts.counter.now();
    let change = FlagChange {
        id,
        flag: FlagName::writes(),
        before: None,
        after: Some(flag),
        by,
        at,
        reverts: None,
        reason: None,
    };
    let written = futures_util::FutureExt::now_or_never(counts.counter.store.change_flag(&change));
    assert!(written.unwrap().unwrap());
    counts
}

#[tokio::test]
async fn while_writes_are_held_nothing_is_changed_and_all_is_read() {
    let held = Flag { enabled: false, ..Flag::default() };
    for (route, role, status) in [
        ("POST /api/content/tasks", "author", 503),
        ("POST /api/content/tasks/{task_id}/approve", "editor", 503),
        ("PATCH /api/admin/settings", "admin", 503),
        ("POST /api/privacy/erase", "admin", 503),
        ("POST /api/webhooks/{source}", "viewer", 503),
        ("POST /api/content/tasks", "viewer", 403),
        ("GET /api/content/tasks", "viewer", 204),
        ("POST /api/content/tasks/estimate", "author", 204),
        ("DELETE /api/admin/keys/{key_id}", "admin", 204),
        ("POST /api/auth/refresh", "viewer", 204),
        ("PUT /api/admin/flags/{flag}", "admin", 204),
    ] {
        let counts = holding(counts(9), held.clone());
        let answer = asked(&counts, request(route, role, ""), Ok(Reply::empty(204))).await;
        assert_eq!(answer.status(), status, "{route} of a {role}");
        if status == 503 {
            let Body::Text(body) = answer.body() else { panic!("no text") };
            assert!(body.contains("urn:galley:problem:writes-held"), "{route}: {body}");
            assert_eq!(answer.headers()["retry-after"], "60", "{route}");
            let problem = answer.extensions().get::<Problem>();
            assert!(problem.is_some_and(|problem| !problem.is_fault()), "it is no error of ours: {route}");
        }
    }
}

#[tokio::test]
async fn a_hold_of_one_tenant_is_no_hold_of_another() {
    let of = |name: &str| [galley_testkit::build::tenant(name)].into();
    for (flag, status) in [
        (Flag { tenants_off: of("acme"), ..Flag::default() }, 503),
        (Flag { tenants_off: of("other"), ..Flag::default() }, 204),
    ] {
        let counts = holding(counts(9), flag);
        let answer = asked(&counts, request("POST /api/content/tasks", "author", ""), Ok(Reply::empty(204))).await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn a_path_of_one_route_is_no_name_in_anothers() {
    let mut shadowed =
        request("GET /api/content/tasks/{task_id}", "viewer", "").with_raw_http_path("/api/content/tasks/estimate");
    let refused = asked(&counts(9), shadowed, Ok(Reply::empty(204))).await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["allow"]), (405, &"POST, OPTIONS".parse().unwrap()));
    shadowed =
        request("GET /api/content/tasks/{task_id}", "viewer", "").with_raw_http_path("/api/content/tasks/task_1");
    assert_eq!(asked(&counts(9), shadowed, Ok(Reply::empty(204))).await.status(), 204);
}

#[tokio::test]
async fn whoever_asks_what_a_path_allows_is_told_and_nothing_is_done() {
    let unrouted = |path: &str| {
        let mut asked = request("OPTIONS $default", "viewer", "").with_raw_http_path(path);
        *asked.method_mut() = Method::OPTIONS;
        asked
    };
    for (path, allowed) in [
        ("/api/content/tasks", "POST, GET, HEAD, OPTIONS"),
        ("/api/content/tasks/estimate", "POST, OPTIONS"),
        ("/api/content/tasks/task_1", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ] {
        let told = asked(&counts(9), unrouted(path), Ok(Reply::json(200, &"done"))).await;
        assert_eq!((told.status().as_u16(), &told.headers()["allow"]), (204, &allowed.parse().unwrap()), "{path}");
    }
    let nowhere = asked(&counts(9), unrouted("/api/nowhere"), Ok(Reply::json(200, &"done"))).await;
    assert_eq!((nowhere.status().as_u16(), nowhere.headers().get("allow")), (404, None));
}
