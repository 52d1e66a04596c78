//! `POST /api/webhooks/{source}`: bytes are verified before anything reads them, recorded once, and left to the queue.

use galley_domain::{
    ids::{SourceId, TenantId},
    ports::{Clock, LimitStore, Queue, ReceiptStore, Received, Secrets, SourceStore},
    webhook::{
        Body, Incomplete, envelope,
        receive::{self, Incoming, ReceiveError, VerifyError},
        signature::SignatureError,
        source,
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

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, X, C> {
    pub store: S,
    pub queue: Q,
    pub secrets: X,
    pub clock: C,
    /// Whose the source `content-generated` is.
    pub default_tenant: TenantId,
    /// A source's secret is named by this and the source.
    pub secret_prefix: String,
    pub webhooks_per_minute: u32,
}

impl<S: ReceiptStore + LimitStore + SourceStore, Q: Queue, X: Secrets, C: Clock> App<S, Q, X, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let id: SourceId = call.named("source")?;
        let bytes = call.bytes()?;
        let source = source::find(&self.store, &id, &self.default_tenant).await;
        let source = source.map_err(|error| ApiError::unavailable(&error))?;
        let source = source.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let claim = source
            .scheme
            .claim(|name| call.header(name), self.clock.now())
            .map_err(|error| unverified(error.into()))?;
        let secret_id = format!("{}{}", self.secret_prefix, source.id);
        let verified = receive::verify(&self.secrets, &secret_id, &claim, bytes).await.map_err(unverified)?;

        let map = envelope::open(source.scheme, &verified, body::object(verified.bytes())?);
        // As it is kept: the wrapping is gone, and whatever Galley does not read of it.
        let payload = serde_json::to_string(&map).unwrap_or_default();
        let Envelope(body) = body::from_object(map).map_err(ApiError::invalid_fields)?;
        let invalid = |incomplete: Incomplete| ApiError::invalid(incomplete.field, incomplete.rule);
        let delivery = body.clone().delivery().map_err(invalid)?;
        if let Some(refused) = source.refuses(&delivery) {
            return Err(invalid(refused));
        }
        let ignored = source.ignores(&delivery);
        if let Some(reason) = ignored {
            tracing::info!(source = %source.id, reason, "a webhook is recorded and ignored");
        }
        let event_id = body.event_id.clone();
        let incoming = Incoming {
            source: source.id,
            tenant: source.tenant,
            id: body.event_id,
            event_type: body.event_type,
            payload,
            ignored,
            expires: source.scheme.signs_a_time(),
            trace_id: call.trace_id.clone(),
        };
        let received = receive::receive(&self.store, &self.queue, &self.clock, self.webhooks_per_minute, incoming)
            .await
            .map_err(|error| match error {
                ReceiveError::RateLimited(rate) => {
                    ApiError::new(Problem::RateLimited).retry_after(rate.resets_in_s).rate(rate)
                }
                ReceiveError::Store(error) => ApiError::unavailable(&error),
            })?;
        let (status, duplicate) = match received {
            Received::First => (202, false),
            Received::Again => (200, true),
        };
        Ok(Reply::json(status, &ReceivedView { event_id: event_id.to_string(), duplicate }))
    }
}

/// A webhook's body names its event; what else it holds depends on the event's type.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Envelope(Body);

impl JsonBody for Envelope {
    const REQUIRED: &'static [&'static str] = &["event_id", "event_type"];
}

fn unverified(error: VerifyError) -> ApiError {
    match error {
        VerifyError::Signature(error) => {
            let problem = match error {
                SignatureError::MissingHeader(_) => Problem::SignatureMissing,
                SignatureError::MalformedTimestamp => Problem::MalformedTimestamp,
                SignatureError::Stale | SignatureError::Mismatch => Problem::SignatureInvalid,
            };
            ApiError::new(problem).detail(error.to_string())
        }
        VerifyError::NoSecret => ApiError::internal("the source has no secret configured"),
        VerifyError::Secrets(error) => ApiError::unavailable(&error),
    }
}
