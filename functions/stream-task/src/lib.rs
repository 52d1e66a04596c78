//! `GET /api/content/tasks/{task_id}/stream`: a task as it changes, as server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>). API Gateway's HTTP APIs cannot stream, so this
//! function has its own URL, and calls the authorizer's library to identify the caller.

mod app;
mod follow;

use std::sync::Arc;

use authorize::AuthorizerRequest;
use galley_domain::{
    access::{
        key_sets::KeySets,
        keys::KeyStore,
        limits::{LimitStore, RateState, Window},
        role::Principal,
        route::Route,
        sign_in::SessionStore,
        streams::{self, Holder, Opened, StreamSlot, StreamStore},
        tickets::{self, TicketStore},
    },
    kernel::{clock::Clock, ids::TaskId},
    metrics::{self, Metric},
    secrets::store::Secrets,
    task::{record::Task, store::TaskStore},
    tenancy::{
        flags::FlagStore,
        settings::{Limits, TenantStore},
    },
};
use galley_edge::{
    http::{
        call::{permitted, query_is_known, readable},
        counting,
        error::{ApiError, Problem},
        reply::{Reply, headers_alone},
        respond,
        written::as_written,
    },
    telemetry, trace,
};
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Body, Request, RequestExt, Response, http::Method};
use lambda_runtime::streaming;
use tracing::Instrument;

pub use app::App;
use app::known;
use follow::{Follow, LASTS, Listener, Who, is_over};

/// A slot is held a little longer than a stream lasts, so that no other stream gets it before this one has ended.
const BESIDES: SignedDuration = SignedDuration::from_secs(20);

const ALLOWED: &str = "GET, HEAD, OPTIONS";

/// What is told of a ticket that opens nothing.
const NO_USE: &str = "the ticket is unknown, was used, is for another task, or its thirty seconds are over; each stream needs a new one, without Authorization";

/// What is streamed.
enum Listening {
    From(Listener),
    /// The headers are enough.
    Head,
    /// The client has the last version of a task that changes no more by itself.
    HasAll,
}

/// An admitted request.
struct Admitted {
    task: Task,
    listener: Listening,
    /// The version that the client has.
    known: Option<u64>,
    rate: Option<RateState>,
}

