//! Calendars for programs that show calendars: each under a secret address, which whoever has it may read. It shows titles and hours, and
//! nothing else. The secret is kept as a hash, and no person is named: an address belongs to its tenant.

use std::future::Future;

pub use galley_api::schedule::FeedName;
use jiff::{Timestamp, ToSpan};
use secrecy::SecretString;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    access::acts::{Acting, Recording},
    idempotency::claim::{ClaimError, ClaimRecord, Keyed, Once},
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError},
        ids::{FeedId, TenantId},
    },
    plans::span::{MOST_DAYS, Span},
    schedule::zone::Zone,
};

/// How many a tenant may have.
pub const MOST_FEEDS: u32 = 20;
/// Every secret begins with this, so that it is known for one wherever it stands.
const MARK: &str = "galley_feed_";
const RANDOM_CHARS: usize = 64;
/// So many days of the past are in it; those to come are the rest of what a calendar may cover.
const PAST_DAYS: i32 = 30;

/// An address as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    pub id: FeedId,
    pub tenant: TenantId,
    pub name: FeedName,
    pub created_at: Timestamp,
}

/// An address that somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewFeed {
    /// What the calendar is called where it is shown.
    pub name: FeedName,
}

#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("a tenant has at most {MOST_FEEDS} addresses of its calendar")]
    TooMany,
    #[error("this tenant owns no content")]
    NoContent,
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

/// The id of a secret: its hash. `None`: no secret of ours looks like this.
pub fn id_of(text: &str) -> Option<FeedId> {
    let random = text.strip_prefix(MARK)?;
    let is_hex = random.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (random.len() == RANDOM_CHARS && is_hex).then(|| FeedId::new(hex::encode(Sha256::digest(text))).ok()).flatten()
}

/// Makes an address, once under an idempotency key. The secret is nowhere but in the first answer.
///
/// # Errors
/// See `FeedError`; there is no address then.
pub async fn make(
    store: &(impl FeedStore + Recording),
    entropy: &impl Entropy,
    clock: &impl Clock,
    acting: &Acting,
    asked: NewFeed,
    keyed: &Keyed<Feed>,
) -> Result<Once<(Feed, SecretString)>, FeedError> {
    let (now, tenant) = (clock.now(), &acting.principal.tenant);
    if tenant.is_system() {
        return Err(FeedError::NoContent);
    }
    if let Some(claim) = &keyed.claim
        && let Some(claimed) = store.claimed(claim, now).await.map_err(ClaimError::from)?
    {
        return Ok(Once::Replay(ClaimError::Claimed(claimed).replay()?));
    }
    if store.feeds(tenant).await.map_err(ClaimError::from)?.len() >= MOST_FEEDS as usize {
        return Err(FeedError::TooMany);
    }
    let text = format!("{MARK}{}", hex::encode(entropy.secret().map_err(FeedError::Entropy)?));
    let id = id_of(&text).ok_or_else(|| FeedError::Entropy("it has no form".into()))?;
    let feed = Feed { id, tenant: tenant.clone(), name: asked.name, created_at: now };
    let store = store.with_act(acting.own(clock, &feed.id));
    let written = store.make_feed(&feed, keyed.record(&feed, now)).await;
    Ok(Once::of((feed, SecretString::from(text)), written)?)
}

/// The days that an address shows, in UTC: programs have zones of their own. `None`: the clock is beyond all days.
pub fn span(now: Timestamp) -> Option<Span> {
    let zone = Zone::try_from("UTC".to_owned()).ok()?;
    let from = zone.day_of(now).checked_sub(PAST_DAYS.days()).ok()?;
    let to = from.checked_add((MOST_DAYS - 1).days()).ok()?;
    Span::new(from, to, zone)
}

pub trait FeedStore: crate::idempotency::claim::ClaimStore {
    fn feed(&self, id: &FeedId) -> impl Future<Output = Result<Option<Feed>, StoreError>> + Send;

    /// A tenant's, the newest first; at most as many as it may have.
    fn feeds(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<Feed>, StoreError>> + Send;

    /// Keeps a new one, and the claim of the request.
    fn make_feed(&self, feed: &Feed, claim: Option<ClaimRecord>)
    -> impl Future<Output = Result<(), ClaimError>> + Send;

    /// Removes one of this tenant's. `false`: it has no such.
    fn remove_feed(&self, tenant: &TenantId, id: &FeedId) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_have_made_looks_like_a_secret() {
        let good = format!("{MARK}{}", "0a".repeat(32));
        assert_ne!(id_of(&good).unwrap().as_str(), good);
        for bad in ["", MARK, &good[1..], &good.to_uppercase(), &format!("{good}0"), &good.replace('a', "g")] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn it_shows_a_month_that_was_and_two_to_come() {
        let span = span("2026-11-20T12:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(
            (span.from().to_string(), span.to().to_string()),
            ("2026-10-21".to_owned(), "2027-01-20".to_owned())
        );
    }
}
