//! How an event is written in each scheme. Nothing is read by these types: what is in an event is taken from where its provider
//! puts it (`galley_domain::webhooks::envelope`).
#![expect(dead_code, reason = "the document alone has them")]

use galley_domain::{
    kernel::ids::TaskId,
    task::request::TaskRequest,
    webhooks::body::{Body, Content, Error},
};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{AnyOfBuilder, Schema},
    },
};

use super::operation::{Examples, Operation};
use crate::api::ReceivedView;

/// What an event tells. Other fields are the provider's business.
#[derive(ToSchema)]
#[schema(as = WebhookData)]
struct Data {
    task_id: Option<TaskId>,
    content: Option<Content>,
    request: Option<TaskRequest>,
    error: Option<Error>,
}

/// As the scheme `standard` has it. The event's id is the header `webhook-id`.
#[derive(ToSchema)]
#[schema(as = StandardWebhookEvent)]
struct StandardEvent {
    /// As `event_type` of a `WebhookEvent`.
    #[schema(rename = "type")]
    kind: String,
    /// Not read: the time that is signed is the header `webhook-timestamp`.
    timestamp: Option<String>,
    data: Data,
}

/// As the scheme `stripe` has it.
#[derive(ToSchema)]
#[schema(as = StripeWebhookEvent)]
struct StripeEvent {
    /// The same id takes effect once.
    #[schema(pattern = "^[!-~]{1,128}$")]
    id: String,
    /// As `event_type` of a `WebhookEvent`.
    #[schema(rename = "type")]
    kind: String,
    data: StripeData,
}

#[derive(ToSchema)]
#[schema(as = StripeWebhookData)]
struct StripeData {
    object: Data,
}

/// As the scheme `github` has it: a `repository_dispatch`. Every other event of GitHub is recorded and ignored. The same bytes are
/// the same event.
#[derive(ToSchema)]
#[schema(as = GithubWebhookEvent)]
struct GithubEvent {
    /// As `event_type` of a `WebhookEvent`.
    action: Option<String>,
    client_payload: Option<Data>,
}

/// As GitHub's usual content type has it: the event is a field of a form, in JSON.
#[derive(ToSchema)]
#[schema(as = WebhookForm)]
struct Form {
    /// A `GithubWebhookEvent` in JSON.
    payload: String,
}

/// In the scheme of its source.
struct AnyEvent;

impl PartialSchema for AnyEvent {
    fn schema() -> RefOr<Schema> {
        let schemes = ["WebhookEvent", "StandardWebhookEvent", "StripeWebhookEvent", "GithubWebhookEvent"];
        let any = schemes.into_iter().fold(AnyOfBuilder::new(), |any, name| any.item(Ref::from_schema_name(name)));
        any.description(Some("An event, in the scheme of its source.")).into()
    }
}

impl ToSchema for AnyEvent {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("WebhookEvent".to_owned(), Body::schema()));
        Body::schemas(schemas);
        schemas.push((StandardEvent::name().into_owned(), StandardEvent::schema()));
        StandardEvent::schemas(schemas);
        schemas.push((StripeEvent::name().into_owned(), StripeEvent::schema()));
        StripeEvent::schemas(schemas);
        schemas.push((GithubEvent::name().into_owned(), GithubEvent::schema()));
        GithubEvent::schemas(schemas);
    }
}

/// `POST /api/webhooks/{source}`.
pub(super) fn of_galley() -> Operation {
    received(Operation::of("webhooks").body_read_apart::<Body>("WebhookEvent", Examples::One(example())))
        .headers(&["X-Webhook-Signature", "X-Webhook-Timestamp"])
}

/// `POST /api/webhooks/{tenant}/{source}`.
pub(super) fn of_any() -> Operation {
    received(Operation::of("webhooks").body_read_apart::<AnyEvent>("AnyWebhookEvent", Examples::Named(examples())))
        .or_form::<Form>("WebhookForm")
        .headers(&[
            "X-Webhook-Signature",
            "X-Webhook-Timestamp",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "X-Hub-Signature-256",
            "Stripe-Signature",
        ])
}

fn received(operation: Operation) -> Operation {
    operation
        .answer::<ReceivedView>(200, "Received", "Recorded before; nothing new happens")
        .answer::<ReceivedView>(202, "Received", "Recorded")
        .problems(&[401])
}

fn data() -> Value {
    json!({"task_id": "task_01a1fb7dd887761bbbe1433c3c33467f", "content": {"markdown": "## What it is", "title": "HTTP caching"}})
}

fn example() -> Value {
    let mut event = data();
    event["event_id"] = json!("evt-1");
    event["event_type"] = json!("content.generated");
    event
}

/// One of each scheme, by its name.
fn examples() -> Value {
    let kind = "content.generated";
    json!({
        "galley": {"value": example()},
        "standard": {"value": {"type": kind, "timestamp": "2026-11-20T12:00:00Z", "data": data()}},
        "stripe": {"value": {"id": "evt_1", "type": kind, "data": {"object": data()}}},
        "github": {"value": {"action": kind, "client_payload": data()}},
    })
}
