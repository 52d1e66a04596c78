//! What is overdue, and why: the sweeper's view, for people. An item that the sweeper has sent for again counts as stuck
//! until it moves, however far its next time lies ahead.

use futures_util::future;
use jiff::{SignedDuration, Timestamp};

use crate::{
    message::Kind,
    pace::Pace,
    ports::{Due, DueStore, StoreError},
    state::TaskState,
};

/// What is looked at of each shard at most. Whoever has more stuck than this has seen enough.
const PER_SHARD: u32 = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub due: Due,
    pub reason: Reason,
}

/// Why an item waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No worker has taken the task.
    Unclaimed,
    /// Its worker fell silent, or handed over to nobody.
    LeaseExpired,
    /// Its hour has come, and it is not published.
    PublicationDue,
    /// No content came by webhook within its time, or a webhook is not processed.
    WebhookUnprocessed,
    /// A delivery or a job is not done.
    Unfinished,
}

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unclaimed => "unclaimed",
            Self::LeaseExpired => "lease_expired",
            Self::PublicationDue => "publication_due",
            Self::WebhookUnprocessed => "webhook_unprocessed",
            Self::Unfinished => "unfinished",
        }
    }

    const fn of(due: &Due) -> Self {
        match (due.message.kind, due.state) {
            (_, Some(TaskState::Generating)) => Self::LeaseExpired,
            (Kind::Publish, _) => Self::PublicationDue,
            (Kind::Generate, _) => Self::Unclaimed,
            (Kind::Webhook, _) => Self::WebhookUnprocessed,
            (Kind::Deliver | Kind::Job, _) => Self::Unfinished,
        }
    }
}

/// The longest overdue first, `limit` of them, and how many there are in all.
///
/// # Errors
/// When a shard cannot be read: half a list would look like good news.
pub async fn stuck<S: DueStore>(
    store: &S,
    pace: Pace,
    now: Timestamp,
    limit: usize,
) -> Result<(Vec<Stuck>, usize), StoreError> {
    // The sweeper moves what it has sent for so far ahead at most.
    let by = now + pace.longest_patience() + SignedDuration::from_secs(1);
    let shards = (0..S::SHARDS).map(|shard| store.due(shard, by, PER_SHARD, None));
    let mut found: Vec<Stuck> = future::try_join_all(shards)
        .await?
        .into_iter()
        .flat_map(|page| page.items)
        .filter(|due| due.due_at <= now || due.resends > 0)
        .map(|due| Stuck { reason: Reason::of(&due), due })
        .collect();
    found.sort_by_key(|stuck| (std::cmp::Reverse(stuck.due.resends), stuck.due.due_at));
    let all = found.len();
    found.truncate(limit);
    Ok((found, all))
}
