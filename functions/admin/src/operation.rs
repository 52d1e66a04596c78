//! What operators do.

use galley_domain::{
    kernel::{clock::Clock, ids::EndedId},
    operations::{
        ended::{self, Redriven},
        stuck,
    },
    queue::{
        dead_letters::{self, Redrive},
        tries::EndedStore,
    },
};
use galley_edge::{
    api::{EndedView, StuckList, StuckView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, Deps};

/// The list of abandoned work, one for all tenants.
const ENDED: &str = "ended";

impl<D: Deps> App<D> {
    pub(super) async fn list_stuck(&self, call: &Call) -> Result<Reply, ApiError> {
        let limit = usize::try_from(call.limit()?).unwrap_or(usize::MAX);
        let now = self.clock.now();
        let stuck = stuck::waiting(&self.store, self.clock.timings(), now).await?.stuck;
        let total = stuck.len();
        let data = stuck.into_iter().take(limit).map(|stuck| StuckView::of(stuck, now)).collect();
        Ok(Reply::json(200, &StuckList { data, total }))
    }

    pub(super) async fn list_ended(&self, call: &Call) -> Result<Reply, ApiError> {
        let after = self.cursors.after(call, ENDED).await?;
        let page = self.store.all_ended(call.limit()?, after).await?;
        self.cursors.page(page.map(EndedView::from), ENDED).await
    }

    /// Retries one piece of abandoned work. A repeat finds nothing to retry, so it needs no key.
    pub(super) async fn redrive_ended(&self, call: &Call) -> Result<Reply, ApiError> {
        let id = call.named::<EndedId>("ended_id")?;
        let redriven = ended::redrive(&self.store, &self.queue, &self.clock, &id).await;
        match redriven? {
            Redriven::Again(ended) => {
                let (kind, by) = (ended.message.kind.name(), &call.principal()?.subject);
                tracing::info!(kind, id = %ended.message.id, tenant = %ended.message.tenant, %by, "tried again");
                Ok(Reply::json(202, &EndedView::from(ended)))
            }
            Redriven::NeedsDecision => Err(ApiError::new(Problem::IllegalMove)
                .detail("the task went back to its reviewers: approving it again publishes it")),
            Redriven::Gone => Err(ApiError::new(Problem::NotFound)),
        }
    }

    /// A repeat moves the remaining messages, so it needs no key.
    pub(super) async fn redrive(&self, call: &Call) -> Result<Reply, ApiError> {
        let asked: Redrive = body::parse(call.json_bytes()?)?;
        let redriven = dead_letters::redrive(&self.letters, &self.queue, asked).await?;
        let by = &call.principal()?.subject;
        tracing::info!(queue = asked.queue.name(), moved = redriven.moved, unreadable = redriven.unreadable, %by, "redriven");
        Ok(Reply::json(200, &redriven))
    }
}
