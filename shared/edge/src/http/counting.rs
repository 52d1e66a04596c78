//! Counting what principals ask for, each route in the window of its class.

use std::future::Future;

use futures_util::future;
use galley_domain::{
    allowance::{Allowance, Refused, Taken},
    limits::{Counted, RateState, Window},
    ports::{LimitStore, StoreError},
    tenant::Limits,
};
use jiff::Timestamp;

use super::{
    call::Call,
    error::{ApiError, Problem},
    reply::Reply,
};
use crate::telemetry::chain;

/// What `answer` brings, counted in the window of the route's class, if it has one: a read beside the read itself, so
/// that it costs no time; whatever may change something before it.
///
/// # Errors
/// What `answer` refuses, or 429; both tell of the window. 503 where something that is no read cannot be counted.
pub async fn counted(
    store: &impl LimitStore,
    now: Timestamp,
    limits: Limits,
    call: &Call,
    answer: impl Future<Output = Result<Reply, ApiError>>,
) -> Result<Reply, ApiError> {
    let Some(window) = call.window(limits, now)? else { return answer.await };
    if call.route.method() == "GET" {
        let (reply, rate) = beside(&window, store.count(&window), now, answer).await?;
        return Ok(reply.rated(rate));
    }
    let Taken { place, rate } = Box::pin(Allowance::of_window(window).take(store, now)).await;
    place.map_err(refusal)?;
    answer.await.map(|reply| reply.rated(rate)).map_err(|error| error.rated(rate))
}

/// What `answer` brings, counted beside it in the window of the route's class and never refused: whatever a window says,
/// and whether or not the table can count, a caller may do this.
///
/// # Errors
/// What `answer` refuses.
pub async fn never_refused(
    store: &impl LimitStore,
    now: Timestamp,
    limits: Limits,
    call: &Call,
    answer: impl Future<Output = Result<Reply, ApiError>>,
) -> Result<Reply, ApiError> {
    let Some(window) = call.window(limits, now)? else { return answer.await };
    let (counted, answered) = future::join(store.count(&window), answer).await;
    let rate = match counted {
        Ok(Counted::Within { used }) => Some(window.state(used, now)),
        Ok(Counted::Exceeded) => Some(window.state(window.limit, now)),
        Err(error) => {
            tracing::warn!(error = chain(&error), "a request was not counted");
            None
        }
    };
    answered.map(|reply| reply.rated(rate)).map_err(|error| error.rated(rate))
}

/// What `read` brings, and how its caller's window stands; `None` where it could not be counted, for nobody is kept from
/// reading because of that (ADR 14).
///
/// # Errors
/// What `read` refuses, or 429; both tell of the window.
pub async fn beside<T>(
    window: &Window,
    count: impl Future<Output = Result<Counted, StoreError>>,
    now: Timestamp,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<(T, Option<RateState>), ApiError> {
    let (counted, read) = future::join(count, read).await;
    match counted {
        Ok(Counted::Within { used }) => {
            let rate = window.state(used, now);
            read.map(|read| (read, Some(rate))).map_err(|error| error.rate(rate))
        }
        Ok(Counted::Exceeded) => Err(refusal(Refused::RateLimited(window.state(window.limit, now)))),
        Err(error) => {
            tracing::warn!(error = chain(&error), "a read was not counted");
            read.map(|read| (read, None))
        }
    }
}

/// What a client learns that gets no place.
pub fn refusal(refused: Refused) -> ApiError {
    match refused {
        Refused::RateLimited(rate) => ApiError::new(Problem::RateLimited).retry_after(rate.resets_in_s).rate(rate),
        Refused::QuotaExhausted { resets_in_s } => ApiError::new(Problem::QuotaExhausted).retry_after(resets_in_s),
        Refused::Store(error) => ApiError::unavailable(&error),
    }
}