impl<S, C, X, K> App<S, C, X, K>
where
    S: TaskStore + LimitStore + KeyStore + TenantStore + SessionStore + StreamStore + TicketStore + FlagStore + 'static,
    C: Clock + 'static,
    X: Secrets + 'static,
    K: KeySets + 'static,
{
    pub async fn handle(self: Arc<Self>, request: Request) -> Response<streaming::Body> {
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let trace = trace::of(header, &request_id);
        let span = telemetry::invocation(&request_id, &trace.id);
        let path = request.raw_http_path().to_owned();
        if request.method() == Method::OPTIONS && task_in(&path).is_some() {
            return respond(Ok(Reply::empty(204).header("allow", ALLOWED)), &request_id, &path).map(whole);
        }
        // Boxed: the future is large.
        let admitted = Box::pin(self.admit(&request)).instrument(span.clone()).await;
        let class = admitted.as_ref().map_or_else(ApiError::status_class, |_| "2xx");
        metrics::count(Metric::ApiRequests, &[telemetry::function(), class]);
        match admitted {
            Err(error) => {
                let mut refused = span.in_scope(|| respond(Err(error), &request_id, &path));
                if request.method() == Method::HEAD {
                    refused = headers_alone(refused);
                }
                drop(span);
                telemetry::finished().await;
                refused.map(whole)
            }
            // 204 tells an EventSource to stop reconnecting: it has heard the last of this task.
            Ok(Admitted { listener: Listening::HasAll, rate, .. }) => {
                drop(span);
                telemetry::finished().await;
                respond(Ok(Reply::empty(204).rated(rate)), &request_id, &path).map(|_| streaming::Body::empty())
            }
            Ok(Admitted { task, listener, known, rate }) => {
                let reply = Reply::text("text/event-stream; charset=utf-8", String::new());
                let reply = reply.header("x-accel-buffering", "no").rated(rate);
                let Listening::From(listener) = listener else {
                    drop(span);
                    telemetry::finished().await;
                    return respond(Ok(reply), &request_id, &path).map(|_| streaming::Body::empty());
                };
                let (sender, body) = streaming::channel();
                let follow = Follow { app: self, listener, known, greeted: false };
                tokio::spawn(async move {
                    follow.run(task, sender).instrument(span).await;
                    telemetry::finished().await;
                });
                respond(Ok(reply), &request_id, &path).map(|_| body)
            }
        }
    }

    async fn admit(&self, request: &Request) -> Result<Admitted, ApiError> {
        let id = task_of(request)?;
        match ticket_of(request) {
            Some(ticket) => Box::pin(self.admit_by_ticket(request, id, &ticket)).await,
            None => self.admit_by_credential(request, id).await,
        }
    }

    /// A ticket was counted when it was made. Whatever is wrong with it has one answer.
    async fn admit_by_ticket(&self, request: &Request, id: &str, ticket: &str) -> Result<Admitted, ApiError> {
        let refused = || ApiError::new(Problem::Forbidden).detail(NO_USE);
        readable(Route::StreamTask, request.headers())?;
        query_is_known(Route::StreamTask, request)?;
        let known = last_event(request)?;
        let id = TaskId::new(id).map_err(|_| refused())?;
        // A HEAD may change nothing, and whoever can send a credential needs no ticket.
        if request.method() == Method::HEAD || request.headers().contains_key("authorization") {
            return Err(refused());
        }
        let now = self.clock.now();
        let bearer = tickets::admit(&self.store, ticket, &id, now).await?.ok_or_else(refused)?;
        if !self.authorizer.serves(&bearer.tenant).await {
            return Err(refused());
        }
        let who = Who::ByTicket(bearer);
        tracing::Span::current().record("tenant", who.tenant().as_str()).record("task_id", id.as_str());
        let task = self.store.task(&id).await?.filter(|task| task.tenant == *who.tenant()).ok_or_else(refused)?;
        let listener = self.listener(request, who, (&task, known), now).await?;
        Ok(Admitted { task, listener, known, rate: None })
    }

    async fn admit_by_credential(&self, request: &Request, id: &str) -> Result<Admitted, ApiError> {
        let (credential, principal, limits) = self.caller(request).await?;
        tracing::Span::current().record("tenant", principal.tenant.as_str());
        let now = self.clock.now();
        let class = Route::StreamTask.class();
        let per_minute = limits.per_minute(class).unwrap_or(limits.read_per_minute);
        let window = Window::of(class, &principal.tenant, &principal.subject, per_minute, now);
        // Counted concurrently, so that a refused request is counted too.
        let asked = async {
            permitted(&principal, Route::StreamTask)?;
            readable(Route::StreamTask, request.headers())?;
            query_is_known(Route::StreamTask, request)?;
            let known = last_event(request)?;
            let id = TaskId::new(id).map_err(|_| ApiError::new(Problem::NotFound))?;
            tracing::Span::current().record("task_id", id.as_str());
            let task = self.store.task(&id).await?;
            let task = task.filter(|task| task.tenant == principal.tenant);
            Ok((task.ok_or_else(|| ApiError::new(Problem::NotFound))?, known))
        };
        let ((task, known), rate) = counting::beside(&window, self.store.count(&window), now, asked).await?;
        let who = Who::ByCredential { principal, credential };
        let listener = self.listener(request, who, (&task, known), now).await.map_err(|error| error.rated(rate))?;
        Ok(Admitted { task, listener, known, rate })
    }

    /// A HEAD request streams nothing and holds no slot, and neither does a client that has heard it all.
    async fn listener(
        &self,
        request: &Request,
        who: Who,
        (task, known): (&Task, Option<u64>),
        now: Timestamp,
    ) -> Result<Listening, ApiError> {
        if known == Some(task.version) && is_over(task.state) {
            return Ok(Listening::HasAll);
        }
        if request.method() == Method::HEAD {
            return Ok(Listening::Head);
        }
        let place = self.place(&who.holder(), now).await?;
        Ok(Listening::From(Listener { who, place }))
    }

    /// A stream slot for the caller. Refused if it cannot be counted, because a stream occupies an instance
    /// for as long as it lasts.
    async fn place(&self, holder: &Holder, now: Timestamp) -> Result<StreamSlot, ApiError> {
        let until = streams::until(now, LASTS + BESIDES, self.clock.random());
        let opened = self.store.open_stream(holder, self.most_streams, now, until).await;
        match opened? {
            Opened::Taken(place) => Ok(place),
            Opened::Full { free_at } => {
                let most = self.most_streams;
                let detail = format!("{most} streams are open already, and no more may be at once");
                let wait = free_at.duration_since(now).as_secs().clamp(1, LASTS.as_secs());
                Err(ApiError::new(Problem::RateLimited).detail(detail).retry_after(u64::try_from(wait).unwrap_or(1)))
            }
        }
    }

    async fn caller(&self, request: &Request) -> Result<(AuthorizerRequest, Principal, Limits), ApiError> {
        let text = |value: &lambda_http::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let credentials: Vec<String> = request.headers().get_all("authorization").iter().map(text).collect();
        if credentials.is_empty() {
            return Err(ApiError::new(Problem::Unauthenticated));
        }
        let asked = AuthorizerRequest { identity_source: credentials, ..AuthorizerRequest::default() };
        let answer = Box::pin(self.authorizer.handle(asked.clone())).await;
        let known = known(answer.map_err(|error| ApiError::unavailable(&*error))?, self.limits);
        let unknown =
            || ApiError::new(Problem::Forbidden).detail("the key or token is unknown, revoked or has expired");
        let (principal, limits) = known.ok_or_else(unknown)?;
        Ok((asked, principal, limits))
    }
}

/// The version that the client has. An empty header counts as absent: browsers send it before the first event with an id.
fn last_event(request: &Request) -> Result<Option<u64>, ApiError> {
    let Some(id) = request.headers().get("last-event-id") else { return Ok(None) };
    let wrong = || ApiError::invalid("Last-Event-ID", "must be the id of an event of this stream");
    match id.to_str().map(str::trim) {
        Ok("") => Ok(None),
        Ok(id) => as_written(id).map(Some).ok_or_else(wrong),
        Err(_) => Err(wrong()),
    }
}

/// The ticket in the query, not yet checked. One that comes twice is refused with the other parameters.
fn ticket_of(request: &Request) -> Option<String> {
    request.query_string_parameters_ref().and_then(|given| given.first("ticket")).map(str::to_owned)
}

/// The task id in the path, not yet checked.
fn task_of(request: &Request) -> Result<&str, ApiError> {
    let id = task_in(request.raw_http_path()).ok_or_else(|| ApiError::new(Problem::NoSuchRoute))?;
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(ApiError::new(Problem::MethodNotAllowed).header("allow", ALLOWED));
    }
    Ok(id)
}

fn task_in(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/api/content/tasks/").and_then(|rest| rest.strip_suffix("/stream"));
    id.filter(|id| !id.contains('/'))
}

/// A complete body as a stream.
fn whole(body: Body) -> streaming::Body {
    match body {
        Body::Text(text) => streaming::Body::from(text),
        Body::Binary(bytes) => streaming::Body::from(bytes),
        _ => streaming::Body::empty(),
    }
}
