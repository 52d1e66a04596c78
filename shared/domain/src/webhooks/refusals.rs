//! What was refused of a source's webhooks: how often, by day and reason, so that an admin whose sender is turned away sees it.
//! Keeps no body, no header and no address of a sender.
//! Invariant: an instance writes at most once a minute for each source and reason, however often a stranger asks.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{
        error::{StoreError, chain},
        ids::{SourceKey, TenantId},
    },
    money::budget::day_of,
    signing::signature::SignatureError,
    tenancy::flags::{FlagCache, FlagStore},
};

/// For how many days they are kept and told: as long as receipts.
pub const KEPT_DAYS: i64 = 7;
const ONCE_IN: SignedDuration = SignedDuration::from_mins(1);
/// How many sources and reasons an instance remembers. Sources that nobody made are none of them.
const MOST: usize = 1000;

/// Why a webhook was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RefusalReason))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The headers of the source's scheme are not there.
    Unsigned,
    /// Signed more than 300 seconds from now.
    StaleTimestamp,
    /// No signature fits the body and the source's secrets.
    SignatureMismatch,
    /// The source has no secret.
    NoSecret,
    /// Signed by the source, and not what it may send.
    Invalid,
    /// Signed by the source, and more than a minute takes.
    RateLimited,
}

impl Reason {
    pub const ALL: [Self; 6] = [
        Self::Unsigned,
        Self::StaleTimestamp,
        Self::SignatureMismatch,
        Self::NoSecret,
        Self::Invalid,
        Self::RateLimited,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::StaleTimestamp => "stale_timestamp",
            Self::SignatureMismatch => "signature_mismatch",
            Self::NoSecret => "no_secret",
            Self::Invalid => "invalid",
            Self::RateLimited => "rate_limited",
        }
    }

    /// What is wrong with a signature.
    pub const fn of(error: SignatureError) -> Self {
        match error {
            SignatureError::MissingHeader(_) | SignatureError::MalformedTimestamp | SignatureError::MalformedId => {
                Self::Unsigned
            }
            SignatureError::Stale => Self::StaleTimestamp,
            SignatureError::Mismatch => Self::SignatureMismatch,
        }
    }
}

/// Whose webhook was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub tenant: TenantId,
    pub source: SourceKey,
}

/// Refusals that were not written before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub sender: Sender,
    pub reason: Reason,
    pub count: u32,
    pub at: Timestamp,
}

/// A day's refusals for one reason. An instance that ends takes at most a minute's with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    pub day: Date,
    pub reason: Reason,
    /// At least so many.
    pub count: u64,
    pub last_at: Timestamp,
}

/// What an instance has seen, and when it wrote of it.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    seen: Arc<Mutex<HashMap<(SourceKey, Reason), Seen>>>,
    /// Says whose tenants are suspended.
    flags: FlagCache,
}

#[derive(Debug)]
struct Seen {
    written_at: Timestamp,
    unwritten: u32,
}

impl Refusals {
    /// Counts a refusal, and writes it with those of the minute before where that minute is over. What cannot be written is lost:
    /// the sender's answer is another's concern.
    pub async fn tell(&self, store: &(impl RefusalStore + FlagStore), sender: Sender, reason: Reason, now: Timestamp) {
        tracing::info!(tenant = %sender.tenant, source = %sender.source, reason = reason.name(), "a webhook is refused");
        let Some(count) = self.due(&sender.source, reason, now) else { return };
        if !self.flags.serves(store, &sender.tenant, now).await {
            return;
        }
        let refused = Refused { sender, reason, count, at: now };
        if let Err(error) = store.count_refused(&refused).await {
            tracing::warn!(error = chain(&error), "refusals were not counted");
        }
    }

    /// How many there are to write now.
    fn due(&self, source: &SourceKey, reason: Reason, now: Timestamp) -> Option<u32> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |seen: &Seen| now.duration_since(seen.written_at) < ONCE_IN;
        let place = (source.clone(), reason);
        if let Some(known) = seen.get_mut(&place) {
            known.unwritten = known.unwritten.saturating_add(1);
            if is_recent(known) {
                return None;
            }
            known.written_at = now;
            return Some(std::mem::take(&mut known.unwritten));
        }
        if seen.len() >= MOST {
            seen.retain(|_, seen| is_recent(seen));
        }
        if seen.len() >= MOST {
            return None;
        }
        seen.insert(place, Seen { written_at: now, unwritten: 0 });
        Some(1)
    }
}

/// The days that are told, this one first.
pub fn days_before(now: Timestamp) -> impl Iterator<Item = Date> {
    (0..KEPT_DAYS).map(move |back| day_of(now - SignedDuration::from_hours(24 * back)))
}

pub trait RefusalStore: Send + Sync {
    /// Adds to the day's refusals of this source for this reason.
    fn count_refused(&self, refused: &Refused) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What was refused in the last days, the newest day first.
    fn refused(
        &self,
        sender: &Sender,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<RefusedLine>, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> SourceKey {
        name.parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    #[test]
    fn a_flood_is_written_once_a_minute_and_none_of_it_is_forgotten() {
        let refusals = Refusals::default();
        let due = |second| refusals.due(&source("cms"), Reason::SignatureMismatch, at(second));
        assert_eq!(due(0), Some(1), "the first is seen at once");
        let flood: Vec<u32> = (1..=150).filter_map(due).collect();
        assert_eq!(flood, [60, 60]);
        assert_eq!(due(1000), Some(31));
        assert_eq!(
            refusals.due(&source("cms"), Reason::Unsigned, at(1000)),
            Some(1),
            "each reason has a minute of its own"
        );
        assert_eq!(refusals.due(&source("other"), Reason::Unsigned, at(1000)), Some(1), "and each source");
    }

    #[test]
    fn an_instance_remembers_so_many_and_no_more() {
        let refusals = Refusals::default();
        let due = |nth: usize, second| refusals.due(&source(&format!("s-{nth}")), Reason::Unsigned, at(second));
        let written = (0..=MOST).filter(|nth| due(*nth, 0).is_some()).count();
        assert_eq!(written, MOST);
        assert_eq!(due(MOST + 1, 60), Some(1), "what is over makes room");
        assert_eq!(refusals.seen.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_reason_is_told_by_its_name() {
        assert_eq!(Reason::of(SignatureError::Stale), Reason::StaleTimestamp);
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }

    #[test]
    fn the_days_are_those_that_are_kept() {
        let days: Vec<String> =
            days_before("2026-03-02T00:30:00Z".parse().unwrap()).map(|day| day.to_string()).collect();
        assert_eq!(
            (days.len(), days[0].as_str(), days[1].as_str(), days[2].as_str()),
            (7, "2026-03-02", "2026-03-01", "2026-02-28")
        );
    }
}
