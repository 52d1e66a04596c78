//! Counting what principals ask for, each route in the window of its class.

use std::future::Future;

use futures_util::future;
use galley_domain::{
    access::{
        allowance::{Allowance, Refused, Taken},
        limits::{Counted, LimitStore, RateClass, RateState, Window},
    },
    idempotency::claim::{ClaimStore, Claimed},
    kernel::{clock::Clock, error::StoreError, ids::TenantId},
    tenancy::{
        flags::{FlagCache, FlagStore},
        settings::Limits,
    },
};
use jiff::Timestamp;

use super::{
    call::{Asked, Call},
    error::{ApiError, Problem},
    reply::Reply,
};
use crate::telemetry::chain;

/// Counts principals. The router counts what the handler did not, so that refused requests are counted too.
pub trait Counting: Send + Sync {
    /// The window that a request is counted in; `None` without a principal.
    ///
    /// # Errors
    /// When a principal is to be counted and cannot be here.
    fn window(&self, asked: &Asked) -> Result<Option<Window>, ApiError>;

    fn count(&self, window: &Window) -> impl Future<Output = Result<Counted, StoreError>> + Send;

    /// Whether operators hold what this tenant changes.
    fn holds_writes(&self, tenant: Option<&TenantId>) -> impl Future<Output = bool> + Send;

    fn now(&self) -> Timestamp;
}

/// Counts in the table.
#[derive(Debug)]
pub struct Counter<S, C> {
    pub store: S,
    pub clock: C,
    /// The usual limits, for a tenant without its own.
    pub limits: Limits,
    pub flags: FlagCache,
}

impl<S: LimitStore + FlagStore, C: Clock> Counting for Counter<S, C> {
    fn window(&self, asked: &Asked) -> Result<Option<Window>, ApiError> {
        Ok(asked.window(self.limits, self.clock.now()))
    }

    async fn count(&self, window: &Window) -> Result<Counted, StoreError> {
        self.store.count(window).await
    }

