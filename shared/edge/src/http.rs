//! HTTP in and out: a request becomes a `Call` whose role is already checked, a reply gets the headers that every
//! answer of Galley carries.

pub mod body;
pub mod call;
pub mod error;
mod json;
pub mod params;
pub mod reply;

use std::future::Future;

use lambda_http::{Body, Request, RequestExt, Response, request::RequestContext};

use call::Call;
use error::ApiError;
use reply::Reply;

/// The only API version there is, by its date.
pub const API_VERSION: &str = "2026-11-20";

/// Answers one request: finds its route, checks the caller's role, and only then lets `handle` have it.
pub async fn answer<F, R>(request: Request, handle: F) -> Response<Body>
where
    F: FnOnce(Call) -> R,
    R: Future<Output = Result<Reply, ApiError>>,
{
    let request_id = request_id(&request);
    let path = request.raw_http_path().to_owned();
    let version = request.headers().contains_key("api-version");
    let result = match Call::admit(request, &request_id) {
        Ok(call) => handle(call).await,
        Err(error) => Err(error),
    };
    let reply = result.unwrap_or_else(|error| {
        error.log(&request_id, &path);
        error.into_reply(&request_id, &path)
    });
    let mut response = reply.into_response(&request_id);
    if version {
        response.headers_mut().insert("api-version", lambda_http::http::HeaderValue::from_static(API_VERSION));
    }
    response
}

/// API Gateway's id of the request; it is in its access log too.
fn request_id(request: &Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    }
    .unwrap_or_else(|| request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default())
}
