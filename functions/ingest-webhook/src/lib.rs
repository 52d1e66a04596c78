//! `POST /api/webhooks/{tenant}/{source}`: verifies the bytes before parsing them, records them once, and queues the work.

use std::borrow::Cow;

use galley_api::route::IngestWebhookRoute;
use galley_domain::{
    access::{allowance::Refused, limits::LimitStore},
    kernel::{clock::Clock, ids::SourceId},
    queue::message::Queue,
    secrets::store::Secrets,
    signing::{scheme::Scheme, signature::SignatureError},
    tenancy::flags::FlagStore,
    webhooks::{
        body::{Body, Incomplete},
        receive::{ReceiptStore, ReceiveError, Received},
        receiver::{Authentic, Receiver, RefusedWebhook, Taken, Unauthentic},
        refusals::{Reason, RefusalStore},
        source::{SourceName, SourceStore},
    },
};
use galley_edge::{
    api::ReceivedView,
    http::{
        body::{self, JsonBody},
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use percent_encoding::percent_decode;

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, X, C> {
    pub receiver: Receiver<S, Q, X, C>,
}

impl<S, Q: Queue, X: Secrets, C: Clock> App<S, Q, X, C>
where
    S: ReceiptStore + LimitStore + SourceStore + RefusalStore + FlagStore,
{
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let source: SourceId = call.named("source")?;
        let name = match call.of::<IngestWebhookRoute>()? {
            IngestWebhookRoute::TenantWebhook => SourceName::Own { tenant: call.named("tenant")?, source },
            IngestWebhookRoute::Webhook => SourceName::Shared(source),
        };
        let header = |name: &str| call.header(name);
        let authentic = self.receiver.authenticate(name, header, call.bytes()?).await.map_err(unauthentic)?;
        let sender = authentic.sender();
        let taken = self.taken(&call, authentic).await;
        if let Some(reason) = taken.as_ref().err().and_then(reason) {
            self.receiver.refused(sender, reason).await;
        }
        taken
    }

    /// What is said of a body that its source has signed.
    async fn taken(&self, call: &Call, authentic: Authentic<'_>) -> Result<Reply, ApiError> {
        let read = match (authentic.scheme(), call.media_type().as_str()) {
            (Scheme::Github, FORM) => body::object(form_payload(authentic.bytes())?.as_bytes())?,
            _ => body::object(authentic.bytes())?,
        };
        let fitting = authentic.open(read).fits().map_err(|error| ApiError::invalid("body", error.to_string()))?;
        let Envelope(body) = body::from_object(fitting.fields).map_err(ApiError::invalid_fields)?;
        let taken = self.receiver.take(authentic, (body, fitting.payload), call.trace_id.clone()).await;
        let Taken { event_id, received } = taken.map_err(refusal)?;
        let (status, duplicate) = match received {
            Received::First => (202, false),
            Received::Again => (200, true),
        };
        Ok(Reply::json(status, &ReceivedView { event_id: event_id.to_string(), duplicate }))
    }
}

/// Why a source was refused what it has signed; what is ours to mend is none.
fn reason(error: &ApiError) -> Option<Reason> {
    match error.problem() {
        Problem::RateLimited => Some(Reason::RateLimited),
        problem if problem.status() < 500 => Some(Reason::Invalid),
        _ => None,
    }
}

/// A webhook's body names its event; what else it holds depends on the event's type.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Envelope(Body);

impl JsonBody for Envelope {
    const REQUIRED: &'static [&'static str] = &["event_id", "event_type"];
}

/// GitHub's default content type: the JSON is the field `payload` of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// The one field `payload` of a form. Invalid UTF-8 is refused: a repaired text would differ from the signed one.
fn form_payload(bytes: &[u8]) -> Result<String, ApiError> {
    let mut fields = bytes.split(|byte| *byte == b'&').map(|field| {
        let mut parts = field.splitn(2, |byte| *byte == b'=');
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    });
    let mut payloads = fields.by_ref().filter(|(name, _)| decoded(name).as_deref() == Some("payload"));
    match (payloads.next(), payloads.next()) {
        (None, _) => Err(ApiError::invalid("payload", "is required in a form")),
        (Some(_), Some(_)) => Err(ApiError::invalid("payload", "must come once in a form")),
        (Some((_, json)), None) => decoded(json).ok_or_else(|| ApiError::invalid("payload", "must be UTF-8")),
    }
}

