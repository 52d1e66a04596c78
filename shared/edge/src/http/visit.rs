//! Requests of whoever reads a public site. A site has no route of the API, no caller and no problem as JSON: its function reads
//! the path, and answers whatever comes with a page. It is not counted among the API's requests either, whose objectives are not to
//! hang on how many read an article.

use std::{future::Future, time::Instant};

use lambda_http::{Body, Error, Request, RequestExt, Response, http::Method, request::RequestContext, run, service_fn};
use tracing::Instrument;

use super::{
    encoding::Asks,
    etag,
    reply::{Reply, headers_alone},
    request_id,
};
use crate::{telemetry, trace};

/// A request of a site, as API Gateway saw it.
#[derive(Debug)]
pub struct Visit {
    request: Request,
    domain: String,
    api: String,
}

/// Answers visits until Lambda ends the instance.
///
/// # Errors
/// When the Runtime API cannot be spoken to.
pub async fn serve<F, R>(handle: F) -> Result<(), Error>
where
    F: Fn(Visit) -> R + Sync,
    R: Future<Output = Reply> + Send,
{
    let handle = &handle;
    run(service_fn(|request: Request| Box::pin(async move { Ok::<_, Error>(answer(request, handle).await) }))).await
}

/// Answers one visit, in gzip where that is asked for.
pub async fn answer<F, R>(request: Request, handle: F) -> Response<Body>
where
    F: FnOnce(Visit) -> R,
    R: Future<Output = Reply>,
{
    let (began, request_id) = (Instant::now(), request_id(&request));
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let trace = trace::of(header, &request_id);
    let span = telemetry::invocation(&request_id, &trace.id);
    let (asks, head) = (Asks::of(request.headers()), request.method() == Method::HEAD);
    let reply = handle(Visit::of(request)).instrument(span.clone()).await;
    let mut response = reply.encoded_for(&asks).into_response(&request_id);
    if head {
        response = headers_alone(response);
    }
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), duration_ms, "answered"));
    // Ends the span, so that it is sent with the others.
    drop(span);
    telemetry::finished().await;
    response
}

impl Visit {
    /// What is no event of an HTTP API has no host, and so no site.
    fn of(request: Request) -> Self {
        let (domain, api) = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => (context.domain_name.clone(), context.apiid.clone()),
            _ => (None, None),
        };
        let domain = domain.unwrap_or_default().to_ascii_lowercase();
        Self { request, domain, api: api.unwrap_or_default() }
    }

    /// The domain that API Gateway was called by, with a port where it has one. No header says it: API Gateway takes no other than
    /// those that it was given.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether that is the domain that AWS gave the API, or this machine.
    pub fn is_at_its_own_domain(&self) -> bool {
        let by_aws = self.name().strip_prefix(&self.api).and_then(|rest| rest.strip_prefix(".execute-api."));
        let given = !self.api.is_empty()
            && by_aws.is_some_and(|rest| rest.ends_with(".amazonaws.com") || rest.ends_with(".amazonaws.com.cn"));
        given || self.is_on_this_machine()
    }

    /// Whether it came to the loopback address, where nothing is encrypted.
    pub fn is_on_this_machine(&self) -> bool {
        matches!(self.name(), "localhost" | "127.0.0.1" | "[::1]")
    }

    /// The domain without the port that it has locally.
    pub fn name(&self) -> &str {
        match self.domain.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => &self.domain,
        }
    }

    /// Whether it only reads.
    pub fn reads(&self) -> bool {
        [Method::GET, Method::HEAD].contains(self.request.method())
    }

    /// The path, as it came.
    pub fn path(&self) -> &str {
        self.request.raw_http_path()
    }

    pub fn query(&self, name: &str) -> Option<String> {
        self.request.query_string_parameters_ref().and_then(|given| given.first(name)).map(str::to_owned)
    }

    /// Whether the reader has what `etag` names already.
    pub fn not_modified(&self, etag: &str) -> bool {
        etag::is_held(self.request.headers(), etag)
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

    use super::*;

    fn visit(domain: &str, api: &str) -> Visit {
        let mut context = ApiGatewayV2httpRequestContext::default();
        (context.domain_name, context.apiid) = (Some(domain.to_owned()), Some(api.to_owned()));
        Visit::of(Request::new(Body::Empty).with_request_context(RequestContext::ApiGatewayV2(context)))
    }

    #[test]
    fn a_name_that_only_looks_like_the_apis_own_is_another() {
        for (domain, api) in [
            ("", ""),
            ("blog.example", "a1b2"),
            (".execute-api.eu-central-1.amazonaws.com", ""),
            ("other.execute-api.eu-central-1.amazonaws.com", "a1b2"),
            ("a1b2.execute-api.eu-central-1.amazonaws.com.evil.example", "a1b2"),
            ("a1b2.example", "a1b2"),
            ("localhost.evil.example", "local"),
            ("evil.example:8788", "local"),
        ] {
            assert!(!visit(domain, api).is_at_its_own_domain(), "{domain}");
        }
    }

    #[test]
    fn aws_and_this_machine_have_names_of_their_own() {
        for domain in ["a1b2.execute-api.eu-central-1.amazonaws.com", "A1B2.execute-api.cn-north-1.amazonaws.com.cn"] {
            let visit = visit(domain, "a1b2");
            assert!(visit.is_at_its_own_domain() && !visit.is_on_this_machine(), "{domain}");
        }
        for domain in ["localhost:8788", "127.0.0.1:8788", "[::1]:8788", "[::1]", "localhost"] {
            let visit = visit(domain, "local");
            assert!(visit.is_at_its_own_domain() && visit.is_on_this_machine(), "{domain}");
        }
    }
}
