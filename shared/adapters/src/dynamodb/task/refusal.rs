//! Maps a cancelled transaction to an error, by the part that failed.

use aws_sdk_dynamodb::{
    error::SdkError, operation::transact_write_items::TransactWriteItemsError, types::CancellationReason,
};
use galley_domain::{
    kernel::error::StoreError,
    money::budget::{Cap, broken, day_of},
    task::store::CommitError,
};

use crate::dynamodb::{
    errors::{unavailable, unwritten},
    idempotency::claim::StoredClaim,
    money::budget,
    task::transaction::Part,
};

pub(crate) enum Failure {
    /// Another transaction holds one of the items.
    Conflict {
        on_claim: bool,
    },
    Final(CommitError),
}

pub(crate) fn failure<R>(parts: &[Part], error: SdkError<TransactWriteItemsError, R>) -> Failure
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            return Failure::Conflict { on_claim: false };
        }
        _ => return Failure::Final(unwritten(error).into()),
    };
    let refused = |code: &str| {
        let code = code.to_owned();
        parts.iter().zip(reasons).filter(move |(_, reason)| reason.code() == Some(&code))
    };
    // A taken claim has priority: the same request came before, so other parts fail too.
    let worst = refused("ConditionalCheckFailed").min_by_key(|(part, _)| match part {
        Part::Claim(_) => 0,
        Part::Receipt => 1,
        Part::Task | Part::Own | Part::Call => 2,
        Part::Budget(_) => 3,
        Part::Slug | Part::Quota | Part::Counter | Part::Link => 4,
    });
    if let Some((part, reason)) = worst {
        return Failure::Final(refusal(part, reason));
    }
    if let Some((part, _)) = refused("TransactionConflict").next() {
        return Failure::Conflict { on_claim: matches!(part, Part::Claim(_)) };
    }
    // A validation error of a single item is reported in that item's reason.
    if refused("ValidationError").next().is_some() {
        return Failure::Final(StoreError::invalid(error).into());
    }
    Failure::Final(unavailable(error).into())
}

fn refusal(part: &Part, reason: &CancellationReason) -> CommitError {
    match part {
        Part::Task | Part::Own | Part::Call | Part::Quota | Part::Counter | Part::Link => CommitError::Stale,
        Part::Budget(intent) => {
            let spent = budget::spending(&reason.item().cloned().unwrap_or_default(), day_of(intent.call.at));
            CommitError::OverBudget(broken(&spent, intent).unwrap_or(Cap::Day))
        }
        Part::Slug => CommitError::SlugTaken,
        Part::Receipt => CommitError::AlreadyProcessed,
        Part::Claim(claim) => {
            let item = reason.item().cloned().unwrap_or_default();
            match StoredClaim::read(item) {
                Ok(stored) => CommitError::Claimed(stored.seen_by(claim)),
                Err(error) => error.into(),
            }
        }
    }
}
