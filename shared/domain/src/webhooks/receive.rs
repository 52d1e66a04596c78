//! Accepting a webhook: verify, record once, send to the queue. Fast, because the provider waits.

use crate::{
    access::limits::{Counted, LimitStore, RateClass, RateState, Window},
    idempotency::receipt::{Receipt, ReceiptOutcome},
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{SourceId, SourceKey, TenantId, TraceId, WebhookId},
    },
    queue::message::{Kind, Message, Queue},
    secrets::store::{SecretError, Secrets},
    signing::signature::{SignatureClaim, SignatureError, VerifiedBody},
    webhooks::source::SourceSecret,
};
use crate::{
    idempotency::receipt::{ReceiptDone, ReceiptLine},
    kernel::paging::{Page, PageKey},
    task::store::CommitError,
};
use jiff::Timestamp;
use std::future::Future;

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
    claim: &SignatureClaim,
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
        SecretError::Refused(_) | SecretError::Unavailable(_) => VerifyError::Secrets(error),
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
    let received = store.receive(receipt, waits.then(|| now + clock.timings().grace())).await?;
    if waits && received == Received::First {
        // A lost message is sent again by the sweeper: the receipt is due until it is processed.
        if let Err(error) = queue.send(&message).await {
            tracing::warn!(error = chain(&error), "webhook recorded, message left to the sweeper");
        }
    }
    Ok(received)
}

/// Whether a webhook is here for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    First,
    Again,
}

pub trait ReceiptStore: Send + Sync {
    /// Keeps a receipt, due at `due_at` unless it is processed before.
    fn receive(
        &self,
        receipt: Receipt,
        due_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<Received, StoreError>> + Send;

    fn receipt(
        &self,
        key: &SourceKey,
        id: &WebhookId,
    ) -> impl Future<Output = Result<Option<Receipt>, StoreError>> + Send;

    /// A page of a source's receipts, newest first.
    fn receipts(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ReceiptLine>, StoreError>> + Send;

    /// Ends a receipt that was begun too often, and keeps its payload as long as what was given up `at` this time is listed.
    /// `false`: it has ended before.
    fn abandon(&self, done: &ReceiptDone, at: Timestamp) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Has an abandoned receipt processed again, due at `due_at`. `false`: it is not abandoned.
    fn reopen(&self, receipt: &Receipt, due_at: Timestamp) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a receipt that changed no task. `AlreadyProcessed` if it was ended before.
    fn finish(&self, done: ReceiptDone) -> impl Future<Output = Result<(), CommitError>> + Send;
}
