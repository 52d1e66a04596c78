//! The answers of the document, status by status: those of an operation, the problems that Galley answers with, and what the
//! gateway answers itself.

use std::collections::{BTreeMap, BTreeSet};

use galley_api::problem::{GatewayMessage, Problem, ProblemBody};
use galley_api::route::{Function, Route};
use galley_domain::access::{limits::RateClass, role::Access};
use serde_json::{Map, Value, json};

use crate::http::API_VERSION;

use super::{
    operation::{Answer, Content, Operation},
    operations,
    shapes::Shape,
};

/// A status of a refusal: the name of its component, and what it means.
struct Refusal {
    component: &'static str,
    meaning: &'static str,
}

const fn refusal(status: u16) -> Refusal {
    let (component, meaning) = match status {
        400 => ("BadRequestProblem", "Not valid: every field that breaks a rule is named"),
        401 => ("UnauthorizedProblem", "Not signed, or not well"),
        403 => ("ForbiddenProblem", "The caller's role does not allow this"),
        404 => ("NotFoundProblem", "There is no such thing, or it is not yours"),
        409 => ("ConflictProblem", "The present state does not allow this"),
        412 => ("PreconditionFailedProblem", "If-Match names another version"),
        413 => ("ContentTooLargeProblem", "The body is over 256 KiB"),
        415 => ("UnsupportedMediaTypeProblem", "The body has another media type, or is compressed"),
        422 => ("KeyReusedProblem", "The Idempotency-Key was used with another body"),
        428 => ("PreconditionRequiredProblem", "With more than one revision, the one to decide on must be named"),
        429 => ("TooManyRequestsProblem", "Too many requests of the principal, or of this route"),
        503 => ("UnavailableProblem", "A part that we need does not answer, or operators hold changes for a while"),
        _ => ("InternalProblem", "Something went wrong on our side"),
    };
    Refusal { component, meaning }
}

const REFUSALS: [u16; 13] = [400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 500, 503];

/// The statuses that the gateway answers with itself, in its own form, instead of the function or before it.
const GATEWAYS: [u16; 5] = [403, 413, 429, 500, 503];

pub(super) fn problem() -> Shape {
    Shape::of::<ProblemBody>("Problem")
}

pub(super) fn gateway_message() -> Shape {
    Shape::of::<GatewayMessage>("GatewayMessage")
}

/// `problem`, as the component of every problem has it, for each status: its types, and the members that it may have.
pub(super) fn problems(problem: &Value) -> BTreeMap<String, Value> {
    REFUSALS.iter().map(|status| (refusal(*status).component.to_owned(), of_status(problem, *status))).collect()
}

fn of_status(problem: &Value, status: u16) -> Value {
    let types: Vec<&str> =
        Problem::ALL.iter().filter(|problem| problem.status() == status).map(|problem| problem.uri()).collect();
    let all = problem.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let is_there = |name: &str| match name {
        "errors" => matches!(status, 400 | 409),
        "blockers" | "state" => status == 409,
        _ => true,
    };
    let mut properties: Map<String, Value> = all.into_iter().filter(|(name, _)| is_there(name)).collect();
    properties.insert("status".to_owned(), json!({"type": "integer", "enum": [status]}));
    properties.insert(
        "type".to_owned(),
        json!({"type": "string", "enum": types, "description": "Names the kind of problem, for ever."}),
    );
    if let Some(state) = properties.get_mut("state").and_then(Value::as_object_mut) {
        state.remove("type");
        state.insert("oneOf".to_owned(), json!([{"$ref": "#/components/schemas/TaskState"}, {"type": "null"}]));
    }
    json!({"type": "object", "description": refusal(status).meaning, "properties": properties,
        "required": ["type", "title", "status", "instance", "request_id"]})
}

/// The headers of every answer of a function; the second repeats what was asked for.
const ALWAYS: [&str; 2] = ["X-Request-Id", "API-Version"];

