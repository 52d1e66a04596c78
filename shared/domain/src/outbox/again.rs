//! Messages of what goes out, sent again. What is not sent here, the sweeper sends.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    kernel::error::chain,
    queue::message::{Message, Queue},
};

/// A waiting time up to this is the queue's; a longer one the sweeper's.
const QUEUE_WAITS: Duration = Duration::from_mins(15);
/// After so long the sweeper sends the message that got lost.
pub(super) const GRACE: SignedDuration = SignedDuration::from_secs(30);

pub(super) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)
}

/// For the next try, if there is one.
pub(super) async fn send_after(queue: &impl Queue, message: &Message, wait: Option<Duration>) {
    let Some(wait) = wait.filter(|wait| *wait <= QUEUE_WAITS) else { return };
    if let Err(error) = queue.send_after(message, wait).await {
        tracing::warn!(id = message.id, error = chain(&error), "the next try is left to the sweeper");
    }
}

/// At somebody's wish.
pub(super) async fn send(queue: &impl Queue, message: &Message) {
    if let Err(error) = queue.send(message).await {
        tracing::warn!(id = message.id, error = chain(&error), "what is asked for again is left to the sweeper");
    }
}
