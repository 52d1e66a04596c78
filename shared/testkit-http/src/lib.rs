//! Requests as API Gateway sends them to a function, and what comes of them behind the router, without a network: handlers are
//! tested with the store in memory, in milliseconds. A dev-dependency only.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test fails by a panic"
)]

use std::{collections::HashMap, future::Future, io::Read};

use galley_domain::{access::tickets::Proof, tenancy::flags::FlagCache};
use galley_edge::{
    http::{
        answer,
        call::Call,
        counting::{Counter, Counting},
        error::ApiError,
        reply::Reply,
        visit::{self, Visit},
    },
    telemetry::requests::Uncounted,
};
use galley_testkit::{MemoryStore, build::limits, clock::TestClock};
use lambda_http::{
    Body, Request, RequestExt,
    aws_lambda_events::{
        apigw::{ApiGatewayRequestAuthorizer, ApiGatewayV2httpRequestContext},
        query_map::QueryMap,
    },
    http::{self, HeaderMap},
    request::RequestContext,
};
use serde_json::Value;

/// When tests take place.
pub const NOW: &str = "2026-11-20T12:00:00Z";

/// Counts principals in `store`, so many a minute.
pub fn counter(store: &MemoryStore, per_minute: u32) -> Counter<MemoryStore, TestClock> {
    let (store, clock, flags) = (store.clone(), TestClock::at(NOW), FlagCache::default());
    Counter { store, clock, limits: limits(per_minute), flags }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Asking {
    key: &'static str,
    parameters: HashMap<String, String>,
    query: HashMap<String, Vec<String>>,
    headers: Vec<(&'static str, String)>,
    fields: Option<Vec<(&'static str, String)>>,
    body: Body,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null where there is none, or it is no JSON.
    pub body: Value,
    /// As it came, without its coding.
    pub text: String,
}

/// A request of a route, by its key: `GET /api/content/tasks/{task_id}`. Nobody makes it, until it is said who does.
pub fn asking(key: &'static str) -> Asking {
    let (parameters, query) = (HashMap::new(), HashMap::new());
    Asking { key, parameters, query, headers: Vec::new(), fields: None, body: Body::Empty }
}

impl Asking {
    /// By somebody called `ana`.
    #[must_use]
    pub fn by(self, tenant: &str, role: &str) -> Self {
        self.by_subject(tenant, "ana", role)
    }

    #[must_use]
    pub fn by_subject(mut self, tenant: &str, subject: &str, role: &str) -> Self {
        let fields = [("tenant", tenant.to_owned()), ("subject", subject.to_owned()), ("role", role.to_owned())];
        self.fields = Some(fields.to_vec());
        self
    }

    /// What the authorizer says that the caller was identified by.
    #[must_use]
    pub fn proven_by(mut self, proof: &Proof) -> Self {
        self.fields.get_or_insert_default().push(("proof", serde_json::to_string(proof).unwrap()));
        self
    }

    /// As of a tenant that wants four eyes.
    #[must_use]
    pub fn under_four_eyes(mut self) -> Self {
        self.fields.get_or_insert_default().push(("four_eyes", "on".to_owned()));
        self
    }

    /// What stands in the path for `{name}`.
    #[must_use]
    pub fn named(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_string());
        self
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.entry(name.to_owned()).or_default().push(value.to_owned());
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(body.to_string())
    }

    /// What says that it is JSON.
    #[must_use]
    pub fn text(self, body: impl Into<String>) -> Self {
        self.typed("application/json", body)
    }

    #[must_use]
    pub fn typed(self, media_type: &str, body: impl Into<String>) -> Self {
        Self { body: Body::Text(body.into()), ..self }.header("content-type", media_type)
    }

    /// Answered by `handle`, if the router lets it in.
    pub async fn answered<F, R>(self, counting: &impl Counting, handle: F) -> Answered
    where
        F: FnOnce(Call) -> R,
        R: Future<Output = Result<Reply, ApiError>>,
    {
        let response = answer(self.request(), &Uncounted, counting, handle).await;
        read(response)
    }

    fn request(self) -> Request {
        let (method, pattern) = self.key.split_once(' ').unwrap();
        let path = self
            .parameters
            .iter()
            .fold(pattern.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.route_key = Some(self.key.to_owned());
        context.authorizer = self.fields.map(|fields| {
            let mut authorizer = ApiGatewayRequestAuthorizer::default();
            authorizer.fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            authorizer
        });
        let mut request = http::Request::builder().method(method).uri(&path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request
            .body(self.body)
            .unwrap()
            .with_raw_http_path(&path)
            .with_path_parameters(self.parameters)
            .with_query_string_parameters(self.query)
            .with_request_context(RequestContext::ApiGatewayV2(context))
    }
}

/// A visit of a site, to a domain and a path with its query.
#[derive(Clone, Debug)]
pub struct Visiting {
    method: &'static str,
    domain: String,
    path: String,
    headers: Vec<(&'static str, String)>,
}

/// A visit of `path` at the domain that AWS gave the site.
pub fn visiting(path: &str) -> Visiting {
    let domain = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com".to_owned();
    Visiting { method: "GET", domain, path: path.to_owned(), headers: Vec::new() }
}

impl Visiting {
    #[must_use]
    pub fn at(self, domain: &str) -> Self {
        Self { domain: domain.to_owned(), ..self }
    }

    #[must_use]
    pub fn by(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub async fn answered<F, R>(self, handle: F) -> Answered
    where
        F: FnOnce(Visit) -> R,
        R: Future<Output = Reply>,
    {
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.route_key = Some("$default".to_owned());
        (context.domain_name, context.apiid) = (Some(self.domain), Some("a1b2c3d4e5".to_owned()));
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        // Decoded, as `lambda_http` decodes it.
        let query: QueryMap = query.parse().unwrap();
        let mut request = http::Request::builder().method(self.method).uri("/");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Body::Empty)
            .unwrap()
            .with_raw_http_path(path)
            .with_query_string_parameters(query)
            .with_request_context(RequestContext::ApiGatewayV2(context));
        read(visit::answer(request, handle).await)
    }
}

fn read(response: http::Response<Body>) -> Answered {
    let (parts, body) = response.into_parts();
    let text = match body {
        Body::Text(text) => text,
        Body::Binary(bytes) if parts.headers.get("content-encoding").is_some_and(|coding| coding == "gzip") => {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).map(|_| text).unwrap_or_default()
        }
        _ => String::new(),
    };
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answered { status: parts.status.as_u16(), headers: parts.headers, body, text }
}

impl Answered {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The kind of a problem, without what all of them begin with; empty where it is none.
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:galley:problem:")).unwrap_or_default()
    }

    /// The fields that broke a rule.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }
}
