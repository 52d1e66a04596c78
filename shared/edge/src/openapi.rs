//! The OpenAPI 3.1 document: schemas from the types that are parsed and sent, routes from the table of routes. A
//! route without a description does not compile.
#![expect(clippy::indexing_slicing, reason = "the document is put together as a JSON value")]

mod acts;
mod agents;
mod answers;
mod calendar;
mod comments;
mod desk;
mod flags;
mod intent;
mod keys;
mod models;
mod operation;
mod operations;
mod parameters;
mod requests;
mod schedules;
mod shapes;
mod webhooks;

use galley_api::route::Route;
use galley_domain::access::{limits::RateClass, role::Access};
use serde_json::{Value, json};

use operation::{Content, Examples};
use shapes::Shape;

/// The whole document.
pub fn document() -> Value {
    let mut paths = json!({});
    for route in Route::ALL {
        paths[route.path()][route.method().to_lowercase()] = described(*route);
    }
    let (bodies, told) = used();
    let mut schemas = shapes::components(&bodies, &told);
    let problems = answers::problems(schemas.get("Problem").unwrap_or(&Value::Null));
    schemas.extend(problems);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Galley",
            "version": super::http::API_VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "Whoever operates this deployment"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "tasks", "description": "Asking for content and reading it"},
            {"name": "schedules", "description": "What asks for content by itself"},
            {"name": "agents", "description": "Who does a phase of a task, by which version of which prompt"},
            {"name": "decisions", "description": "What people decide"},
            {"name": "published", "description": "What is live, for anyone"},
            {"name": "webhooks", "description": "What providers tell us"},
            {"name": "models", "description": "Which models there are, and what they cost"},
            {"name": "signing in", "description": "Sessions of people who sign in with GitHub"},
            {"name": "privacy", "description": "What is kept of somebody, and having it forgotten"},
            {"name": "administration", "description": "What a tenant's admins manage"},
            {"name": "operation", "description": "Health and documentation"},
        ],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": answers::shared(),
            "parameters": parameters::shared(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key, or a token"}},
            "headers": answers::headers(),
        },
    })
}

/// The types of all bodies, and those of all answers.
fn used() -> (Vec<Shape>, Vec<Shape>) {
    let (mut bodies, mut told) = (Vec::new(), vec![answers::problem(), answers::gateway_message()]);
    for operation in Route::ALL.iter().map(|route| operations::of(*route)) {
        bodies.extend(operation.body.into_iter().flat_map(|body| [Some(body.shape), body.form]).flatten());
        told.extend(operation.answers.into_iter().filter_map(|answer| match answer.content {
            Content::Json(shape) | Content::JsonOrPage(shape) => Some(shape),
            Content::Nothing | Content::Text(_) | Content::Files(_) | Content::Events | Content::AnyObject => None,
        }));
    }
    (bodies, told)
}

const FORM: &str = "application/x-www-form-urlencoded";

const DESCRIPTION: &str = "Galley writes, holds for a person's decision, cleans and publishes content.\n\nErrors of Galley \
are problems (RFC 9457). What the gateway itself answers - 401 without a credential, 403 for an unknown one, 429 of a \
route's throttle, 5xx - is `{\"message\"}`. Where an operation names it, an `Idempotency-Key` is taken: the \
same key with the same body gets the first answer again. Every other write refuses it. A HEAD is answered wherever a GET is. \
`null` for a field of a request that may be left out is as if it were not there, but in a PATCH, where it brings back the usual \
value. A request whose answer was lost may be sent once more where `x-repeatable` is true: the second has no second effect. Requests \
are counted by the minute for each principal, each operation in the window that it names; `GET /api/usage` shows \
what is left. `x-limits` has the usual numbers; a deployment may set others, and an operator others for a tenant.";

fn described(route: Route) -> Value {
    let operation = operations::of(route);
    let mut described = json!({
        "operationId": id(route),
        "tags": [operation.tag],
        "summary": route.summary(),
        "description": format!("{}{}", route.access().needs(), counted(route.class())),
        "parameters": parameters::of(route, &operation),
        "responses": answers::of(route, &operation),
        "x-limits": limits(route),
        "x-repeatable": route.is_repeatable(),
    });
    if let Some(body) = &operation.body {
        let mut content = json!({"schema": body.shape.reference()});
        let (key, examples) = match &body.examples {
            Examples::One(example) => ("example", example),
            Examples::Named(examples) => ("examples", examples),
        };
        content[key] = examples.clone();
        let media_types = route.media_types().iter().map(|media_type| ((*media_type).to_owned(), content.clone()));
        let form = body.form.map(|form| (FORM.to_owned(), json!({"schema": form.reference()})));
        let content: serde_json::Map<_, _> = media_types.chain(form).collect();
        described["requestBody"] = json!({"required": body.required || route.method() == "PUT", "content": content});
    }
    if route.access() == Access::Public {
        described["security"] = json!([]);
    }
    if route == Route::StreamTask {
        // A ticket in the query is as good as a key.
        described["security"] = json!([{"key": []}, {}]);
    }
    described
}

/// What a client calls the operation. No component has the name, however its letters are written.
fn id(route: Route) -> String {
    let name = match route {
        Route::Provenance => "getProvenance",
        Route::Usage => "getUsage",
        Route::Webhook => "receiveWebhook",
        Route::TenantWebhook => "receiveTenantWebhook",
        Route::Models => "listModels",
        Route::Costs => "getCosts",
        Route::Estimate => "estimateTask",
        Route::FlagLog => "listFlagChanges",
        Route::StreamTicket => "makeStreamTicket",
        Route::SignInCallback => "finishSignIn",
        Route::SignInAtTerminal => "finishTerminalSignIn",
        Route::Me => "getCaller",
        Route::Live => "getLiveness",
        Route::Ready => "getReadiness",
        Route::Health => "getHealth",
        Route::Metrics => "getMetrics",
        Route::OpenApi => "getDocument",
        Route::Docs => "getDocumentPage",
        Route::DocsAsset => "getDocumentAsset",
        Route::Redrive => "redriveDeadLetters",
        Route::Schedule => "reschedule",
        _ => "",
    };
    if !name.is_empty() {
        return name.to_owned();
    }
    let name = format!("{route:?}");
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_lowercase())
}

/// Which window a request of this class is counted in, as `GET /api/usage` shows it.
fn counted(class: RateClass) -> String {
    match class {
        RateClass::Open => String::new(),
        RateClass::Webhook => " Counted by source.".to_owned(),
        RateClass::Feed => " Counted by address.".to_owned(),
        RateClass::Auth => " Counted by where it comes from.".to_owned(),
        class => format!(" Counted in `{}_per_minute`.", class.name()),
    }
}

/// The same for a program, in the numbers of a deployment that sets no others: the class of the window and how many a minute a
/// principal may do, and how many a second the gateway lets through, of all callers.
fn limits(route: Route) -> Value {
    let (rate, burst) = route.throttle().usually();
    let usual = route.class().usual_per_minute();
    json!({"class": route.class().name(), "per_minute": usual, "gateway": {"per_second": rate, "burst": burst}})
}

#[cfg(test)]
mod tests;
