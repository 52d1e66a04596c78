//! A circuit breaker, one for each provider. Its state is kept in the table, for every instance of a function is alone;
//! this module decides what it should be and does no I/O.
//! Invariant: while it is open at most one call at a time, the trial, gets through.

use std::time::Duration;

use crate::kernel::error::StoreError;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::Future;

/// So many failures within the window open it, with no success between them.
const FAILURES: usize = 5;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// As so many failures counts a call that kept somebody waiting for longer than the window. Two of them open it: calls that hang fail so
/// seldom that it would never open for a lone task.
const OF_A_HANG: usize = 3;
/// How long it stays open before one trial.
const OPEN: SignedDuration = SignedDuration::from_secs(30);

galley_api::rule::choice!(BreakerState { Closed => "closed", Open => "open" });

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// The latest failures, oldest first.
    failures: Vec<Timestamp>,
    opened_at: Option<Timestamp>,
    /// Somebody is trying; nobody else does until then.
    trial_until: Option<Timestamp>,
}

/// Whether a call may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    Go,
    /// As the one trial, if this state can be saved over the one that was read.
    Trial(Breaker),
    /// Not before so long.
    Refused(Duration),
}

impl Breaker {
    pub const fn is_open(&self) -> bool {
        self.opened_at.is_some()
    }

    /// Whether it opened, or a trial failed, since it was `before`.
    pub fn opened_since(&self, before: &Self) -> bool {
        self.is_open() && self.opened_at != before.opened_at
    }

    /// Decides on a call that would last at most `call`.
    pub fn admit(&self, now: Timestamp, call: Duration) -> Admission {
        let Some(opened_at) = self.opened_at else { return Admission::Go };
        let until = self.trial_until.unwrap_or(opened_at + OPEN);
        if until > now {
            return Admission::Refused(Duration::try_from(until.duration_since(now)).unwrap_or_default());
        }
        let lasts = SignedDuration::try_from(call).unwrap_or(SignedDuration::MAX);
        Admission::Trial(Self { trial_until: now.checked_add(lasts).ok(), ..self.clone() })
    }

    /// After a failure that another call may share, of a call that ended soon.
    #[must_use]
    pub fn failed(&self, now: Timestamp) -> Self {
        self.failed_after(SignedDuration::ZERO, now)
    }

    /// After a look at who is there that found nobody: nobody is asked then, so that no call ever fails. Two looks within three minutes open
    /// it, and one after its time is as good as a trial that failed. `None` when there is nothing to change.
    pub fn unreachable(&self, now: Timestamp) -> Option<Self> {
        match self.opened_at {
            Some(_) if self.trial_until.is_some_and(|until| until > now) => None,
            Some(at) if now.duration_since(at) < OPEN => None,
            Some(_) => Some(Self { opened_at: Some(now), trial_until: None, failures: self.failures.clone() }),
            None => Some(self.counted(OF_A_HANG, WINDOW * 3, now)),
        }
    }

    /// As `failed`, of a call that `lasted` so long. One that hung is held against the one before it, which ended so much earlier.
    #[must_use]
    pub fn failed_after(&self, lasted: SignedDuration, now: Timestamp) -> Self {
        if self.is_open() {
            // The trial failed; a straggler that began before it opened tells nothing new.
            let opened_at = if self.trial_until.is_some() { Some(now) } else { self.opened_at };
            return Self { opened_at, trial_until: None, failures: self.failures.clone() };
        }
        let window = WINDOW.saturating_add(lasted).saturating_add(lasted);
        self.counted(if lasted > WINDOW { OF_A_HANG } else { 1 }, window, now)
    }

    /// A closed breaker after a failure that counts as so many.
    fn counted(&self, count: usize, window: SignedDuration, now: Timestamp) -> Self {
        let recent = self.failures.iter().copied().filter(|at| now.duration_since(*at) < window);
        let failures: Vec<Timestamp> = recent.chain(std::iter::repeat_n(now, count)).collect();
        let opened_at = (failures.len() >= FAILURES).then_some(now);
        Self { failures, opened_at, trial_until: None }
    }

    /// After a success; `None` when there is nothing to change.
    pub fn succeeded(&self) -> Option<Self> {
        (*self != Self::default()).then(Self::default)
    }
}

