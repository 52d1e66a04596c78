//! What operators do.

use galley_domain::{
    ports::{Clock, DeadLetters, DueStore, Queue},
    redrive::{self, Redrive},
    stuck,
};
use galley_edge::{
    api::{StuckList, StuckView},
    http::{body, call::Call, error::ApiError, reply::Reply},
};

#[derive(Debug)]
pub struct Operation<S, C, Q, D> {
    pub store: S,
    pub clock: C,
    pub queue: Q,
    pub letters: D,
}

impl<S: DueStore, C: Clock, Q: Queue, D: DeadLetters> Operation<S, C, Q, D> {
    pub(super) async fn stuck(&self, call: &Call) -> Result<Reply, ApiError> {
        let limit = usize::try_from(call.limit()?).unwrap_or(usize::MAX);
        let now = self.clock.now();
        let found = stuck::waiting(&self.store, self.clock.pace(), now).await;
        let stuck = found.map_err(|error| ApiError::unavailable(&error))?.stuck;
        let total = stuck.len();
        let data = stuck.into_iter().take(limit).map(|stuck| StuckView::of(stuck, now)).collect();
        Ok(Reply::json(200, &StuckList { data, total }))
    }

    /// Asking twice moves what is left: a repeat needs no key.
    pub(super) async fn redrive(&self, call: &Call) -> Result<Reply, ApiError> {
        let asked: Redrive = body::parse(call.json_bytes()?)?;
        let redriven = redrive::redrive(&self.letters, &self.queue, asked).await;
        let redriven = redriven.map_err(|error| ApiError::unavailable(&error))?;
        let by = &call.principal()?.subject;
        tracing::info!(queue = asked.queue.name(), moved = redriven.moved, unreadable = redriven.unreadable, %by, "redriven");
        Ok(Reply::json(200, &redriven))
    }
}
