//! What Lambda tells of an invocation.

use jiff::Timestamp;
use lambda_runtime::Context;

/// When the invocation is cut off. Without a deadline there is no time at all: better nothing done than half of it.
pub fn deadline(context: &Context) -> Timestamp {
    let given = i64::try_from(context.deadline).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    given.unwrap_or_else(Timestamp::now)
}
