//! The sweeper: sends again whatever is overdue. It looks only at the `due` index, so it costs what is stuck, not
//! what exists. It decides nothing: the worker that gets the message looks at the task and does what is right.
//! It leaves alone what waits for generation to be switched on, or for its tenant to be served again: that stays due, so the first sweep
//! after that sends for all of it.

use futures_util::{StreamExt, future, stream};
use jiff::Timestamp;

use crate::{
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        paging::PageKey,
    },
    operations::due::{Due, DueStore},
    queue::message::Queue,
    tenancy::flags::{self, FlagStore, Flags},
};

/// What is held in memory of one shard at a time.
const PAGE: u32 = 100;
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
    /// Left alone, because generation is switched off for their tenants, or these are suspended.
    pub held: usize,
}

impl std::ops::Add for Swept {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
            held: self.held + other.held,
        }
    }
}

/// Sends a message for everything overdue, all shards side by side, until `deadline` at the latest.
pub async fn sweep<S: DueStore + FlagStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    deadline: Timestamp,
) -> Swept {
    let flags = flags::of_work(store).await;
    let shards = (0..S::SHARDS).map(|shard| sweep_shard(store, queue, clock, (shard, &flags), deadline));
    future::join_all(shards).await.into_iter().fold(Swept::default(), |sum, one| sum + one)
}

async fn sweep_shard(
    store: &impl DueStore,
    queue: &impl Queue,
    clock: &impl Clock,
    (shard, flags): (u8, &Flags),
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
        let (held, free): (Vec<Due>, Vec<Due>) = page.items.into_iter().partition(|due| due.is_held(flags));
        swept = swept + resend(store, queue, clock, &free).await + Swept { held: held.len(), ..Swept::default() };
        after = page.next;
        if after.is_none() || swept.found >= PER_SHARD || clock.now() >= deadline {
            return swept;
        }
    }
}

/// First an item's time is moved on, then its message sent: a failed send leaves the item due again later, never lost,
/// and two sweepers at once do not send twice.
async fn resend(store: &impl DueStore, queue: &impl Queue, clock: &impl Clock, items: &[Due]) -> Swept {
    let mut swept = Swept { found: items.len(), ..Swept::default() };
    let postponed = stream::iter(items).map(|item| postpone(store, clock, item)).buffer_unordered(WIDTH);
    let postponed: Vec<Result<Option<&Due>, StoreError>> = postponed.collect().await;
    let mut messages = Vec::new();
    for outcome in postponed {
        match outcome {
            Ok(Some(item)) => messages.push(item.message.clone()),
            Ok(None) => {}
            Err(error) => {
                swept.failed += 1;
                tracing::error!(error = chain(&error), "an overdue item was not postponed");
            }
        }
    }
    let sent = queue.send_all(&messages).await.into_iter().flatten().count();
    if sent < messages.len() {
        tracing::error!(unsent = messages.len() - sent, "overdue items' messages were not sent");
    }
    swept + Swept { sent, failed: messages.len() - sent, ..Swept::default() }
}

/// `None` when somebody else has moved it on.
async fn postpone<'a>(store: &impl DueStore, clock: &impl Clock, item: &'a Due) -> Result<Option<&'a Due>, StoreError> {
    let until = clock.now() + clock.timings().patience(item.resends);
    Ok(store.postpone(item, until).await?.then_some(item))
}