    async fn holds_writes(&self, tenant: Option<&TenantId>) -> bool {
        self.flags.holds_writes(&self.store, tenant, self.clock.now()).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// For a function that has no routes for principals.
#[derive(Clone, Copy, Debug)]
pub struct NoPrincipals;

impl Counting for NoPrincipals {
    fn window(&self, asked: &Asked) -> Result<Option<Window>, ApiError> {
        match asked.class() {
            RateClass::Webhook | RateClass::Feed | RateClass::Auth | RateClass::Open => Ok(None),
            _ => Err(ApiError::internal("this function counts no principals, and is asked by one")),
        }
    }

    async fn count(&self, _: &Window) -> Result<Counted, StoreError> {
        Err(StoreError::invalid("this function counts no principals"))
    }

    /// There is no table here, and nothing that could be changed.
    async fn holds_writes(&self, _: Option<&TenantId>) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// For a function whose callers are no principals, and write.
#[derive(Debug)]
pub struct Senders<S, C> {
    pub store: S,
    pub clock: C,
    pub flags: FlagCache,
}

impl<S: FlagStore, C: Clock> Counting for Senders<S, C> {
    fn window(&self, asked: &Asked) -> Result<Option<Window>, ApiError> {
        NoPrincipals.window(asked)
    }

    async fn count(&self, window: &Window) -> Result<Counted, StoreError> {
        NoPrincipals.count(window).await
    }

    async fn holds_writes(&self, tenant: Option<&TenantId>) -> bool {
        self.flags.holds_writes(&self.store, tenant, self.clock.now()).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Counts a request that is answered already: refused by its role, its query or its body, before anything was asked of the
/// table. What cannot be counted keeps its answer.
pub(super) async fn late(
    counting: &impl Counting,
    window: &Window,
    answered: Result<Reply, ApiError>,
) -> Result<Reply, ApiError> {
    if answered.is_ok() {
        // A bug: a handler has to count before it answers.
        tracing::error!(class = window.class.name(), "a request was answered before it was counted");
    }
    counted_beside(window, counting.count(window), counting.now(), async { answered }).await
}

/// The result of `answer`, counted in the window of the route's class, if it has one. A GET is counted concurrently,
/// so that it takes no longer; any other request is counted first.
///
/// # Errors
/// The error of `answer`, or 429; both show the window's state. 503 if a request other than a read cannot be counted.
pub async fn counted(
    store: &impl LimitStore,
    now: Timestamp,
    call: &Call,
    answer: impl Future<Output = Result<Reply, ApiError>>,
) -> Result<Reply, ApiError> {
    let Some(window) = call.take_window() else { return answer.await };
    if call.route.method() == "GET" {
        return counted_beside(&window, store.count(&window), now, answer).await;
    }
    let Taken { place, rate } = Box::pin(Allowance::of_window(window).take(store, now)).await;
    place?;
    rated(answer.await, rate)
}

/// As `counted`; and whoever asks again under an idempotency key gets the first answer, however full the window is.
///
/// # Errors
/// As `counted`.
pub async fn counted_or_replayed<S: LimitStore + ClaimStore>(
    store: &S,
    now: Timestamp,
    call: &Call,
    answer: impl Future<Output = Result<Reply, ApiError>>,
) -> Result<Reply, ApiError> {
    let refused = match counted(store, now, call, answer).await {
        Err(error) if error.problem() == Problem::RateLimited && call.route.takes_idempotency_key() => error,
        answered => return answered,
    };
    let Some(claim) = call.claim()? else { return Err(refused) };
    match store.claimed(&claim, now).await? {
        Some(Claimed::Replay(saved)) => Ok(Reply::replayed(saved).rated(refused.rate_told())),
        Some(Claimed::KeyReused) | None => Err(refused),
    }
}

/// The result of `answer`, counted concurrently in the window of the route's class and never refused: neither a full
/// window nor a failure to count prevents it.
///
/// # Errors
/// What `answer` refuses.
pub async fn never_refused(
    store: &impl LimitStore,
    now: Timestamp,
    call: &Call,
    answer: impl Future<Output = Result<Reply, ApiError>>,
) -> Result<Reply, ApiError> {
    let Some(window) = call.take_window() else { return answer.await };
    let (counted, answered) = future::join(store.count(&window), answer).await;
    let rate = match counted {
        Ok(Counted::Within { used }) => Some(window.state(used, now)),
        Ok(Counted::Exceeded) => Some(window.state(window.limit, now)),
        Err(error) => {
            tracing::warn!(error = chain(&error), "a request was not counted");
            None
        }
    };
    rated(answered, rate)
}

/// The result of `answer`, counted concurrently, with the window's state.
///
/// # Errors
/// As `beside`.
pub async fn counted_beside(
    window: &Window,
    count: impl Future<Output = Result<Counted, StoreError>>,
    now: Timestamp,
    answer: impl Future<Output = Result<Reply, ApiError>>,
) -> Result<Reply, ApiError> {
    let (reply, rate) = beside(window, count, now, answer).await?;
    Ok(reply.rated(rate))
}

/// An answer or a refusal with the window's state, where it is known.
///
/// # Errors
/// What was refused.
pub fn rated(answered: Result<Reply, ApiError>, rate: Option<RateState>) -> Result<Reply, ApiError> {
    answered.map(|reply| reply.rated(rate)).map_err(|error| error.rated(rate))
}

/// The result of `read`, and the state of its caller's window. The state is `None` if the request could not be counted:
/// a read is not refused for that (ADR 14).
///
/// # Errors
/// The error of `read`, or 429; both show the window's state.
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
        Ok(Counted::Exceeded) => Err(Refused::RateLimited(window.state(window.limit, now)).into()),
        Err(error) => {
            tracing::warn!(error = chain(&error), "a request was not counted");
            read.map(|read| (read, None))
        }
    }
}

/// The problem for a request over a limit.
impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::RateLimited(rate) => Self::new(Problem::RateLimited).retry_after(rate.resets_in_s).rate(rate),
            Refused::QuotaExhausted { resets_in_s } => Self::new(Problem::QuotaExhausted).retry_after(resets_in_s),
            Refused::Store(error) => error.into(),
        }
    }
}
