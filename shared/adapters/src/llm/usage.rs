//! What an answer says that it took. A report stands beside a text that is paid for, so nothing in it may cost that text:
//! what is not a whole number from 0 on makes the report unknown, and an unknown report is booked at the reserve.

use galley_domain::{
    kernel::usd::MicroUsd,
    models::price::{Spent, Tokens},
};
use serde_json::Value;

/// A count that must be there: an empty report reports nothing.
pub(super) fn count(report: &Value, name: &str) -> Option<u64> {
    whole(report.get(name)?)
}

/// A whole number from 0 on. To JSON 12.0 and 12 are the same.
pub(super) fn whole(value: &Value) -> Option<u64> {
    let number = value.as_number()?.to_string();
    number.strip_suffix(".0").unwrap_or(&number).parse().ok()
}

/// A count that is there only where it says something.
pub(super) fn beside(report: &Value, name: &str) -> Option<u64> {
    match report.get(name) {
        None | Some(Value::Null) => Some(0),
        Some(_) => count(report, name),
    }
}

/// Together, however large: what a report may claim is for the worker to judge.
pub(super) fn tokens<const N: usize>(input: [Option<u64>; N], output: Option<u64>) -> Option<Tokens> {
    let input = input.into_iter().try_fold(0_u64, |sum, part| Some(sum.saturating_add(part?)))?;
    Some(Tokens { input, output: output? })
}

/// What was used; what that costs, the worker knows.
pub(super) fn spent(tokens: Option<Tokens>) -> Spent {
    tokens.map_or(Spent::Unknown, |tokens| Spent::Known { tokens, cost: MicroUsd::ZERO })
}
