//! The sweeper: sends again whatever is overdue. It looks only at the `due` index, so it costs what is stuck, not
//! what exists. It decides nothing: the worker that gets the message looks at the task and does what is right.

use futures_util::future;
use jiff::{SignedDuration, Timestamp};

use crate::ports::{Clock, DueStore, Overdue, Queue};
use crate::report::chain;

/// A shard's share of one run; what is left is overdue a minute later still.
const PER_SHARD: u32 = 1250;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    pub found: usize,
    pub sent: usize,
    pub failed: usize,
}

/// How long an item is left alone after its `resends`-th message: 2, 4, 8 … 30 minutes.
pub fn patience(resends: u32) -> SignedDuration {
    let minutes = 2_i64.checked_shl(resends.min(10)).unwrap_or(30).min(30);
    SignedDuration::from_mins(minutes)
}

/// Sends a message for everything overdue, all shards side by side.
pub async fn sweep(store: &impl DueStore, queue: &impl Queue, clock: &impl Clock) -> Swept {
    let now = clock.now();
    let shards = (0..shards_of(store)).map(|shard| sweep_shard(store, queue, shard, now));
    future::join_all(shards).await.into_iter().fold(Swept::default(), |sum, one| Swept {
        found: sum.found + one.found,
        sent: sum.sent + one.sent,
        failed: sum.failed + one.failed,
    })
}

const fn shards_of<S: DueStore>(_: &S) -> u8 {
    S::SHARDS
}

async fn sweep_shard(store: &impl DueStore, queue: &impl Queue, shard: u8, now: Timestamp) -> Swept {
    let overdue = match store.overdue(shard, now, PER_SHARD).await {
        Ok(overdue) => overdue,
        Err(error) => {
            tracing::error!(shard, error = chain(&error), "a shard of the due index was not read");
            return Swept { failed: 1, ..Swept::default() };
        }
    };
    let mut swept = Swept { found: overdue.len(), ..Swept::default() };
    for item in &overdue {
        match resend(store, queue, item, now).await {
            Resent::Sent => swept.sent += 1,
            Resent::Failed => swept.failed += 1,
            Resent::NoLongerDue => {}
        }
    }
    swept
}

enum Resent {
    Sent,
    Failed,
    NoLongerDue,
}

/// First the clock is moved on, then the message sent: a failed send leaves the item due again later, never lost,
/// and two sweepers at once do not send twice.
async fn resend(store: &impl DueStore, queue: &impl Queue, item: &Overdue, now: Timestamp) -> Resent {
    match store.postpone(item, now + patience(item.resends)).await {
        Ok(true) => {}
        Ok(false) => return Resent::NoLongerDue,
        Err(error) => {
            tracing::error!(id = %item.message.id, error = chain(&error), "an overdue item was not postponed");
            return Resent::Failed;
        }
    }
    match queue.send(&item.message).await {
        Ok(()) => Resent::Sent,
        Err(error) => {
            tracing::error!(id = %item.message.id, error = chain(&error), "an overdue item's message was not sent");
            Resent::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_doubles_up_to_half_an_hour() {
        let minutes: Vec<i64> = (0..7).map(|resends| patience(resends).as_mins()).collect();
        assert_eq!(minutes, [2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(patience(u32::MAX).as_mins(), 30);
    }
}
