//! Dead letters, one by one: what a redrive of all cannot move is read here, and sent back or thrown away.

use galley_domain::{
    access::acts::ActStore as _,
    idempotency::claim::SavedResponse,
    queue::{
        dead_letters::{self, Discard, SentBack},
        message::Lane,
    },
};
use galley_edge::{
    api::{self, LetterList, LetterView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};
use uuid::Uuid;

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn list_letters(&self, call: &Call) -> Result<Reply, ApiError> {
        let queue: Lane = call.named("queue")?;
        let limit = usize::try_from(call.limit()?).unwrap_or(usize::MAX);
        let letters = dead_letters::list(&self.letters, queue, limit).await?;
        let data = letters.iter().map(|letter| LetterView::of(queue, letter)).collect();
        Ok(Reply::json(200, &LetterList { data }))
    }

    /// A repeat does not find the letter any more.
    pub(super) async fn redrive_letter(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.letter_redriven(call)).await
    }

    async fn letter_redriven(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let (queue, id): (Lane, Uuid) = (call.named("queue")?, call.named("letter_id")?);
        match dead_letters::redrive_one(&self.letters, &self.queue, (queue, id), self.recorded(call, queue, id)).await? {
            SentBack::Moved(message) => {
                let (kind, by) = (message.kind.name(), &call.principal()?.subject);
                let letter = id.to_string();
                tracing::info!(letter, queue = queue.name(), kind, id = %message.id, tenant = %message.tenant, %by, "a dead letter was sent back");
                Ok(api::saved(200, &dead_letters::Redriven { moved: 1, unreadable: 0 }))
            }
            SentBack::Unreadable => Err(ApiError::new(Problem::IllegalMove)
                .detail("this release cannot read the letter, it would only come back: discard it, or keep it for a release that can")),
            SentBack::Unseen => Err(unseen()),
        }
    }

    pub(super) async fn discard_letter(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.letter_discarded(call)).await
    }

    async fn letter_discarded(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let (queue, id): (Lane, Uuid) = (call.named("queue")?, call.named("letter_id")?);
        let Discard { reason } = body::parse(call.json_bytes()?)?;
        let (by, reason, letter) = (&call.principal()?.subject, reason.as_str(), id.to_string());
        let thrown = dead_letters::discard(&self.letters, (queue, id), self.recorded(call, queue, id), |thrown| {
            let view = LetterView::of(queue, thrown);
            // What it said stands here alone from now on.
            tracing::warn!(letter, queue = queue.name(), body = view.body.as_str(), reason, %by, "a dead letter is thrown away");
        });
        let view = LetterView::of(queue, &thrown.await?.ok_or_else(unseen)?);
        Ok(api::saved(200, &view))
    }
}

impl<D: Deps> App<D> {
    /// Before the letter moves: it is not in the table.
    async fn recorded(&self, call: &Call, queue: Lane, id: Uuid) -> Result<(), ApiError> {
        let act = self.act(call, &call.principal()?.tenant, format_args!("{}/{id}", queue.name()))?;
        Ok(self.store.keep_act(&act).await?)
    }
}

/// Whether a letter is gone, or another's look hides it, nobody can tell.
fn unseen() -> ApiError {
    ApiError::new(Problem::NotFound).detail(
        "the letter is not among those that can be seen; somebody who looks at it just now may hide it: try again in a minute",
    )
}