/// Decodes a form's name or value (<https://url.spec.whatwg.org/#urlencoded-parsing>); `None` if it is not UTF-8.
fn decoded(part: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

/// One answer for every bad signature, so that a stranger cannot learn whether a source exists and how it signs.
fn nobodys() -> ApiError {
    ApiError::new(Problem::SignatureInvalid)
        .detail("no source of this name signed this body within the last 300 seconds")
}

fn unauthentic(error: Unauthentic) -> ApiError {
    match error {
        Unauthentic::UnknownSource => nobodys(),
        Unauthentic::Signature(error) => unsigned(error),
        // The built-in source is documented, so its existence is no secret; its secret is created with the stack.
        Unauthentic::NoSecret(name) if name.is_built_in() => {
            ApiError::internal("the source content-generated has no secret configured")
        }
        Unauthentic::NoSecret(name) => {
            tracing::error!(source = %name.id(), "a source has no secret, all its webhooks are refused");
            nobodys()
        }
        Unauthentic::Secrets(error) => error.into(),
        Unauthentic::Store(error) => error.into(),
    }
}

fn unsigned(error: SignatureError) -> ApiError {
    match error {
        SignatureError::MalformedTimestamp => ApiError::new(Problem::MalformedTimestamp).detail(error.to_string()),
        SignatureError::MalformedId => ApiError::invalid("webhook-id", error.to_string()),
        SignatureError::MissingHeader(_) | SignatureError::Stale | SignatureError::Mismatch => {
            // The reason is for the log and the source's admin; the caller does not learn it.
            nobodys()
        }
    }
}

fn refusal(error: RefusedWebhook) -> ApiError {
    match error {
        RefusedWebhook::Incomplete(Incomplete { field, rule }) => ApiError::invalid(&field, rule),
        RefusedWebhook::Receive(ReceiveError::RateLimited(rate)) => Refused::RateLimited(rate).into(),
        RefusedWebhook::Receive(ReceiveError::Store(error)) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use galley_domain::{kernel::ids::TenantId, webhooks::source::Source};

    use super::*;

    #[test]
    fn a_source_without_a_secret_is_refused_as_every_other_whatever_it_is_called() {
        let tenant = TenantId::new("acme").unwrap();
        let built_in = Source::built_in(&tenant).unwrap().name;
        let own = SourceName::Own { tenant, source: built_in.id().clone() };
        assert_eq!(unauthentic(Unauthentic::NoSecret(own)).problem(), Problem::SignatureInvalid);
        assert_eq!(unauthentic(Unauthentic::NoSecret(built_in)).problem(), Problem::Internal);
    }

    #[test]
    fn a_form_that_could_be_read_in_two_ways_is_refused() {
        for form in [
            "",
            "other=1",
            "payload%FF=1",
            "payload=%7B%7D&payload=%7B%7D",
            "payload=1&%70ayload=2",
            "payload=%FF",
            "payload=%C3%28",
            "payload=%ED%A0%80",
        ] {
            assert_eq!(form_payload(form.as_bytes()).unwrap_err().problem(), Problem::Invalid, "{form}");
        }
        assert!(form_payload(b"payload=\xff").is_err());
    }

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        for (form, read) in [
            ("payload=%7B%22a%22%3A1%7D", r#"{"a":1}"#),
            ("x=1&payload=a+b%2Bc%C3%A9&y", "a b+cé"),
            ("payload=a=b", "a=b"),
            // A U+FFFD that the sender encoded is valid.
            ("payload=%EF%BF%BD", "\u{fffd}"),
        ] {
            assert_eq!(form_payload(form.as_bytes()).unwrap(), read);
        }
    }
}