/// What some answers send.
pub(super) fn headers() -> Value {
    let text = |description: &str, pattern: &str| json!({"description": description, "schema": {"type": "string", "pattern": pattern}});
    let always = |header: Value| {
        let mut header = header;
        if let Some(header) = header.as_object_mut() {
            header.insert("required".to_owned(), Value::Bool(true));
        }
        header
    };
    json!({
        "X-Request-Id": text("Names the request in our logs", "^[!-~]+$"),
        "API-Version": {"description": "The version that was asked for", "schema": {"type": "string", "enum": [API_VERSION]}},
        "ETag": always(text("The version of what was read; send it back as If-Match or If-None-Match", r#"^"[!#-~]*"$"#)),
        "Location": always(text("Where it is: a path of this API, or GitHub's address", "^[!-~]+$")),
        "Set-Cookie": always(text("Binds the sign-in to this browser", "^[ -~]+$")),
        "Idempotency-Replayed": text("Only on a first answer that is given again", "^true$"),
        "RateLimit": text("What is left of the principal's window, and when it resets; missing where the request could not be counted", r#"^"minute";r=[0-9]+;t=[0-9]+$"#),
        "RateLimit-Policy": text("The principal's window", r#"^"minute";q=[0-9]+;w=60$"#),
        "Retry-After": {"description": "Seconds to wait before trying again", "schema": {"type": "integer", "minimum": 0}},
    })
}

fn referenced<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    let header = |name: &str| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    Value::Object(names.into_iter().map(header).collect())
}

pub(super) fn of(route: Route, operation: &Operation) -> Value {
    let mut responses = Map::new();
    for answer in &operation.answers {
        responses.insert(answer.status.to_string(), answered(route, answer));
    }
    for status in refused(route, operation) {
        let (name, _) = refused_with(route, status);
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        responses.entry(status.to_string()).or_insert(reference);
    }
    Value::Object(responses)
}

/// The refusals by their names, which operations share.
pub(super) fn shared() -> BTreeMap<String, Value> {
    let of_route = |route: &Route| {
        let statuses = refused(*route, &operations::of(*route));
        statuses.into_iter().map(|status| refused_with(*route, status)).collect::<Vec<_>>()
    };
    Route::ALL.iter().flat_map(of_route).collect()
}

fn answered(route: Route, answer: &Answer) -> Value {
    let headers = answer.headers.iter().copied().chain(ALWAYS).chain(window(route));
    let may_be_a_replay = route.takes_idempotency_key() && route.class() != RateClass::Bulk && answer.status < 300;
    let headers = headers.chain(may_be_a_replay.then_some("Idempotency-Replayed"));
    let mut response = json!({"description": answer.description, "headers": referenced(headers)});
    let text = || json!({"schema": {"type": "string"}});
    let content = match &answer.content {
        Content::Nothing => return response,
        Content::Json(shape) => json!({"application/json": {"schema": shape.reference()}}),
        Content::Events => json!({"text/event-stream": {"schema": event()}}),
        Content::JsonOrPage(shape) => {
            json!({"application/json": {"schema": shape.reference()}, "text/html": text()})
        }
        Content::AnyObject => json!({"application/json": {"schema": {"type": "object"}}}),
        Content::Text(media_type) => json!({*media_type: text()}),
        Content::Files(media_types) => {
            let object = || json!({"schema": {"type": "object"}});
            let of = |media_type: &str| if media_type == "application/json" { object() } else { text() };
            media_types
                .iter()
                .map(|media_type| ((*media_type).to_owned(), of(media_type)))
                .collect::<Map<_, _>>()
                .into()
        }
    };
    if let Some(response) = response.as_object_mut() {
        response.insert("content".to_owned(), content);
    }
    response
}

/// One event of a stream.
fn event() -> Value {
    json!({"type": "object", "required": ["data"], "properties": {
        "event": {"type": "string", "enum": ["task", "end"]},
        "id": {"type": "string", "description": "The task's version, for `Last-Event-ID`"},
        "data": {"type": "string", "description": "The task as JSON, or the reason of the end"},
        "retry": {"type": "integer"},
    }})
}

/// The headers that tell of the window that a request is counted in.
fn window(route: Route) -> impl Iterator<Item = &'static str> {
    let is_counted = !matches!(route.class(), RateClass::Open | RateClass::Webhook | RateClass::Feed);
    is_counted.then_some(["RateLimit", "RateLimit-Policy"]).into_iter().flatten()
}

/// Every status that the operation refuses with.
fn refused(route: Route, operation: &Operation) -> BTreeSet<u16> {
    let mut statuses: BTreeSet<u16> = operation.problems.iter().copied().chain([400, 429, 500, 503]).collect();
    if route.access() != Access::Public {
        statuses.extend([401, 403]);
    }
    if route.path().contains('{') {
        statuses.insert(404);
    }
    if operation.body.is_some() {
        statuses.extend([413, 415]);
    }
    statuses
}

/// Whether the gateway asks who is calling before the function does. A stream's function is called without it, and asks itself.
fn has_authorizer(route: Route) -> bool {
    route.access() != Access::Public && route.function() != Function::StreamTask
}

/// A refusal, and its name: all of one name are the same. Where the gateway may answer, either form may come: a client that reads one
/// media type alone reads both.
fn refused_with(route: Route, status: u16) -> (String, Value) {
    let Refusal { component, meaning } = refusal(status);
    let of_galley = json!({"$ref": format!("#/components/schemas/{component}")});
    let of_gateway = gateway_message().reference();
    let is_known = has_authorizer(route);
    if status == 401 && is_known {
        let content = json!({"application/json": {"schema": of_gateway}});
        return (
            "NoCredential".to_owned(),
            json!({"description": "No credential: the gateway's answer", "content": content}),
        );
    }
    let is_told = window(route).next().is_some()
        || (status == 429 && matches!(route.class(), RateClass::Webhook | RateClass::Feed));
    let counted = is_told.then_some(["RateLimit", "RateLimit-Policy"]).into_iter().flatten();
    let retry = matches!(status, 409 | 429 | 503).then_some("Retry-After");
    let etag = (status == 412).then_some("ETag");
    let headers = referenced(ALWAYS.into_iter().chain(retry).chain(etag).chain(counted));
    let either = GATEWAYS.contains(&status) && (is_known || status != 403);
    let name = format!(
        "{}{}{}",
        component.trim_end_matches("Problem"),
        if is_told { "" } else { "Uncounted" },
        if either || status != 403 { "" } else { "OfGalley" }
    );
    if either {
        let either = json!({"schema": {"oneOf": [of_galley, of_gateway]}});
        let content = json!({"application/problem+json": either, "application/json": either});
        return (
            name,
            json!({"description": format!("{meaning}; or the gateway's own answer"), "content": content, "headers": headers}),
        );
    }
    let content = json!({"application/problem+json": {"schema": of_galley}});
    (name, json!({"description": meaning, "content": content, "headers": headers}))
}
