//! Open streams: how many one principal may hold at once. Each takes a place for as long as it may last; a place whose
//! holder died is free again by itself.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::role::Principal;
use crate::kernel::error::StoreError;
use std::future::Future;

/// Of a second.
const NANOSECONDS: u32 = 1_000_000_000;

/// Whose places they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holder(String);

impl Holder {
    /// By a hash, for a place says nothing of who holds it.
    pub fn of(principal: &Principal) -> Self {
        let subject = hex::encode(Sha256::digest(principal.subject.as_str()));
        Self(format!("{}#{subject}", principal.tenant))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place that was taken, until it is given back or its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSlot {
    pub holder: Holder,
    pub number: u32,
    pub until: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    Taken(StreamSlot),
    /// All are taken; the first is free again then, or before.
    Full {
        free_at: Timestamp,
    },
}

/// When a place ends that is taken now. No two end at the same instant, so that this says whose a place is.
pub fn until(now: Timestamp, lasts: SignedDuration, random: [u8; 10]) -> Timestamp {
    let [.., a, b, c, d, _, _] = random;
    now + lasts + SignedDuration::from_nanos(i64::from(u32::from_be_bytes([a, b, c, d]) % NANOSECONDS))
}

/// Which place to take of those that `held` leaves, by when each is free again.
pub fn free_place(held: &[(u32, Timestamp)], most: u32, now: Timestamp) -> Result<u32, Timestamp> {
    let taken = |number: u32| held.iter().find(|(known, until)| *known == number && *until > now);
    if let Some(free) = (0..most).find(|number| taken(*number).is_none()) {
        return Ok(free);
    }
    Err((0..most).filter_map(taken).map(|(_, until)| *until).min().unwrap_or(now))
}

/// Who holds how many streams open.
pub trait StreamStore: Send + Sync {
    /// Takes one of the holder's `most` places until `until`, which names the place: who asks again, because the answer
    /// was lost, gets the same.
    fn open_stream(
        &self,
        holder: &Holder,
        most: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<Opened, StoreError>> + Send;

    /// Gives a place back, unless it is somebody else's by now.
    fn close_stream(&self, place: &StreamSlot) -> impl Future<Output = Result<(), StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_when_nobody_holds_it_or_its_time_is_over() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let at = |seconds| now + SignedDuration::from_secs(seconds);
        assert_eq!(free_place(&[], 2, now), Ok(0));
        assert_eq!(free_place(&[(0, at(9))], 2, now), Ok(1));
        assert_eq!(free_place(&[(0, at(9)), (1, at(5))], 2, now), Err(at(5)));
        assert_eq!(free_place(&[(0, at(9)), (1, at(0))], 2, now), Ok(1));
        // With a lower limit than before, what is beyond it counts no more.
        assert_eq!(free_place(&[(7, at(9))], 1, now), Ok(0));
    }
}
