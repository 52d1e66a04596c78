//! HTTP in and out: a request becomes a `Call` whose role is already checked, a reply gets the headers that every
//! answer of Galley carries.

pub mod body;
pub mod call;
pub mod counting;
mod encoding;
pub mod error;
mod etag;
pub mod json;
pub mod params;
pub mod reply;
mod slot;
pub mod visit;
pub mod written;

use std::{
    future::Future,
    time::{Duration, Instant},
};

use futures_util::future;
use galley_domain::{
    access::route::Route,
    kernel::ids::TraceId,
    metrics::{self, Metric, stats::StatStore},
};
use lambda_http::{Body, Error, Request, RequestExt, Response, http::Method, request::RequestContext, run, service_fn};
use tracing::{Instrument, Span};

use crate::{telemetry, trace};

use call::{Asked, Call};
use counting::Counting;
use encoding::Asks;
use error::{ApiError, Problem};
use reply::Reply;
use slot::Slot;

pub use call::API_VERSION;

/// When whoever is refused because writes are held may ask again. An instance looks at the flag twice in this time.
const HELD_S: u64 = 60;

/// Answers requests until Lambda ends the instance.
///
/// # Errors
/// When the Runtime API cannot be spoken to.
pub async fn serve<F, R>(stats: impl StatStore, counting: impl Counting, handle: F) -> Result<(), Error>
where
    F: Fn(Call) -> R + Sync,
    R: Future<Output = Result<Reply, ApiError>> + Send,
{
    let (stats, counting, handle) = (&stats, &counting, &handle);
    // Boxed at once: the runtime moves what it is given about, and this is large.
    run(service_fn(|request: Request| {
        Box::pin(async move { Ok::<_, Error>(answer(request, stats, counting, handle).await) })
    }))
    .await
}

/// Answers one request: finds its route, checks the caller's role, and only then calls `handle`. The duration
/// is reported as a metric and counted in `stats`.
pub async fn answer<F, R>(
    request: Request,
    stats: &impl StatStore,
    counting: &impl Counting,
    handle: F,
) -> Response<Body>
where
    F: FnOnce(Call) -> R,
    R: Future<Output = Result<Reply, ApiError>>,
{
    let (began, request_id) = (Instant::now(), request_id(&request));
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let trace = trace::of(header, &request_id);
    let span = telemetry::invocation(&request_id, &trace.id);
    let route = route_of(&request);
    if let Some(parent) = &trace.parent {
        span.record("parent_span", parent.as_str());
    }
    let (response, ()) = future::join(
        Box::pin(answered(request, &request_id, trace.id, counting, handle)).instrument(span.clone()),
        telemetry::requests::keep(stats, &request_id),
    )
    .await;
    measure(began.elapsed(), &response, route, &span);
    // Ends the span, so that it is sent with the others.
    drop(span);
    telemetry::finished().await;
    response
}

async fn answered<F, R>(
    request: Request,
    request_id: &str,
    trace_id: TraceId,
    counting: &impl Counting,
    handle: F,
) -> Response<Body>
where
    F: FnOnce(Call) -> R,
    R: Future<Output = Result<Reply, ApiError>>,
{
    let path = request.raw_http_path().to_owned();
    let head = request.method() == Method::HEAD;
    let allowed = (request.method() == Method::OPTIONS).then(|| call::allowed(&path)).flatten();
    let version = request.headers().contains_key("api-version");
    let asks = Asks::of(request.headers());
    let result = match Asked::of(request, request_id, trace_id) {
        Ok(asked) => counted(asked, counting, handle).await,
        // No route has this method: where there is a path, what it is asked for is said (RFC 9110, 9.3.7).
        Err(error) => allowed.map(|allowed| Reply::empty(204).header("allow", allowed)).ok_or(error),
    };
    let mut response = respond(result.map(|reply| reply.encoded_for(&asks)), request_id, &path);
    if head {
        response = reply::headers_alone(response);
    }
    if version {
        response.headers_mut().insert("api-version", lambda_http::http::HeaderValue::from_static(API_VERSION));
    }
    response
}

/// The result of `handle`, if the request is admitted. The request is counted once: by `handle`, or
/// here, if it was refused before `handle` counted it.
async fn counted<F, R>(asked: Asked, counting: &impl Counting, handle: F) -> Result<Reply, ApiError>
where
    F: FnOnce(Call) -> R,
    R: Future<Output = Result<Reply, ApiError>>,
{
    let slot = Slot::of(counting.window(&asked)?);
    let result = match asked.admit(slot.clone()) {
        Ok(call) => {
            call.tell(&Span::current());
            if call.route.is_held_with_writes() && counting.holds_writes(call.tenant().as_ref()).await {
                Err(ApiError::new(Problem::WritesHeld).retry_after(HELD_S))
            } else {
                handle(call).await
            }
        }
        Err(error) => Err(error),
    };
    match slot.take() {
        None => result,
        Some(window) => counting::late(counting, &window, result).await,
    }
}

/// The response for a reply or a refusal; a refusal is logged.
pub fn respond(result: Result<Reply, ApiError>, request_id: &str, path: &str) -> Response<Body> {
    let problem = result.as_ref().err().map(ApiError::problem);
    let reply = result.unwrap_or_else(|error| {
        error.log(path);
        error.into_reply(request_id, path)
    });
    let mut response = reply.into_response(request_id);
    if let Some(problem) = problem {
        response.extensions_mut().insert(problem);
    }
    response
}

/// The route that the gateway found, if it is one of ours.
fn route_of(request: &Request) -> Option<Route> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.route_key.as_deref().and_then(Route::from_key),
        _ => None,
    }
}

fn measure(took: Duration, response: &Response<Body>, route: Option<Route>, span: &Span) {
    let status = response.status().as_u16();
    // What operators chose to refuse rings no alarm, or a deployment in that time would be taken back.
    let is_fault = response.extensions().get::<Problem>().is_none_or(|problem| problem.is_fault());
    let function = telemetry::function();
    let class = ["1xx", "2xx", "3xx", "4xx", "5xx"].get(usize::from(status / 100).saturating_sub(1)).unwrap_or(&"5xx");
    metrics::record(Metric::ApiRequestDuration, took.as_secs_f64(), &[function]);
    metrics::count(Metric::ApiRequests, &[function, class]);
    match status {
        429 => metrics::count(Metric::Throttles, &[function]),
        500.. if is_fault => metrics::count(Metric::ApiErrors, &[function]),
        _ => {}
    }
    telemetry::requests::took(function, took, route.map(|route| (route.method(), route.path())), status);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, duration_ms, "answered"));
}

/// API Gateway's id of the request; it is in its access log too.
fn request_id(request: &Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    }
    .unwrap_or_else(|| request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
