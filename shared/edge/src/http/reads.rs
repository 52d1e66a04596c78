//! Counting reads: beside the read itself, so that it costs no time.

use std::future::Future;

use futures_util::future;
use galley_domain::{
    access::Principal,
    limits::{Counted, RateClass, RateState, Window},
    ports::LimitStore,
};
use jiff::Timestamp;

use super::error::{ApiError, Problem};
use crate::telemetry::chain;

/// What `read` brings, and how its caller's window stands; `None` where it could not be counted, for nobody is kept from
/// reading because of that (ADR 14).
///
/// # Errors
/// What `read` refuses, or 429; both tell of the window.
pub async fn counted<T>(
    store: &impl LimitStore,
    principal: &Principal,
    per_minute: u32,
    now: Timestamp,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<(T, Option<RateState>), ApiError> {
    let window = Window::of(RateClass::Read, &principal.tenant, &principal.subject, per_minute, now);
    let (counted, read) = future::join(store.count(&window), read).await;
    let rate = |remaining| RateState { limit: window.limit, remaining, resets_in_s: window.resets_in(now) };
    match counted {
        Ok(Counted::Within { used }) => {
            let rate = rate(window.limit.saturating_sub(used));
            read.map(|read| (read, Some(rate))).map_err(|error| error.rate(rate))
        }
        Ok(Counted::Exceeded) => {
            Err(ApiError::new(Problem::RateLimited).retry_after(window.resets_in(now)).rate(rate(0)))
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), "a read was not counted");
            read.map(|read| (read, None))
        }
    }
}
