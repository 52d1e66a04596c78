//! The providers' circuit breakers, as a worker uses them: asked before each call, told after it.

use std::time::Duration;

use crate::{
    generation::{
        breaker::{Admission, Breaker},
        worker::{LeasedTask, WebServices, WorkStore, Worker},
    },
    kernel::{clock::Clock, error::chain},
    metrics::{self, Metric, stats::Tally},
    models::{
        ask::{Availability, Available, LanguageModel, ProviderError},
        price::Spent,
    },
    queue::message::Queue,
};

/// How often a breaker that others change at the same time is read again.
const BREAKER_TRIES: u8 = 5;

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// Asks the provider's breaker. Without the table's answer the call is made: a breaker saves effort, it guards
    /// nothing.
    pub(super) async fn admitted(&self, provider: &str, limit: Duration) -> Result<(), ProviderError> {
        for _ in 0..BREAKER_TRIES {
            let (breaker, version) = match self.store.breaker(provider).await {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(provider, error = chain(&error), "the breaker was not read");
                    return Ok(());
                }
            };
            match breaker.admit(self.clock.now(), limit) {
                Admission::Go => return Ok(()),
                Admission::Refused(wait) => return Err(breaker_open(Some(wait))),
                Admission::Trial(trying) => match self.store.keep_breaker(provider, &trying, version).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(_) => return Err(breaker_open(None)),
                },
            }
        }
        Err(breaker_open(None))
    }

    pub(super) async fn tell_breaker(&self, provider: &str, change: impl Fn(&Breaker) -> Option<Breaker>) {
        for _ in 0..BREAKER_TRIES {
            let kept = match self.store.breaker(provider).await {
                Ok((breaker, version)) => match change(&breaker) {
                    None => return,
                    Some(next) => {
                        let kept = self.store.keep_breaker(provider, &next, version).await;
                        if matches!(kept, Ok(true)) {
                            tell_of_move(provider, &breaker, &next);
                            self.count_opening(provider, &breaker, &next).await;
                        }
                        kept
                    }
                },
                Err(error) => Err(error),
            };
            match kept {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(provider, error = chain(&error), "the breaker was not told");
                    return;
                }
            }
        }
    }

    /// Tells the breakers of whoever is not there: who is not there is not asked, and no call would tell them. Whom an operator has switched
    /// off is known to be so.
    pub(super) async fn tell_unreachable(&self, availability: &[Availability], leased: &LeasedTask<'_>) {
        let now = self.clock.now();
        for Availability { provider, state } in availability {
            if matches!(state, Available::No { .. }) && !leased.switched_off.contains(provider) {
                self.tell_breaker(provider.as_str(), |breaker| breaker.unreachable(now)).await;
            }
        }
    }

    /// For `/metrics`; the metric in the log has it anyway.
    async fn count_opening(&self, provider: &str, before: &Breaker, now: &Breaker) {
        if !now.opened_since(before) {
            return;
        }
        let tally = Tally::one(Metric::BreakerOpened, &[provider]);
        if let Err(error) = self.store.tally(&tally, provider, self.clock.now()).await {
            tracing::warn!(provider, error = chain(&error), "a breaker that opened was not counted");
        }
    }
}

/// A provider that stays down moves its breaker once, and fails a trial every half minute: that is what an alarm can see.
fn tell_of_move(provider: &str, before: &Breaker, now: &Breaker) {
    if now.opened_since(before) {
        metrics::count(Metric::BreakerOpened, &[provider]);
    }
    match (before.is_open(), now.is_open()) {
        (false, true) => {
            tracing::error!(provider, "the circuit breaker opens");
            metrics::count(Metric::BreakerMoves, &[provider, "open"]);
        }
        (true, false) => {
            tracing::info!(provider, "the circuit breaker closes");
            metrics::count(Metric::BreakerMoves, &[provider, "closed"]);
        }
        _ => {}
    }
}

fn breaker_open(retry_after: Option<Duration>) -> ProviderError {
    ProviderError::Unavailable { retry_after, spent: Spent::Nothing, source: "its circuit breaker is open".into() }
}
