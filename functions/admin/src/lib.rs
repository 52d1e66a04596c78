//! What operators ask: what is stuck and why, and to have dead letters sent back.

use galley_domain::{
    ports::{Clock, DeadLetters, DueStore, Queue},
    redrive::{self, Redrive},
    route::Route,
    stuck,
};
use galley_edge::{
    api::{StuckList, StuckView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, D, C> {
    pub store: S,
    pub queue: Q,
    pub letters: D,
    pub clock: C,
}

impl<S: DueStore, Q: Queue, D: DeadLetters, C: Clock> App<S, Q, D, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        match call.route {
            Route::ListStuck => self.stuck(&call).await,
            Route::Redrive => self.redrive(&call).await,
            _ => Err(ApiError::new(Problem::NoSuchRoute)),
        }
    }

    async fn stuck(&self, call: &Call) -> Result<Reply, ApiError> {
        let limit = usize::try_from(call.limit()?).unwrap_or(usize::MAX);
        let now = self.clock.now();
        let found = stuck::stuck(&self.store, self.clock.pace(), now, limit).await;
        let (stuck, total) = found.map_err(|error| ApiError::unavailable(&error))?;
        let data = stuck.into_iter().map(|stuck| StuckView::of(stuck, now)).collect();
        Ok(Reply::json(200, &StuckList { data, total }))
    }

    /// Asking twice moves what is left: a repeat needs no key.
    async fn redrive(&self, call: &Call) -> Result<Reply, ApiError> {
        let asked: Redrive = body::parse(call.json_bytes()?)?;
        let redriven = redrive::redrive(&self.letters, &self.queue, asked).await;
        let redriven = redriven.map_err(|error| ApiError::unavailable(&error))?;
        let by = &call.principal()?.subject;
        tracing::info!(queue = asked.queue.name(), moved = redriven.moved, unreadable = redriven.unreadable, %by, "redriven");
        Ok(Reply::json(200, &redriven))
    }
}
