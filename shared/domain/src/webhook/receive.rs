//! Accepting a webhook: verify, record once, send to the queue. Fast, because the provider waits.

use super::{
    Receipt, ReceiptOutcome,
    signature::{Claim, SignatureError, VerifiedBody},
    source::SourceSecret,
};
use crate::{
    ids::{SourceId, SourceKey, TenantId, TraceId, WebhookId},
    limits::{Counted, RateClass, RateState, Window},
    message::{Kind, Message},
    ports::{Clock, LimitStore, Queue, ReceiptStore, Received, SecretError, Secrets, StoreError},
    report::chain,
};

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Nobody can sign for this source: ours to mend, and no detail for the outside.
    #[error("the source has no secret configured")]
    NoSecret,
    #[error("the source's secret could not be read")]
    Secrets(#[source] SecretError),
}

/// Checks what is claimed against every secret that is in force. Where the source says which generation its secret has,
/// those are of that very generation; where it does not, a cache may be old, and is asked once more if none fits.
///
/// # Errors
/// See `VerifyError`.
pub async fn verify<'a>(
    secrets: &impl Secrets,
    SourceSecret { id, generation }: &SourceSecret,
    claim: &Claim,
    body: &'a [u8],
) -> Result<VerifiedBody<'a>, VerifyError> {
    if let Some(generation) = generation {
        let keys = claim.scheme().keys(&secrets.of_generation(id, generation).await.map_err(secret_error)?);
        return if keys.is_empty() { Err(VerifyError::NoSecret) } else { Ok(claim.verify(body, &keys)?) };
    }
    let active = claim.scheme().keys(&secrets.active(id).await.map_err(secret_error)?);
    if let Ok(verified) = claim.verify(body, &active) {
        return Ok(verified);
    }
    // The secret may have been rotated since it was cached.
    let refreshed = claim.scheme().keys(&secrets.refreshed(id).await.map_err(secret_error)?);
    if refreshed.is_empty() {
        return Err(VerifyError::NoSecret);
    }
    Ok(claim.verify(body, &refreshed)?)
}

fn secret_error(error: SecretError) -> VerifyError {
    match error {
        SecretError::Missing => VerifyError::NoSecret,
        SecretError::Unavailable(_) => VerifyError::Secrets(error),
    }
}

/// A verified webhook, ready to be recorded.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub key: SourceKey,
    pub source: SourceId,
    pub tenant: TenantId,
    pub id: WebhookId,
    pub event_type: String,
    pub payload: String,
    /// Why it is recorded and nothing else.
    pub ignored: Option<&'static str>,
    pub expires: bool,
    pub trace_id: TraceId,
}

#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("too many webhooks from this source")]
    RateLimited(RateState),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records `incoming` once and has it processed.
///
/// # Errors
/// See `ReceiveError`. After an error the provider sends again; the receipt keeps that from taking effect twice.
pub async fn receive(
    store: &(impl ReceiptStore + LimitStore),
    queue: &impl Queue,
    clock: &impl Clock,
    limit_per_minute: u32,
    incoming: Incoming,
) -> Result<Received, ReceiveError> {
    let now = clock.now();
    let window = Window::new(RateClass::Webhook, incoming.key.to_string(), limit_per_minute, now);
    if let Counted::Exceeded = store.count(&window).await? {
        let state = RateState { limit: limit_per_minute, remaining: 0, resets_in_s: window.resets_in(now) };
        return Err(ReceiveError::RateLimited(state));
    }
    let receipt = Receipt {
        key: incoming.key,
        source: incoming.source,
        id: incoming.id,
        tenant: incoming.tenant,
        event_type: incoming.event_type,
        payload: incoming.ignored.is_none().then_some(incoming.payload),
        outcome: incoming.ignored.map_or(ReceiptOutcome::Received, ReceiptOutcome::ignored),
        received_at: now,
        expires: incoming.expires,
        trace_id: incoming.trace_id,
    };
    let message = Message::new(Kind::Webhook, receipt.tenant.clone(), receipt.message_id(), receipt.trace_id.clone());
    let waits = receipt.outcome == ReceiptOutcome::Received;
    let received = store.receive(receipt, waits.then(|| now + clock.pace().grace())).await?;
    if waits && received == Received::First {
        // A lost message is sent again by the sweeper: the receipt is due until it is processed.
        if let Err(error) = queue.send(&message).await {
            tracing::warn!(error = chain(&error), "webhook recorded, message left to the sweeper");
        }
    }
    Ok(received)
}
