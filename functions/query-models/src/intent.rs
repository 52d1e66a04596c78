//! What is proposed for a sentence, with what it would cost and what is near to it. The sentence is kept for whoever wrote it, and is in
//! no log.

use futures_util::future;
use galley_domain::{
    agents::cast::Cast,
    idempotency::claim::{ClaimError, ClaimStore, Once},
    intent::{
        ask::ask,
        record::{Intent, NewIntent, Proposal},
        store::IntentStore,
    },
    kernel::{clock::Clock, ids::IntentId},
    publishing::near::{self, Sketch},
};
use galley_edge::{
    api::{self, IntentView, ProposalView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};
use jiff::Timestamp;

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn ask_intent(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, now) = (call.principal()?, self.clock.now());
        let asked: NewIntent = body::parse(call.json_bytes()?)?;
        let keyed = call.keyed(api::asked_intent)?;
        if by.tenant.is_system() {
            return Err(ApiError::new(Problem::Forbidden).detail("this tenant owns no content"));
        }
        if let Some(claim) = &keyed.claim
            && let Some(claimed) = self.store.claimed(claim, now).await?
        {
            return Ok(Reply::replayed(ClaimError::Claimed(claimed).replay()?));
        }
        let intent = ask(IntentId::from_uuid(self.clock.uuid()), by, asked, now);
        let view = self.proposed(intent.clone(), now).await?;
        let written = self.store.make_intent(&intent, keyed.record(&view, now)).await;
        Ok(Reply::once(Once::of(view, written)?, |view| {
            let about = view.question.as_ref().map(|question| question.about.name());
            let proposals = view.proposals.len();
            tracing::info!(intent = %view.intent_id, tenant = %by.tenant, by = %by.subject, proposals, about, "a sentence was read");
            Reply::saved(api::asked_intent(&view))
        }))
    }

    pub(super) async fn get_intent(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, now) = (call.principal()?, self.clock.now());
        let id = call.named::<IntentId>("intent_id")?;
        let found = self.store.intent(&by.tenant, &by.subject, &id).await?.filter(|intent| intent.lasts(now));
        let intent = found.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        Ok(Reply::json(200, &self.proposed(intent, now).await?))
    }

    /// An intent as it reads at present: prices and what is near are those of now.
    async fn proposed(&self, intent: Intent, now: Timestamp) -> Result<IntentView, ApiError> {
        let proposals = &intent.reading.proposals;
        if proposals.is_empty() {
            return Ok(IntentView::of(intent, Vec::new()));
        }
        let subjects: Vec<Vec<Sketch>> = proposals.iter().map(|proposal| sketches(proposal, now)).collect();
        let near = near::before_asking_each(&self.store, &intent.tenant, &subjects);
        let (near, pricing) = future::join(near, self.pricing(&intent.tenant)).await;
        let (near, pricing) = (near?, pricing?);
        let views = proposals.iter().zip(near).enumerate().map(|(nth, (proposal, near))| {
            let estimate =
                proposal.first_task(now).and_then(|request| self.priced(&pricing, (request, &Cast::new()), near));
            ProposalView::of(nth, proposal, estimate, now)
        });
        let views = views.collect();
        Ok(IntentView::of(intent, views))
    }
}

fn sketches(proposal: &Proposal, now: Timestamp) -> Vec<Sketch> {
    let language = proposal.first_task(now).map(|request| request.language()).unwrap_or_default();
    proposal.subjects.iter().filter_map(|subject| Sketch::of_subject(subject.as_str(), &language)).collect()
}
