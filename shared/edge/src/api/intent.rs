//! What was asked for in a sentence, and what came of its proposals.

use galley_domain::{
    idempotency::claim::SavedResponse,
    intent::record::{Body, Intent, IntentText, Proposal, ProposalKind, Question, ReadBy},
    kernel::{ids::IntentId, usd::MicroUsd},
    schedule::{rule::LocalMoment, zone::Zone},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{models::EstimateView, saved::saved};
use crate::http::error::ProblemBody;

/// So many occurrences to come are shown of a schedule.
const SHOWN: usize = 5;

/// What a sentence comes to.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Intent))]
pub struct IntentView {
    pub intent_id: IntentId,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub text: IntentText,
    pub zone: Option<Zone>,
    pub read_by: ReadBy,
    /// What may be taken, at most ten. Empty where there is a question.
    pub proposals: Vec<ProposalView>,
    /// What has to be said first, in another sentence.
    pub question: Option<Question>,
    /// The words that were not understood, and have changed nothing.
    pub unread: Vec<String>,
    /// What the sentence does not say, and was chosen.
    pub assumed: Vec<String>,
    pub created_at: Timestamp,
    /// Until then it may be confirmed.
    pub expires_at: Timestamp,
}

/// Something that is proposed. Nothing is made of it until somebody takes it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Proposal))]
pub struct ProposalView {
    /// By this it is taken.
    #[cfg_attr(feature = "openapi", schema(maximum = 9))]
    pub proposal: usize,
    pub kind: ProposalKind,
    /// Of a `task` a body of `POST /api/content/tasks`, of a `schedule` one of `POST /api/schedules`.
    pub body: Body,
    /// How many tasks it makes. Null: it has no end.
    pub tasks: Option<u32>,
    /// The next occurrences of a schedule, at most five.
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub next: Vec<LocalMoment>,
    /// Of its first task, which is as long as the others; in `near` what is near to any of its subjects. Null: no model can be asked at present.
    pub estimate: Option<EstimateView>,
    /// Of all its tasks, if every first draft is good enough. Null: it has no end, or no estimate.
    pub expected_usd: Option<MicroUsd>,
    /// Of all its tasks, at most.
    pub most_usd: Option<MicroUsd>,
}

impl ProposalView {
    pub fn of(nth: usize, proposal: &Proposal, estimate: Option<EstimateView>, now: Timestamp) -> Self {
        let rule = proposal.rule();
        let tasks = proposal.tasks(now);
        let next = rule.iter().flat_map(|rule| rule.all_after(now)).map(|one| one.local);
        let times =
            |amount: MicroUsd| tasks.map(|tasks| MicroUsd::from_micros(amount.micros().saturating_mul(tasks.into())));
        Self {
            proposal: nth,
            kind: proposal.kind,
            body: proposal.body.clone(),
            tasks,
            next: next.take(SHOWN).collect(),
            expected_usd: estimate.as_ref().and_then(|one| times(one.expected_usd)),
            most_usd: estimate.as_ref().and_then(|one| times(one.most_usd)),
            estimate,
        }
    }
}

impl IntentView {
    pub fn of(intent: Intent, proposals: Vec<ProposalView>) -> Self {
        let expires_at = intent.expires_at();
        Self {
            intent_id: intent.id,
            text: intent.text,
            zone: intent.zone,
            read_by: intent.reading.read_by,
            proposals,
            question: intent.reading.question,
            unread: intent.reading.unread,
            assumed: intent.reading.assumed,
            created_at: intent.created_at,
            expires_at,
        }
    }
}

pub fn asked_intent(view: &IntentView) -> SavedResponse {
    let location = Some(format!("/api/content/intent/{}", view.intent_id));
    SavedResponse { location, ..saved(201, view) }
}

/// What came of the proposals that somebody takes, in the order of the request.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = IntentResults))]
pub struct TakenView {
    pub results: Vec<TakenResult>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = IntentResult))]
pub struct TakenResult {
    pub proposal: usize,
    pub kind: ProposalKind,
    /// The task's, or the schedule's.
    pub id: Option<String>,
    /// As the single request would have answered.
    pub status: u16,
    /// True where the proposal was taken before, and this is the answer that it had then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub replayed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
}
