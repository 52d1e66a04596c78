//! What operators do.

use std::future::Future;

use galley_domain::{
    access::acts::ActStore as _,
    idempotency::claim::{ClaimError, ClaimStore, SavedResponse},
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
    api::{self, EndedView, StuckList, StuckView},
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
        let stuck = stuck::all(&self.store, self.clock.timings(), now).await?;
        let total = stuck.len();
        let data = stuck.into_iter().take(limit).map(|stuck| StuckView::of(stuck, now)).collect();
        Ok(Reply::json(200, &StuckList { data, total }))
    }

    pub(super) async fn list_ended(&self, call: &Call) -> Result<Reply, ApiError> {
        let after = self.cursors.after(call, ENDED).await?;
        let page = self.store.all_ended(call.limit()?, after).await?;
        self.cursors.page(page.map(EndedView::from), ENDED).await
    }

    /// Retries one piece of abandoned work. A repeat finds nothing to retry.
    pub(super) async fn redrive_ended(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.tried_again(call)).await
    }

    async fn tried_again(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let id = call.named::<EndedId>("ended_id")?;
        let redriven = ended::redrive(&self.store, &self.queue, &self.clock, &call.acting()?, &id).await;
        match redriven? {
            Redriven::Again(ended) => {
                let (kind, by) = (ended.message.kind.name(), &call.principal()?.subject);
                tracing::info!(kind, id = %ended.message.id, tenant = %ended.message.tenant, %by, "tried again");
                Ok(api::saved(202, &EndedView::from(ended)))
            }
            Redriven::NeedsDecision => Err(ApiError::new(Problem::IllegalMove)
                .detail("the task went back to its reviewers: approving it again publishes it")),
            Redriven::Gone => Err(ApiError::new(Problem::NotFound)),
        }
    }

    /// Without an idempotency key a repeat moves the remaining messages.
    pub(super) async fn redrive(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.redriven(call)).await
    }

    async fn redriven(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let asked: Redrive = body::parse(call.json_bytes()?)?;
        let by = call.principal()?;
        // Before the letters move: none of them is in the table.
        self.store.keep_act(&self.act(call, &by.tenant, asked.queue.name())?).await?;
        let redriven = dead_letters::redrive(&self.letters, &self.queue, asked).await?;
        let by = &by.subject;
        tracing::info!(queue = asked.queue.name(), moved = redriven.moved, unreadable = redriven.unreadable, %by, "redriven");
        Ok(api::saved(200, &redriven))
    }

    /// The first answer to a request under its idempotency key. Only for what does no harm when it happens twice: the claim is
    /// kept after the effect, which is not all in the table.
    pub(super) async fn remembered(
        &self,
        call: &Call,
        answer: impl Future<Output = Result<SavedResponse, ApiError>>,
    ) -> Result<Reply, ApiError> {
        let (claim, now) = (call.claim()?, self.clock.now());
        let Some(claim) = claim else { return answer.await.map(Reply::saved) };
        if let Some(claimed) = self.store.claimed(&claim, now).await? {
            return Ok(Reply::replayed(ClaimError::Claimed(claimed).replay()?));
        }
        let saved = answer.await?;
        match self.store.keep_claim(claim.record(saved.clone(), now)).await {
            Ok(()) => Ok(Reply::saved(saved)),
            Err(error) => Ok(Reply::replayed(error.replay()?)),
        }
    }
}
