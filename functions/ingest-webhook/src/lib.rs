//! `POST /api/webhooks/{source}`: bytes are verified before anything reads them, recorded once, and left to the queue.

use galley_domain::{
    ids::{SourceId, TenantId},
    ports::{Clock, LimitStore, Queue, ReceiptStore, Received, Secrets},
    webhook::{
        Body, CONTENT_GENERATED, Delivery,
        receive::{self, Incoming, ReceiveError, VerifyError},
        signature::{SignatureError, SignatureHeaders},
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

impl<S: ReceiptStore + LimitStore, Q: Queue, X: Secrets, C: Clock> App<S, Q, X, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let source: SourceId = call.named("source")?;
        if source.as_str() != CONTENT_GENERATED {
            return Err(ApiError::new(Problem::NotFound));
        }
        let bytes = call.bytes()?;
        let headers = SignatureHeaders {
            signature: call.header("x-webhook-signature"),
            timestamp: call.header("x-webhook-timestamp"),
        };
        let secret_id = format!("{}{source}", self.secret_prefix);
        let verified =
            receive::verify(&self.secrets, &secret_id, headers, bytes, self.clock.now()).await.map_err(unverified)?;

        let (delivery, body) = read(verified.bytes())?;
        if let Delivery::Unknown = delivery {
            tracing::info!(source = %source, "a webhook of an unknown type");
        }
        let id = body.event_id.clone();
        let incoming = Incoming {
            source,
            tenant: self.default_tenant.clone(),
            id: body.event_id,
            event_type: body.event_type,
            payload: String::from_utf8_lossy(verified.bytes()).into_owned(),
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
        Ok(Reply::json(status, &ReceivedView { event_id: id.to_string(), duplicate }))
    }
}

/// A webhook's body names its event; what else it holds depends on the event's type.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Envelope(Body);

impl JsonBody for Envelope {
    const REQUIRED: &'static [&'static str] = &["event_id", "event_type"];
}

fn read(bytes: &[u8]) -> Result<(Delivery, Body), ApiError> {
    let Envelope(body) = body::parse(bytes)?;
    let delivery =
        body.clone().delivery().map_err(|incomplete| ApiError::invalid(incomplete.field, incomplete.rule))?;
    Ok((delivery, body))
}

fn unverified(error: VerifyError) -> ApiError {
    match error {
        VerifyError::Signature(error) => {
            let problem = match error {
                SignatureError::MissingHeader => Problem::SignatureMissing,
                SignatureError::MalformedTimestamp => Problem::MalformedTimestamp,
                SignatureError::Stale | SignatureError::Mismatch => Problem::SignatureInvalid,
            };
            ApiError::new(problem).detail(error.to_string())
        }
        VerifyError::NoSecret => ApiError::internal("the source has no secret configured"),
        VerifyError::Secrets(error) => ApiError::unavailable(&error),
    }
}
