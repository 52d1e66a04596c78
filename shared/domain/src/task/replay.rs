//! What a refusal may only mean: that this very request was answered before.

use jiff::Timestamp;

use crate::{
    idempotency::claim::{Claim, ClaimStore, Claimed, KeyReused, SavedResponse},
    kernel::error::StoreError,
};

/// The answer that `claim` has already: whoever lost it and asks again is told it, whatever has changed since.
///
/// # Errors
/// `refusal` where there is none; `KeyReused` where it was given to another body; what the store says.
pub(crate) async fn replay_or<E: From<KeyReused> + From<StoreError>>(
    refusal: E,
    claim: Option<&Claim>,
    store: &impl ClaimStore,
    now: Timestamp,
) -> Result<SavedResponse, E> {
    let Some(claim) = claim else { return Err(refusal) };
    match store.claimed(claim, now).await? {
        Some(Claimed::Replay(saved)) => Ok(saved),
        Some(Claimed::KeyReused) => Err(KeyReused.into()),
        None => Err(refusal),
    }
}
