//! Correcting the ledger: what a call really cost, where a report was wrong or nobody reported. A correction is part of the
//! call's entry, written with all that counts the call and with an audit event, so that a task's cost stays the sum over
//! its calls. The task is a tenant's, and the operator is none of its people: the audit says that an operator did it, and
//! the operators' acts say who.
//! Invariant: a call that may still be under way is not corrected; its worker settles it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    access::acts::{Acting, Recording},
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{TaskId, TraceId},
        mask::Masked,
        reason::OperatorReason,
        rule::RuleBroken,
        usd::MicroUsd,
    },
    money::ledger::{CallOutcome, Corrected, ModelCall},
    task::{
        audit::{Actor, AuditEvent},
        record::Task,
        store::{CommitError, TaskStore},
    },
};
use std::future::Future;

/// No worker has a call for longer: after this, nobody comes back to settle it.
const ABANDONED: SignedDuration = SignedDuration::from_hours(1);
/// Beyond this a correction is a slip of the pen.
const MOST_DOLLARS: u32 = 10_000;
const MOST: MicroUsd = MicroUsd::from_dollars(MOST_DOLLARS);

/// A cost that a call may be corrected to: at most 10,000 dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "MicroUsd")]
pub struct RealCost(MicroUsd);

impl TryFrom<MicroUsd> for RealCost {
    type Error = RuleBroken;
    fn try_from(cost: MicroUsd) -> Result<Self, RuleBroken> {
        if cost <= MOST { Ok(Self(cost)) } else { Err(RuleBroken("must be at most 10000 dollars")) }
    }
}

galley_api::schema::scalar!(
    RealCost,
    galley_api::schema::text()
        .pattern(Some(galley_api::usd::AMOUNT))
        .maximum(Some(MOST_DOLLARS))
        .description(Some(format!("Dollars, at most {MOST}, as a decimal string with at most six decimals.")))
        .examples(["0.0123"])
);

galley_api::rule::bounded_number! {
    /// Tokens that a call may be corrected to: at most a thousand million.
    RealTokens: u64, 0..=1_000_000_000, "must be 0 to 1000000000 tokens"
}

/// What an operator says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CostCorrection))]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub cost_usd: RealCost,
    /// Of a model that no money bounds: what counts of the day's tokens.
    #[serde(default)]
    pub tokens: Option<RealTokens>,
    pub reason: OperatorReason,
}

/// A correction as it is written: the entry as it was read, as it is to be, and the event that tells of it.
#[derive(Clone, Debug)]
pub struct Correction {
    pub task: TaskId,
    pub was: ModelCall,
    pub now: ModelCall,
    pub event: AuditEvent,
}

impl Correction {
    /// What all that counts the call has to be changed by, in micro-dollars. As far as it was counted: no count goes higher.
    pub fn difference(&self) -> i64 {
        let counted = |cost: MicroUsd| i64::try_from(cost.micros()).unwrap_or(i64::MAX);
        counted(self.now.cost) - counted(self.was.cost)
    }

    /// What the tokens of the call's day have to be changed by.
    pub fn tokens_difference(&self) -> i64 {
        let counted = |call: &ModelCall| i64::try_from(call.counted_tokens()).unwrap_or(i64::MAX);
        counted(&self.now) - counted(&self.was)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
    #[error("there is no such call")]
    NotFound,
    #[error("the call may still be under way")]
    UnderWay,
    #[error("money bounds this call: its tokens count in no day")]
    TokensNotCounted,
    #[error("the call was changed at the same time")]
    Conflict,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Corrects what a call cost, and used. The same again changes nothing and leaves no trace.
///
/// # Errors
/// See `CorrectError`.
pub async fn correct(
    store: &(impl TaskStore + LedgerStore + Recording),
    clock: &impl Clock,
    acting: &Acting,
    (id, call): (&TaskId, Uuid),
    asked: Asked,
) -> Result<ModelCall, CorrectError> {
    let (task, was) = futures_util::future::join(store.task(id), store.call(id, call)).await;
    let (Some(task), Some(was)) = (task?, was?) else { return Err(CorrectError::NotFound) };
    // A call of an earlier release names no tenant; its task does.
    let was = ModelCall { tenant: task.tenant.clone(), ..was };
    let now = clock.now();
    if was.outcome == CallOutcome::Intent && now.duration_since(was.at) < ABANDONED {
        return Err(CorrectError::UnderWay);
    }
    let tokens = asked.tokens.map(u64::from);
    if tokens.is_some() && was.quote.reserved_tokens == 0 {
        return Err(CorrectError::TokensNotCounted);
    }
    if was.cost == asked.cost_usd.0 && tokens.is_none_or(|tokens| tokens == was.counted_tokens()) {
        return Ok(was);
    }
    let correction = correction(&task, was, asked, now, (clock.uuid(), acting.trace_id.clone()));
    let act = acting.act(clock, &task.tenant, format_args!("{id}/{call}"));
    match store.with_act(act).correct(&correction).await {
        Ok(()) => Ok(correction.now),
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(_) => Err(CorrectError::Conflict),
    }
}

fn correction(
    task: &Task,
    was: ModelCall,
    Asked { cost_usd, tokens, reason }: Asked,
    at: Timestamp,
    (event, trace_id): (Uuid, TraceId),
) -> Correction {
    let reason = Masked::of(reason.as_str());
    let in_tokens = tokens.map(|RealTokens(tokens)| format!(", {tokens} instead of {} tokens", was.counted_tokens()));
    let in_tokens = in_tokens.unwrap_or_default();
    let told = format!("call {}: {} instead of {} USD{in_tokens}: {reason}", was.id, cost_usd.0, was.cost);
    let event = AuditEvent {
        id: event,
        event: "cost_corrected".to_owned(),
        actor: Actor::Operator,
        from: Some(task.state),
        to: task.state,
        reason: Some(Masked::of(&told)),
        revision: None,
        about: None,
        comment: None,
        at,
        trace_id,
    };
    // Nobody comes back to settle what was abandoned; from now on nobody may.
    let outcome = match &was.outcome {
        CallOutcome::Intent => CallOutcome::Unknown { reason: reason.clone(), latency_ms: 0 },
        settled => settled.clone(),
    };
    let before = was.corrected.as_ref().and_then(|corrected| corrected.tokens);
    let tokens = tokens.map(u64::from).or(before);
    let corrected = Some(Corrected { was_usd: was.cost, tokens, reason, at });
    let now = ModelCall { cost: cost_usd.0, outcome, corrected, ..was.clone() };
    Correction { task: task.id.clone(), was, now, event }
}

/// The ledger's entries, one by one.
pub trait LedgerStore: Send + Sync {
    fn call(&self, task: &TaskId, call: Uuid) -> impl Future<Output = Result<Option<ModelCall>, StoreError>> + Send;

    /// Writes a correction with the task's cost, the tenant's budget, the counters and the audit event, on condition that
    /// the entry is as it was read. `Stale`: it is not.
    fn correct(&self, correction: &Correction) -> impl Future<Output = Result<(), CommitError>> + Send;
}
