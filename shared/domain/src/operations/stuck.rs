//! What is overdue, and why: the sweeper's view, for people. An item that the sweeper has sent for again counts as stuck
//! until it moves, however far its next time lies ahead. A task that a worker has is not overdue; whether it waits for a provider that
//! says nothing, the ledger knows.

use std::collections::BTreeMap;

use futures_util::future;
use jiff::{SignedDuration, Timestamp};

use crate::{
    kernel::{error::StoreError, ids::TaskId, timings::Timings},
    operations::due::{Due, DueStore},
    queue::message::{Kind, Lane},
    task::{record::Task, state::TaskState, store::TaskStore},
    tenancy::flags::{self, FlagStore, Flags},
};

/// What is looked at of each shard at most. Whoever has more stuck than this has seen enough.
const PER_SHARD: u32 = 1000;
/// Tasks in workers' hands whose calls are looked at; workers have fewer at a time, unless somebody gave them more concurrency.
const MOST_IN_HAND: usize = 50;
/// Of a task the newest calls: what is in flight is among them, for a worker begins few at a time.
const NEWEST_CALLS: u32 = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub due: Due,
    pub reason: Reason,
    /// When it was due for the first time, to within a run of the sweeper for each time that it was sent for since; or when the call
    /// began that the provider does not answer.
    pub since: Timestamp,
    /// Whose answer is waited for, of a provider that says nothing.
    pub provider: Option<String>,
}

/// What waits, of all that has a next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What is overdue, the longest first.
    pub stuck: Vec<Stuck>,
    /// Since when the oldest thing in a lane waits to be taken, stuck or not. To within a run of the sweeper.
    pub oldest: BTreeMap<Lane, Timestamp>,
    /// Tasks that a worker has, and renews its lease of.
    pub in_hand: Vec<Due>,
}

impl Waiting {
    /// For how long the item that is stuck the longest has been overdue, however often it was sent for since.
    pub fn overdue(&self, now: Timestamp) -> SignedDuration {
        let ages = self.stuck.iter().map(|stuck| now.duration_since(stuck.since));
        ages.max().unwrap_or_default().max(SignedDuration::ZERO)
    }
}

galley_api::rule::choice!(
    /// Why an item waits.
    Reason as "StuckReason",
    {
        /// No worker has taken the task.
        Unclaimed => "unclaimed",
        /// Its worker fell silent, or handed over to nobody.
        LeaseExpired => "lease_expired",
        /// Its worker lives, and waits for a provider that has not answered for longer than answers take.
        ProviderSilent => "provider_silent",
        /// Its hour has come, and it is not published.
        PublicationDue => "publication_due",
        /// No content came by webhook within its time, or a webhook is not processed.
        WebhookUnprocessed => "webhook_unprocessed",
        /// A delivery, a placement, a job or a schedule's run is not done.
        Unfinished => "unfinished",
    }
);

impl Reason {
    const fn of(due: &Due) -> Self {
        match (due.message.kind, due.state) {
            (_, Some(TaskState::Generating)) => Self::LeaseExpired,
            (Kind::Publish, _) => Self::PublicationDue,
            (Kind::Generate, _) => Self::Unclaimed,
            (Kind::Webhook, _) => Self::WebhookUnprocessed,
            (Kind::Deliver | Kind::Place | Kind::Job | Kind::Schedule, _) => Self::Unfinished,
        }
    }
}

/// What is held is not stuck: an operator has said that it waits, and it is not to hide what nobody meant to.
///
/// # Errors
/// When a shard cannot be read: half a list would look like good news.
pub async fn waiting<S: DueStore + FlagStore>(
    store: &S,
    timings: Timings,
    now: Timestamp,
) -> Result<Waiting, StoreError> {
    // The sweeper moves what it has sent for so far ahead at most.
    let by = now + timings.longest_patience() + SignedDuration::from_secs(1);
    let flags = flags::of_work(store).await;
    let shards = (0..S::SHARDS).map(|shard| free(store, shard, by, &flags));
    let all = future::try_join_all(shards).await?.into_iter().flatten();
    let (mut stuck, mut oldest, mut in_hand) = (Vec::new(), BTreeMap::new(), Vec::new());
    for due in all {
        if let Some(since) = waits_since(&due, timings, now) {
            let oldest = oldest.entry(due.message.kind.lane()).or_insert(since);
            *oldest = since.min(*oldest);
        }
        if due.due_at <= now || due.resends > 0 {
            stuck.push(Stuck { reason: Reason::of(&due), since: first_due(&due, timings), provider: None, due });
        } else if due.state == Some(TaskState::Generating) {
            in_hand.push(due);
        }
    }
    stuck.sort_by_key(|stuck| stuck.since);
    Ok(Waiting { stuck, oldest, in_hand })
}

/// What is overdue, and what waits for a provider that says nothing, the longest first.
///
/// # Errors
/// As `waiting`.
pub async fn all<S: DueStore + FlagStore + TaskStore>(
    store: &S,
    timings: Timings,
    now: Timestamp,
) -> Result<Vec<Stuck>, StoreError> {
    let Waiting { mut stuck, in_hand, .. } = waiting(store, timings, now).await?;
    let by = now - timings.silence();
    let silent = in_hand.into_iter().take(MOST_IN_HAND).map(|due| silent(store, due, by));
    stuck.extend(future::try_join_all(silent).await?.into_iter().flatten());
    stuck.sort_by_key(|stuck| stuck.since);
    Ok(stuck)
}

