//! How soon Galley notices that somebody has gone silent. One setting, the lease; all the rest keeps its proportion to
//! it, so that a deployment may be made quicker or calmer without two times ever contradicting each other.

use std::time::Duration;

use jiff::SignedDuration;

use crate::kernel::backoff::full_jitter;

/// The times that follow from the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    lease: SignedDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {} to {} seconds", Timings::SHORTEST_LEASE_S, Timings::LONGEST_LEASE_S)]
pub struct InvalidLease;

impl Default for Timings {
    fn default() -> Self {
        Self { lease: SignedDuration::from_secs(90) }
    }
}

impl Timings {
    pub const SHORTEST_LEASE_S: u32 = 3;
    pub const LONGEST_LEASE_S: u32 = 900;

    /// # Errors
    /// `InvalidLease` outside of 3 to 900 seconds.
    pub fn with_lease(seconds: u32) -> Result<Self, InvalidLease> {
        if !(Self::SHORTEST_LEASE_S..=Self::LONGEST_LEASE_S).contains(&seconds) {
            return Err(InvalidLease);
        }
        Ok(Self { lease: SignedDuration::from_secs(i64::from(seconds)) })
    }

    /// How long a worker may be silent before its task is another's.
    pub const fn lease(self) -> SignedDuration {
        self.lease
    }

    /// How often a worker says that it lives: three times in a lease.
    pub fn renewal(self) -> Duration {
        self.lease.unsigned_abs() / 3
    }

    /// How long an accepted thing may go unclaimed before the sweeper sends its message again.
    pub fn grace(self) -> SignedDuration {
        self.lease * 2 / 3
    }

    /// How long an item is left alone after its `resends`-th message: by default 2, 4, 8 … 30 minutes.
    pub fn patience(self, resends: u32) -> SignedDuration {
        let first = self.lease * 4 / 3;
        (first * (1 << resends.min(6))).min(self.longest_patience())
    }

    /// How long a provider may leave a call without an answer before operators are told who is waited for: by default 2 minutes.
    pub fn silence(self) -> SignedDuration {
        self.patience(0)
    }

    fn first_retry(self) -> Duration {
        self.lease.unsigned_abs() / 9
    }

    /// After how many tries, each twice as long after the one before, so much time has passed.
    pub fn tries_in(self, passed: Duration) -> u32 {
        let firsts = passed.as_millis() / self.first_retry().as_millis().max(1);
        1 + (firsts + 1).ilog2()
    }

    /// How long before another attempt after `tries`: by default 10 seconds to 5 minutes.
    pub fn retry(self, tries: u32, random: [u8; 10]) -> Duration {
        let lease = self.lease.unsigned_abs();
        full_jitter(self.first_retry(), lease * 10 / 3, tries, random)
    }

    /// How long before the same call is made again by the same worker: by default 1 to 30 seconds.
    pub fn retry_soon(self, tries: u32, random: [u8; 10]) -> Duration {
        let lease = self.lease.unsigned_abs();
        full_jitter(lease / 90, self.longest_wait(), tries, random)
    }

    /// A worker that would have to wait longer lets its task go.
    pub fn longest_wait(self) -> Duration {
        self.lease.unsigned_abs() / 3
    }

    pub fn longest_patience(self) -> SignedDuration {
        self.lease * 20
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_outside_its_bounds_is_refused() {
        assert_eq!(Timings::with_lease(2), Err(InvalidLease));
        assert_eq!(Timings::with_lease(901), Err(InvalidLease));
        assert_eq!(InvalidLease.to_string(), "must be 3 to 900 seconds");
    }

    #[test]
    fn the_default_is_the_designs() {
        let timings = Timings::default();
        assert_eq!((timings.lease().as_secs(), timings.renewal().as_secs(), timings.grace().as_secs()), (90, 30, 60));
        let minutes: Vec<i64> = (0..7).map(|resends| timings.patience(resends).as_mins()).collect();
        assert_eq!(minutes, [2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(timings.patience(u32::MAX).as_mins(), 30);
        assert_eq!((timings.retry(0, [0; 10]).as_secs(), timings.retry(9, [255; 10]).as_secs()), (10, 300));
        assert_eq!((timings.retry_soon(0, [0; 10]).as_secs(), timings.retry_soon(9, [255; 10]).as_secs()), (1, 30));
    }

    #[test]
    fn a_renewal_comes_well_before_the_lease_ends() {
        for seconds in [3, 90, 900] {
            let timings = Timings::with_lease(seconds).unwrap();
            assert!(SignedDuration::try_from(timings.renewal() * 2).unwrap() < timings.lease());
        }
    }
}
