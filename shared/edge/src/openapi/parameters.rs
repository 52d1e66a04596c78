//! The parameters of the document: what each name in a path, a query or a header takes.

use galley_domain::{
    access::route::Route,
    kernel::ids::{
        AgentAlias, AgentId, CommentId, EndedId, FeedId, IdempotencyKey, IntentId, JobId, KeyId, ListenerName,
        ScheduleId, SourceId, Subject, TargetName, TaskId, TenantId,
    },
    schedule::{rule::LocalMoment, zone::Zone},
    task::state::TaskState,
    tenancy::flags::FlagName,
};
use serde_json::{Value, json};
use utoipa::PartialSchema;

use super::operation::Operation;
use crate::http::{API_VERSION, params::MOST_SEARCHED};

pub(super) fn of(route: Route, operation: &Operation) -> Value {
    let in_path = route.path().split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut parameters: Vec<Value> =
        in_path.map(|name| json!({"name": name, "in": "path", "required": true, "schema": path(name)})).collect();
    parameters.extend(route.query().parameters().iter().map(|(name, description)| {
        let schema = query(name);
        let mut parameter = json!({"name": name, "in": "query", "required": false, "description": description});
        if schema["type"] == "array" {
            // One parameter, with commas: a parameter comes once.
            parameter["style"] = json!("form");
            parameter["explode"] = json!(false);
        }
        parameter["schema"] = schema;
        parameter
    }));
    parameters.extend(operation.headers.iter().map(|name| {
        let (description, schema) = header(route, name);
        json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema})
    }));
    parameters.push(json!({"$ref": "#/components/parameters/API-Version"}));
    Value::Array(parameters)
}

/// The parameter that every operation takes.
pub(super) fn shared() -> Value {
    json!({"API-Version": {
        "name": "API-Version", "in": "header", "required": false, "schema": {"type": "string", "enum": [API_VERSION]},
        "description": "The version that is asked for; the answer repeats it",
    }})
}

fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).unwrap_or_default()
}

/// What is no such name is answered with 404.
fn path(name: &str) -> Value {
    match name {
        "task_id" => schema::<TaskId>(),
        "call_id" | "delivery_id" | "letter_id" => json!({"type": "string", "format": "uuid"}),
        "n" => json!({"type": "integer", "minimum": 1, "maximum": u32::MAX}),
        "queue" => named("Lane"),
        "tenant" => schema::<TenantId>(),
        "slug" => json!({"type": "string", "pattern": "^[a-z0-9-]{1,80}$"}),
        "source" => schema::<SourceId>(),
        "target" => schema::<TargetName>(),
        "listener" => schema::<ListenerName>(),
        "key_id" => schema::<KeyId>(),
        "feed_id" => schema::<FeedId>(),
        "secret" => json!({"type": "string", "pattern": "^galley_feed_[0-9a-f]{64}$"}),
        "job_id" => schema::<JobId>(),
        "schedule_id" => schema::<ScheduleId>(),
        "intent_id" => schema::<IntentId>(),
        "agent_id" => schema::<AgentId>(),
        "label" => named("PromptLabel"),
        "alias" => schema::<AgentAlias>(),
        "comment_id" => schema::<CommentId>(),
        "at" => schema::<LocalMoment>(),
        "ended_id" => schema::<EndedId>(),
        "subject" => schema::<Subject>(),
        "flag" => schema::<FlagName>(),
        "asset" => json!({"type": "string", "enum": ["swagger-ui.js", "swagger-ui.css", "start.js"]}),
        "file" => json!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"}),
        _ => Value::Null,
    }
}

fn query(name: &str) -> Value {
    match name {
        "limit" => json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
        "cursor" => json!({"type": "string", "minLength": 1, "maxLength": 1024}),
        "after" => json!({"type": "string", "format": "uuid"}),
        "status" => json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": states()}}),
        "tag" => json!({"type": "string", "minLength": 1, "maxLength": 50}),
        "author" | "assignee" | "subject" | "actor" => schema::<Subject>(),
        "key" => schema::<KeyId>(),
        "what" => named("ActKind"),
        // A date or a time.
        "created_from" | "created_to" | "since" | "until" => json!({"type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z)?$"}),
        "q" => json!({"type": "string", "minLength": 1, "maxLength": MOST_SEARCHED}),
        "sort" => named("TaskOrder"),
        "counts" => json!({"type": "string", "enum": ["open"]}),
        "task_type" => named("TaskType"),
        "month" => json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
        "by" => named("CostBy"),
        "from" | "to" => json!({"type": "string", "format": "date"}),
        "zone" => schema::<Zone>(),
        "tenant" => schema::<TenantId>(),
        "then" => json!({"type": "string", "enum": ["console", "terminal"]}),
        "port" => json!({"type": "integer", "minimum": 1024, "maximum": u16::MAX}),
        "challenge" => json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}),
        "ticket" => json!({"type": "string", "pattern": "^galley_ticket_[0-9a-f]{64}$"}),
        "state" | "code" => json!({"type": "string", "minLength": 1, "maxLength": 512}),
        _ => Value::Null,
    }
}

