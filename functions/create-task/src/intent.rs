//! What is taken of what was proposed for a sentence: each body goes the way of any client's. A proposal is taken once, however often it is
//! said: its claim is named by the intent and its place.

use galley_domain::{
    access::route::Route,
    idempotency::claim::{Claim, Claimed, Keyed, Once, SavedResponse},
    intake::create::Created,
    intent::record::{Body, Intent, ProposalKind, Take, Taken},
    kernel::{
        clock::Clock,
        ids::{IdempotencyKey, IntentId},
    },
    queue::message::Queue,
    schedule::record::NewSchedule,
    task::request::TaskRequest,
};
use galley_edge::{
    api::{self, TakenResult, TakenView},
    http::{
        body::{self, JsonBody},
        call::{Call, permitted},
        error::{ApiError, FieldError, Problem},
        reply::Reply,
    },
};
use serde_json::Value;

use crate::{App, MakingStore, refusal, schedules::refused};

const UNKNOWN: &str = "must be one of the proposals";
const TAKEN_OTHERWISE: &str = "this proposal was taken with another body";

/// A proposal with the body that is taken.
struct Choice {
    /// In the request.
    place: usize,
    proposal: usize,
    kind: ProposalKind,
    body: Body,
}

/// The answer of the single request, and whether it is that of before.
type Answer = (SavedResponse, bool);

impl<S: MakingStore, Q: Queue + Clone, C: Clock + Clone> App<S, Q, C> {
    pub(super) async fn confirm_intent(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<IntentId>("intent_id")?);
        let Take { take } = body::parse(call.json_bytes()?)?;
        let (store, now) = (&self.firing.creator.store, self.firing.creator.clock.now());
        let found = store.intent(&by.tenant, &by.subject, &id).await?.filter(|intent| intent.lasts(now));
        let intent = found.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let mut results = Vec::new();
        for choice in chosen(&intent, take)? {
            let answered = match choice.kind {
                ProposalKind::Task => self.take_task(call, &id, &choice).await,
                ProposalKind::Schedule => self.take_schedule(call, &id, &choice).await,
            };
            results.push(result(call, &choice, answered));
        }
        let made = results.iter().filter(|one| one.id.is_some() && !one.replayed).count();
        tracing::info!(intent = %id, tenant = %by.tenant, by = %by.subject, made, "proposals were taken");
        Ok(Reply::json(200, &TakenView { results }))
    }

    async fn take_task(&self, call: &Call, id: &IntentId, choice: &Choice) -> Result<Answer, ApiError> {
        let claim = claim(call, id, choice)?;
        let request: TaskRequest = choice.read()?;
        let store = &self.firing.creator.store;
        // Before a place of the day is asked for: what was taken once is told, however full the day is.
        match store.claimed(&claim, self.firing.creator.clock.now()).await? {
            Some(Claimed::Replay(saved)) => return Ok((saved, true)),
            Some(Claimed::KeyReused) => return Err(ApiError::new(Problem::KeyReused).detail(TAKEN_OTHERWISE)),
            None => {}
        }
        let defaults = self.defaults(call, std::slice::from_ref(&request)).await?;
        let command = self.command_of(call, defaults, request, Some(claim))?;
        match self.firing.creator.create_uncounted(command, api::created).await.map_err(refusal)? {
            Created::New(task) => Ok((api::created(&task), false)),
            Created::Replay(saved) => Ok((saved, true)),
        }
    }

    async fn take_schedule(&self, call: &Call, id: &IntentId, choice: &Choice) -> Result<Answer, ApiError> {
        permitted(call.principal()?, Route::MakeSchedule)?;
        let asked: NewSchedule = choice.read()?;
        let keyed = Keyed { claim: Some(claim(call, id, choice)?), render: api::made_schedule };
        let acting = call.acting_by(Route::MakeSchedule)?;
        match self.firing.make(&acting, asked, &keyed).await.map_err(refused) {
            Ok(Once::New(schedule)) => Ok((api::made_schedule(&schedule), false)),
            Ok(Once::Replay(saved)) => Ok((saved, true)),
            Err(error) if error.problem() == Problem::KeyReused => Err(error.detail(TAKEN_OTHERWISE)),
            Err(error) => Err(error),
        }
    }
}

impl Choice {
    fn read<T: JsonBody>(&self) -> Result<T, ApiError> {
        let prefix = format!("take[{}].body.", self.place);
        body::from_object(self.body.0.clone())
            .map_err(|errors| ApiError::invalid_fields(api::prefixed(errors, &prefix)))
    }
}

fn chosen(intent: &Intent, take: Vec<Taken>) -> Result<Vec<Choice>, ApiError> {
    let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
    for (place, Taken { proposal, body }) in take.into_iter().enumerate() {
        match intent.reading.proposals.get(proposal) {
            Some(found) => {
                let body = body.unwrap_or_else(|| found.body.clone());
                chosen.push(Choice { place, proposal, kind: found.kind, body });
            }
            None => unknown.push(FieldError::new(format!("take[{place}].proposal"), UNKNOWN)),
        }
    }
    if unknown.is_empty() { Ok(chosen) } else { Err(ApiError::invalid_fields(unknown)) }
}

/// The same proposal of the same intent is the same claim; another body is another use of it.
fn claim(call: &Call, id: &IntentId, choice: &Choice) -> Result<Claim, ApiError> {
    let by = call.principal()?;
    let key =
        IdempotencyKey::new(choice.proposal.to_string()).map_err(|error| ApiError::internal(&error.to_string()))?;
    let body = serde_json::to_vec(&choice.body).unwrap_or_default();
    Ok(Claim::new(&by.tenant, &by.subject, "POST", &format!("/api/content/intent/{id}/confirm"), &key, &body))
}

fn result(call: &Call, choice: &Choice, answered: Result<Answer, ApiError>) -> TakenResult {
    let (proposal, kind) = (choice.proposal, choice.kind);
    match answered {
        Ok((saved, replayed)) => {
            let named = match kind {
                ProposalKind::Task => "task_id",
                ProposalKind::Schedule => "schedule_id",
            };
            let made: Option<Value> = serde_json::from_str(&saved.body).ok();
            let id = made.as_ref().and_then(|made| made.get(named)?.as_str()).map(str::to_owned);
            TakenResult { proposal, kind, id, status: saved.status, replayed, problem: None }
        }
        Err(error) => {
            let problem = error.body(call.request_id(), call.path());
            TakenResult { proposal, kind, id: None, status: problem.status, replayed: false, problem: Some(problem) }
        }
    }
}