/// The task, if a call that its present attempt began before `by` is still without an answer. What a worker that is gone has left open is
/// nobody's any more.
async fn silent(store: &impl TaskStore, due: Due, by: Timestamp) -> Result<Option<Stuck>, StoreError> {
    let Ok(id) = TaskId::new(due.message.id.clone()) else { return Ok(None) };
    let calls = store.calls(&id, NEWEST_CALLS, None).await?.items;
    let open = calls.into_iter().filter(|call| call.is_open() && call.at < by);
    let Some(oldest) = open.min_by_key(|call| call.at) else { return Ok(None) };
    let is_its = |task: Task| task.state == TaskState::Generating && task.began(&oldest);
    if !store.task(&id).await?.is_some_and(is_its) {
        return Ok(None);
    }
    let provider = Some(oldest.quote.provider);
    Ok(Some(Stuck { reason: Reason::ProviderSilent, since: oldest.at, provider, due }))
}

/// What of a shard is due by `by` and not held.
async fn free(store: &impl DueStore, shard: u8, by: Timestamp, flags: &Flags) -> Result<Vec<Due>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.due(shard, by, PER_SHARD, after).await?;
        found.extend(page.items.into_iter().filter(|due| !due.is_held(flags)));
        after = page.next;
        if after.is_none() || found.len() >= PER_SHARD as usize {
            return Ok(found);
        }
    }
}

/// Since when its message has been there for the taking: before it was due for the first time, less the sweeper's grace for
/// what had a message from the start.
fn waits_since(due: &Due, timings: Timings, now: Timestamp) -> Option<Timestamp> {
    let first = first_due(due, timings);
    let is_taken = due.state == Some(TaskState::Generating);
    // A worker has it. Once the sweeper has sent for it again, its message waits for another.
    if is_taken && due.resends == 0 {
        return None;
    }
    let had_a_message = matches!(due.message.kind, Kind::Generate | Kind::Webhook) && !is_taken;
    let since = if had_a_message { first - timings.grace() } else { first };
    (since <= now).then_some(since)
}

/// When it was due before the sweeper moved its time on.
fn first_due(due: &Due, timings: Timings) -> Timestamp {
    (0..due.resends).fold(due.due_at, |at, resend| at - timings.patience(resend))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::ids::{TenantId, TraceId},
        queue::message::Message,
    };

    fn due(kind: Kind, state: Option<TaskState>, in_s: i64, resends: u32) -> Due {
        let message = Message::new(
            kind,
            TenantId::new("default").unwrap(),
            "x".to_owned(),
            TraceId::from_uuid(uuid::Uuid::nil()),
        );
        let due_at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(in_s);
        Due { message, state, due_at, resends, key: (String::new(), String::new()) }
    }

    fn age(due: &Due) -> Option<i64> {
        let now = Timestamp::UNIX_EPOCH;
        waits_since(due, Timings::default(), now).map(|since| now.duration_since(since).as_secs())
    }

    #[test]
    fn what_waits_for_a_worker_waits_since_its_message_was_sent() {
        let pending = Some(TaskState::Pending);
        assert_eq!(age(&due(Kind::Generate, pending, 60, 0)), Some(0));
        assert_eq!(age(&due(Kind::Generate, pending, 15, 0)), Some(45));
        // Sent for again after a minute, and due again two minutes later, of which one is over.
        assert_eq!(age(&due(Kind::Generate, pending, 60, 1)), Some(60 + 60));
        assert_eq!(age(&due(Kind::Webhook, None, -30, 0)), Some(90));
    }

    #[test]
    fn what_was_sent_for_is_overdue_since_it_first_was_due() {
        let overdue = |all: &[(i64, u32)]| {
            let stuck = all.iter().map(|(in_s, resends)| due(Kind::Deliver, None, *in_s, *resends));
            let since = |due: &Due| first_due(due, Timings::default());
            let told = |due: Due| Stuck { reason: Reason::of(&due), since: since(&due), provider: None, due };
            let waiting = Waiting { stuck: stuck.map(told).collect(), oldest: BTreeMap::new(), in_hand: Vec::new() };
            waiting.overdue(Timestamp::UNIX_EPOCH).as_secs()
        };
        assert_eq!(overdue(&[]), 0);
        // Sent for just now, and twice: 2 and 4 minutes were added, of which one is over.
        assert_eq!(overdue(&[(120, 1), (60, 2)]), 5 * 60);
        assert_eq!(overdue(&[(-30, 0)]), 30);
    }

    #[test]
    fn what_a_worker_has_or_nothing_is_to_be_done_about_yet_does_not_wait() {
        assert_eq!(age(&due(Kind::Generate, Some(TaskState::Generating), -5, 0)), None);
        assert_eq!(age(&due(Kind::Generate, Some(TaskState::Pending), 300, 0)), None, "another attempt, later");
        // Its worker fell silent a minute ago, and nobody has taken what was sent for it since.
        assert_eq!(age(&due(Kind::Generate, Some(TaskState::Generating), 60, 1)), Some(60));
        assert_eq!(age(&due(Kind::Publish, Some(TaskState::Approved), 5, 0)), None);
        assert_eq!(age(&due(Kind::Deliver, None, -7, 0)), Some(7));
    }
}