/// Circuit breakers, shared by all instances of all functions.
pub trait BreakerStore: Send + Sync {
    /// A provider's breaker, and the version to save it over.
    fn breaker(&self, provider: &str) -> impl Future<Output = Result<(Breaker, u64), StoreError>> + Send;

    /// Those of `providers` that ever had a failure.
    fn breakers(
        &self,
        providers: &[&str],
    ) -> impl Future<Output = Result<BTreeMap<String, Breaker>, StoreError>> + Send;

    /// Saves `breaker` over the version that was read. `false`: somebody else did.
    fn keep_breaker(
        &self,
        provider: &str,
        breaker: &Breaker,
        over: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Duration = Duration::from_secs(100);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn open() -> Breaker {
        (0..5).fold(Breaker::default(), |breaker, second| breaker.failed(at(second)))
    }

    #[test]
    fn two_looks_that_find_nobody_open_it_and_each_later_one_fails_its_trial() {
        let look = |breaker: &Breaker, second| breaker.unreachable(at(second));
        let one = look(&Breaker::default(), 0).unwrap();
        assert!(!one.is_open(), "a look may fail by itself");
        assert!(!look(&one, 180).unwrap().is_open(), "too long ago");
        let open = look(&one, 10).unwrap();
        assert!(open.opened_since(&one));
        assert_eq!(look(&open, 39), None, "known already");
        assert!(look(&open, 40).unwrap().opened_since(&open));
        let Admission::Trial(trying) = open.admit(at(40), CALL) else { panic!("no trial") };
        assert_eq!(look(&trying, 41), None, "somebody tries");
        assert!(open.succeeded().is_some_and(|closed| !closed.is_open()));
    }

    #[test]
    fn two_calls_that_hang_open_it_and_one_that_hangs_does_not() {
        let five = SignedDuration::from_mins(5);
        let one = Breaker::default().failed_after(five, at(300));
        assert!(!one.is_open());
        // Somebody else was asked between, and the second one hung as long.
        assert!(one.failed_after(five, at(700)).is_open());
        assert!(!one.failed_after(five, at(300 + 660)).is_open(), "too long ago");
        assert!(!one.failed(at(361)).is_open() && !one.failed(at(310)).is_open());
        let answered = one.succeeded().unwrap_or_default();
        assert!(!answered.failed_after(five, at(700)).is_open(), "others were answered between");
        let slow = SignedDuration::from_secs(60);
        assert!(!Breaker::default().failed_after(slow, at(60)).failed_after(slow, at(120)).is_open(), "no hang");
    }

    #[test]
    fn five_failures_in_a_minute_open_it_and_four_do_not() {
        let four = (0..4).fold(Breaker::default(), |breaker, second| breaker.failed(at(second)));
        assert_eq!(four.admit(at(4), CALL), Admission::Go);
        assert_eq!(open().admit(at(4), CALL), Admission::Refused(Duration::from_secs(30)));
        let slow = (0..9).fold(Breaker::default(), |breaker, nth| breaker.failed(at(nth * 20)));
        assert_eq!(slow.admit(at(200), CALL), Admission::Go);
    }

    #[test]
    fn one_trial_goes_through_and_nobody_else_until_it_is_over() {
        let Admission::Trial(trying) = open().admit(at(34), CALL) else { panic!("no trial") };
        assert_eq!(trying.admit(at(35), CALL), Admission::Refused(Duration::from_secs(99)));
        // A trial that never came back does not keep it open for ever.
        assert!(matches!(trying.admit(at(134), CALL), Admission::Trial(_)));
    }

    #[test]
    fn the_trial_decides() {
        let Admission::Trial(trying) = open().admit(at(40), CALL) else { panic!("no trial") };
        assert_eq!(trying.failed(at(41)).admit(at(70), CALL), Admission::Refused(Duration::from_secs(1)));
        assert!(trying.failed(at(41)).opened_since(&trying) && open().opened_since(&Breaker::default()));
        assert_eq!(trying.succeeded(), Some(Breaker::default()));
        assert_eq!(Breaker::default().succeeded(), None);
    }

    #[test]
    fn a_straggler_does_not_keep_it_open_longer() {
        assert_eq!(open().failed(at(20)).admit(at(34), CALL), open().admit(at(34), CALL));
        assert!(!open().failed(at(20)).opened_since(&open()));
    }
}
