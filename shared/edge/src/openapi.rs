//! The OpenAPI 3.1 document: schemas from the types that are parsed and sent, routes from the table of routes. A
//! route without a description does not compile.
#![expect(clippy::indexing_slicing, reason = "the document is put together as a JSON value")]

mod operations;
mod shapes;

use galley_api::problem::{GatewayMessage, ProblemBody};
use galley_domain::access::{
    limits::RateClass,
    role::{Access, Role},
    route::Route,
};
use serde_json::{Value, json};

use operations::Operation;
use shapes::Shape;

/// The whole document.
pub fn document() -> Value {
    let mut paths = json!({});
    for route in Route::ALL {
        paths[route.path()][route.method().to_lowercase()] = described(*route);
    }
    let schemas = shapes::components(used());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Galley",
            "version": super::http::API_VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "tasks", "description": "Asking for content and reading it"},
            {"name": "decisions", "description": "What people decide"},
            {"name": "published", "description": "What is live, for anyone"},
            {"name": "webhooks", "description": "What providers tell us"},
            {"name": "signing in", "description": "Sessions of people who sign in with GitHub"},
            {"name": "privacy", "description": "What is kept of somebody, and having it forgotten"},
            {"name": "administration", "description": "What a tenant's admins manage"},
            {"name": "operation", "description": "Health and documentation"},
        ],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key"}},
            "headers": headers(),
        },
    })
}

/// Every component that an operation names.
fn used() -> Vec<Shape> {
    let operations = Route::ALL.iter().map(|route| operations::of(*route));
    let used = operations.flat_map(|operation| {
        let answers = operation.answers.into_iter().filter_map(|answer| answer.shape);
        answers.chain(operation.body.map(|body| body.shape)).collect::<Vec<_>>()
    });
    used.chain([problem(), gateway_message()]).collect()
}

fn problem() -> Shape {
    Shape::of::<ProblemBody>("Problem")
}

fn gateway_message() -> Shape {
    Shape::of::<GatewayMessage>("GatewayMessage")
}

const DESCRIPTION: &str = "Galley writes, holds for a person's decision, cleans and publishes content.\n\nErrors of Galley \
are problems (RFC 9457). What the gateway itself answers - 401 without a credential, 403 for an unknown one, 429 of a \
route's throttle, 5xx - is `{\"message\"}`. Where an operation names it, an `Idempotency-Key` is taken: the \
same key with the same body gets the first answer again. Every other write refuses it. A HEAD is answered wherever a GET is. Requests are counted by the \
minute for each principal, each operation in the window that it names; `GET /api/usage` shows what is left.";

fn headers() -> Value {
    let text = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "ETag": text("The version of what was read; send it back as If-Match or If-None-Match"),
        "Location": text("The path of the new task"),
        "X-Request-Id": text("Names the request in our logs"),
        "Idempotency-Replayed": text("true when this is a first answer, given again"),
        "RateLimit": text("What is left of the principal's window, and when it resets"),
        "RateLimit-Policy": text("The principal's window"),
        "Retry-After": text("Seconds to wait before trying again"),
    })
}

fn described(route: Route) -> Value {
    let operation = operations::of(route);
    let mut described = json!({
        "operationId": format!("{route:?}"),
        "tags": [operation.tag],
        "summary": route.summary(),
        "description": format!("{}{}", needs(route.access()), counted(route.class())),
        "parameters": parameters(route, &operation),
        "responses": responses(route, &operation),
    });
    if let Some(body) = &operation.body {
        described["requestBody"] = json!({
            "required": body.required,
            "content": {"application/json": {"schema": body.shape.reference(), "example": body.example}},
        });
    }
    if route.access() == Access::Public {
        described["security"] = json!([]);
    }
    described
}

fn needs(access: Access) -> String {
    match access {
        Access::Public => "Public.".to_owned(),
        Access::Tenant(Role::Viewer) => "Any role.".to_owned(),
        Access::Tenant(role) => format!("Role `{}` or higher.", role.name()),
        Access::System => "Role `admin` of the tenant `system`.".to_owned(),
    }
}

/// Which window a request of this class is counted in, as `GET /api/usage` shows it.
fn counted(class: RateClass) -> String {
    match class {
        RateClass::Open => String::new(),
        RateClass::Webhook => " Counted by source.".to_owned(),
        RateClass::Auth => " Counted by where it comes from.".to_owned(),
        class => format!(" Counted in `{}_per_minute`.", class.name()),
    }
}

fn parameters(route: Route, operation: &Operation) -> Value {
    let in_path = route.path().split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(route.query().parameters().iter().map(|(name, description)| {
        json!({"name": name, "in": "query", "required": false, "description": description, "schema": {"type": "string"}})
    }));
    parameters.extend(operation.headers.iter().map(|(name, description)| {
        json!({"name": name, "in": "header", "required": false, "description": description, "schema": {"type": "string"}})
    }));
    Value::Array(parameters)
}

fn responses(route: Route, operation: &Operation) -> Value {
    let mut responses = json!({});
    for answer in &operation.answers {
        let description = answer.description;
        responses[answer.status.to_string()] = match answer.shape {
            None => json!({"description": description}),
            Some(shape) => json!({
                "description": description,
                "content": {"application/json": {"schema": shape.reference()}},
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}, "ETag": {"$ref": "#/components/headers/ETag"}},
            }),
        };
    }
    let content = json!({"application/problem+json": {"schema": problem().reference()}});
    let gateway = json!({"application/json": {"schema": gateway_message().reference()}});
    for status in operation.problems {
        responses[status.to_string()] = json!({"description": meaning(*status), "content": content});
    }
    if route.access() != Access::Public {
        responses["401"] = json!({"description": "No credential (the gateway's answer)", "content": gateway});
        let mut both = content.clone();
        both["application/json"] = gateway["application/json"].clone();
        responses["403"] = json!({"description": "The credential is unknown (the gateway's answer), or its role does not allow this", "content": both});
    }
    let mut throttled = gateway.clone();
    throttled["application/problem+json"] = content["application/problem+json"].clone();
    responses["429"] = json!({
        "description": "Too many requests: of the principal (a problem, with Retry-After) or of the route (the gateway's answer)",
        "content": throttled, "headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
    });
    responses["default"] =
        json!({"description": "Something else went wrong; 503 carries Retry-After", "content": content});
    responses
}

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "Not valid: every field that breaks a rule is named",
        401 => "Not signed, or not well",
        404 => "There is no such thing, or it is not yours",
        409 => "The present state does not allow this; it is named in `state`",
        412 => "If-Match names another version",
        413 => "The body is over 256 KiB",
        415 => "The body has another media type, or is compressed",
        422 => "The Idempotency-Key was used with another body",
        428 => "With more than one revision, the one to decide on must be named",
        503 => "A part that we need does not answer",
        _ => "See the problem's type",
    }
}

#[cfg(test)]
mod tests;