/// What a list of tasks can be asked for.
fn states() -> Vec<&'static str> {
    ["open"].into_iter().chain(TaskState::ALL.map(TaskState::name)).collect()
}

/// A component: an answer has it, too.
fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn header(route: Route, name: &str) -> (&'static str, Value) {
    match name {
        "Idempotency-Key" => (keyed(route), schema::<IdempotencyKey>()),
        "Last-Event-ID" => (
            "The id of the last event that was heard: the stream goes on behind it",
            json!({"type": "string", "pattern": "^(0|[1-9][0-9]{0,18})$"}),
        ),
        "If-Match" => (
            matched(route),
            json!({"type": "string", "minLength": 1, "pattern": r#"^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$"#}),
        ),
        "If-None-Match" => (
            "An ETag: answer 304 if it still holds",
            json!({"type": "string", "minLength": 1, "pattern": "^[!-~]([\\t -~]*[!-~])?$"}),
        ),
        "X-Webhook-Signature" => (
            "Scheme `galley`: hex HMAC-SHA256 over `<timestamp>.<raw body>` with the source's secret",
            json!({"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"}),
        ),
        "X-Webhook-Timestamp" => (
            "Scheme `galley`: Unix time in seconds, at most 300 from now",
            json!({"type": "string", "pattern": "^[0-9]{1,12}$"}),
        ),
        "webhook-id" => (
            "Scheme `standard`: the event's id, without a dot. The same id takes effect once",
            json!({"type": "string", "pattern": "^[!-,/-~-]{1,128}$"}),
        ),
        "webhook-timestamp" => (
            "Scheme `standard`: Unix time in seconds, at most 300 from now",
            json!({"type": "string", "pattern": "^[0-9]{1,12}$"}),
        ),
        "webhook-signature" => (
            "Scheme `standard`: one or more of `v1,` and the base64 HMAC-SHA256 over `<id>.<timestamp>.<raw body>`, with spaces between them",
            json!({"type": "string", "minLength": 1, "pattern": "^[ -~]+$"}),
        ),
        "X-Hub-Signature-256" => (
            "Scheme `github`: `sha256=` and the hex HMAC-SHA256 over the raw body",
            json!({"type": "string", "pattern": "^sha256=[0-9A-Fa-f]{64}$"}),
        ),
        "Stripe-Signature" => (
            "Scheme `stripe`: `t=` with the Unix time in seconds, and `v1=` with the hex HMAC-SHA256 over `<t>.<raw body>`, with commas between them",
            json!({"type": "string", "minLength": 1, "pattern": "^[ -~]+$"}),
        ),
        _ => ("", Value::Null),
    }
}

/// What a condition means to a route.
const fn matched(route: Route) -> &'static str {
    match route {
        Route::SetFlag => {
            "The flag's `etag`: set it only while it says the same. One that nobody has set has `\"default\"`"
        }
        Route::PatchAgent | Route::RemoveAgent | Route::MoveLabel | Route::MoveAlias | Route::RemoveAlias => {
            "The agent's ETag: change only what was read. Several may be named, with commas between them"
        }
        _ => "The task's ETag: decide only on this version. Several may be named, with commas between them",
    }
}

/// What a key means to a route.
const fn keyed(route: Route) -> &'static str {
    match route {
        Route::BulkCreate | Route::BulkUpdate => {
            "Each item has this key at its place: the same item there gets its first answer again, for a day, and another at the same place is refused"
        }
        _ => "The same key with the same body gets the first answer again, for a day",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::operations;

    #[test]
    fn every_parameter_says_what_it_takes() {
        for route in Route::ALL {
            for parameter in of(*route, &operations::of(*route)).as_array().unwrap() {
                let told = parameter["$ref"].is_string() || parameter["schema"].is_object();
                assert!(told, "{route:?}: {parameter}");
            }
        }
    }
}
