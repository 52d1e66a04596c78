//! The sweeper: sends again whatever is overdue. It looks only at the `due` index, so it costs what is stuck, not
//! what exists. It decides nothing: the worker that gets the message looks at the task and does what is right.

use futures_util::{StreamExt, future, stream};
use jiff::Timestamp;

use crate::{
    ports::{Clock, Due, DueStore, PageKey, Queue},
    report::chain,
};

/// What is held in memory of one shard at a time.
const PAGE: u32 = 500;
/// How many items of one shard are on their way at once.
const WIDTH: usize = 8;
/// What one run may find in one shard; what is left is overdue a minute later still.
const PER_SHARD: usize = 10_000;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    pub found: usize,
    pub sent: usize,
    pub failed: usize,
}

impl std::ops::Add for Swept {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { found: self.found + other.found, sent: self.sent + other.sent, failed: self.failed + other.failed }
    }
}

/// Sends a message for everything overdue, all shards side by side, until `deadline` at the latest.
pub async fn sweep<S: DueStore>(store: &S, queue: &impl Queue, clock: &impl Clock, deadline: Timestamp) -> Swept {
    let shards = (0..S::SHARDS).map(|shard| sweep_shard(store, queue, clock, shard, deadline));
    future::join_all(shards).await.into_iter().fold(Swept::default(), |sum, one| sum + one)
}

async fn sweep_shard(
    store: &impl DueStore,
    queue: &impl Queue,
    clock: &impl Clock,
    shard: u8,
    deadline: Timestamp,
) -> Swept {
    let now = clock.now();
    let mut swept = Swept::default();
    let mut after: Option<PageKey> = None;
    loop {
        let page = match store.due(shard, now, PAGE, after).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(shard, error = chain(&error), "a shard of the due index was not read");
                return swept + Swept { failed: 1, ..Swept::default() };
            }
        };
        swept.found += page.items.len();
        let resent = stream::iter(&page.items).map(|item| resend(store, queue, clock, item)).buffer_unordered(WIDTH);
        swept = resent.fold(swept, async |sum, one| sum + one).await;
        after = page.next;
        if after.is_none() || swept.found >= PER_SHARD || clock.now() >= deadline {
            return swept;
        }
    }
}

/// First the item's time is moved on, then the message sent: a failed send leaves the item due again later, never
/// lost, and two sweepers at once do not send twice.
async fn resend(store: &impl DueStore, queue: &impl Queue, clock: &impl Clock, item: &Due) -> Swept {
    let failed = Swept { failed: 1, ..Swept::default() };
    match store.postpone(item, clock.now() + clock.pace().patience(item.resends)).await {
        Ok(true) => {}
        Ok(false) => return Swept::default(),
        Err(error) => {
            tracing::error!(id = %item.message.id, error = chain(&error), "an overdue item was not postponed");
            return failed;
        }
    }
    match queue.send(&item.message).await {
        Ok(()) => Swept { sent: 1, ..Swept::default() },
        Err(error) => {
            tracing::error!(id = %item.message.id, error = chain(&error), "an overdue item's message was not sent");
            failed
        }
    }
}
