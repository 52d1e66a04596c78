//! Lambda's invocation context.

use jiff::Timestamp;
use lambda_runtime::Context;

/// When Lambda ends the invocation. Without a valid deadline, now: it is better to do nothing than half of the work.
pub fn deadline(context: &Context) -> Timestamp {
    let given = i64::try_from(context.deadline).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    given.unwrap_or_else(Timestamp::now)
}
