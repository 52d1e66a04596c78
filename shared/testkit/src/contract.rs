//! What every store does, whichever it is. Each case gets a store of its own and is run against the fake and the real one.

mod ended;
mod flags;
mod money;
mod others;
mod streams;

use std::{collections::BTreeMap, time::Duration};

use galley_domain::{
    access::{
        keys::KeyStore,
        limits::{Counted, DayQuota, LimitStore, QuotaDay, RateClass, Reserved, Used, Window},
        people::PersonStore,
        sign_in::SessionStore,
        streams::StreamStore,
    },
    content::{kind::TaskType, slug::Slug},
    generation::{
        breaker::{Breaker, BreakerStore},
        services::AnswerStore,
        transcript::TranscriptStore,
    },
    idempotency::{
        claim::{Claim, Claimed, SavedResponse},
        receipt::{Receipt, ReceiptOutcome},
    },
    kernel::ids::{Generation, IdempotencyKey, SourceId, SourceKey, TaskId, WebhookId},
    metrics::{
        Metric,
        stats::{COUNTED, StatStore, Tally},
    },
    money::budget::CostStore,
    operations::{
        correction::LedgerStore,
        due::{Due, DueStore},
    },
    outbox::deliver::DeliveryStore,
    privacy::jobs::PrivacyStore,
    publishing::live::PublishedStore,
    queue::{message::Kind, tries::EndedStore},
    task::{
        record::{Live, Stamp, Task, progress},
        state::TaskState,
        store::{Change, Checkpoint, CommitError, LiveChange, TaskQuery, TaskStore},
    },
    tenancy::{flags::FlagStore, settings::TenantStore},
    webhooks::{
        receive::{ReceiptStore, Received},
        source::SourceStore,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::build::{a_task, change, context, revision, subject, tenant, trace};

/// Everything that one table does.
pub trait Store:
    TaskStore
    + LimitStore
    + PublishedStore
    + ReceiptStore
    + DueStore
    + EndedStore
    + BreakerStore
    + KeyStore
    + SourceStore
    + DeliveryStore
    + TenantStore
    + SessionStore
    + PersonStore
    + PrivacyStore
    + TranscriptStore
    + CostStore
    + LedgerStore
    + FlagStore
    + AnswerStore
    + StatStore
    + StreamStore
    + Clone
{
}

impl<T> Store for T where
    T: TaskStore
        + LimitStore
        + PublishedStore
        + ReceiptStore
        + DueStore
        + EndedStore
        + BreakerStore
        + KeyStore
        + SourceStore
        + DeliveryStore
        + TenantStore
        + SessionStore
        + PersonStore
        + PrivacyStore
        + TranscriptStore
        + CostStore
        + LedgerStore
        + FlagStore
        + AnswerStore
        + StatStore
        + StreamStore
        + Clone
{
}

/// Runs every case on `store`. The cases use tenants of their own, so they do not see each other.
pub async fn holds_for(store: &impl Store) {
    a_stale_version_or_fence_is_refused(store).await;
    a_claim_is_replayed_reused_or_expired(store).await;
    a_slug_belongs_to_one_task(store).await;
    a_receipt_ends_once(store).await;
    ended::holds_for(store).await;
    windows_and_days_are_never_exceeded(store).await;
    a_lost_lease_is_not_renewed(store).await;
    lists_page_without_gaps(store).await;
    a_breaker_is_replaced_over_what_was_read(store).await;
    only_its_fence_holds_a_task(store).await;
    what_is_due_pages_without_gaps(store).await;
    checkpoints_belong_to_their_round(store).await;
    only_what_has_a_next_step_is_due(store).await;
    what_is_ignored_from_the_start_is_never_due(store).await;
    what_is_used_is_what_was_counted(store).await;
    what_happened_is_counted_for_ever(store).await;
    a_task_is_read_alone(store).await;
    money::holds_for(store).await;
    streams::holds_for(store).await;
    others::holds_for(store).await;
    flags::holds_for(store).await;
}

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

async fn accepted(store: &impl Store, of: &str, number: u8) -> Task {
    let acceptance = a_task().of(of).number(number).at(later(i64::from(number))).accepted();
    let task = acceptance.task.clone();
    store.accept(acceptance).await.unwrap();
    task
}

async fn present(store: &impl Store, task: &Task) -> Task {
    store.load(&task.id).await.unwrap().unwrap().0
}

/// Claims and drafts a task.
async fn drafted(store: &impl Store, of: &str, number: u8) -> Task {
    let task = accepted(store, of, number).await;
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    let revision = revision(1, "A draft", later(2));
    let next = claimed.0.drafted(&revision, &context(later(2))).unwrap();
    let commit = Change { revision: Some(revision), ..change(&claimed.0, next) };
    let task = commit.task.clone();
    store.commit(commit).await.unwrap();
    task
}

async fn a_stale_version_or_fence_is_refused(store: &impl Store) {
    let task = accepted(store, "stale", 0).await;
    assert!(matches!(store.accept(a_task().of("stale").at(now()).accepted()).await, Err(CommitError::Stale)));
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    assert!(matches!(store.commit(change(&task, claimed.clone())).await, Err(CommitError::Stale)));
    let next = claimed.0.cancelled(None, &context(later(2))).unwrap();
    let wrong_fence = Stamp { fence: 9, ..claimed.0.stamp() };
    let commit = Change { before: wrong_fence, ..change(&claimed.0, next.clone()) };
    assert!(matches!(store.commit(commit).await, Err(CommitError::Stale)));
    assert_eq!(present(store, &task).await.state, TaskState::Generating);
    store.commit(change(&claimed.0, next)).await.unwrap();
    let events = store.events(&task.id, 10, None).await.unwrap();
    let names: Vec<String> = events.items.into_iter().map(|event| event.event).collect();
    assert_eq!(names, ["cancelled", "claimed", "created"]);
}

async fn a_claim_is_replayed_reused_or_expired(store: &impl Store) {
    let claim = |body: &str| {
        let key = IdempotencyKey::new("k").unwrap();
        Claim::new(&tenant("claims"), &subject("ana"), "POST", "/x", &key, body.as_bytes())
    };
    let saved = SavedResponse { status: 201, location: Some("/l".into()), etag: None, body: "{}".into() };
    let acceptance = |number, body: &str, at| {
        let mut acceptance = a_task().of("claims").number(number).at(at).accepted();
        acceptance.claim = Some(claim(body).record(saved.clone(), at));
        acceptance
    };
    assert_eq!(store.claimed(&claim("a"), now()).await.unwrap(), None);
    store.accept(acceptance(1, "a", now())).await.unwrap();
    match store.accept(acceptance(2, "a", later(1))).await {
        Err(CommitError::Claimed(Claimed::Replay(again))) => assert_eq!(again, saved),
        other => panic!("{other:?}"),
    }
    let reused = store.accept(acceptance(3, "b", later(1))).await;
    assert!(matches!(reused, Err(CommitError::Claimed(Claimed::KeyReused))), "{reused:?}");
    assert_eq!(store.claimed(&claim("b"), later(1)).await.unwrap(), Some(Claimed::KeyReused));
    let next_day = later(25 * 3600);
    assert_eq!(store.claimed(&claim("b"), next_day).await.unwrap(), None);
    store.accept(acceptance(4, "b", next_day)).await.unwrap();
}

async fn a_slug_belongs_to_one_task(store: &impl Store) {
    let live = |at| Live { slug: Slug::from_title("Same title"), revision: 1, published_at: at };
    let publish = async |task: &Task, at| {
        let approved = Task { state: TaskState::Approved, ..task.clone() };
        let next = approved.published(live(at), &context(at)).unwrap();
        let commit = Change { live: LiveChange::Put(live(at)), ..change(task, next) };
        let next = commit.task.clone();
        store.commit(commit).await.map(|()| next)
    };
    let (first, second) = (drafted(store, "slugs", 1).await, drafted(store, "slugs", 2).await);
    let first = publish(&first, later(10)).await.unwrap();
    assert!(matches!(publish(&second, later(11)).await, Err(CommitError::SlugTaken)));
    assert_eq!(present(store, &second).await.state, TaskState::AwaitingApproval);
    let first = publish(&first, later(12)).await.unwrap();
    let article = store.article(&tenant("slugs"), &Slug::from_title("Same title")).await.unwrap().unwrap();
    assert_eq!((article.task_id, article.live.published_at), (first.id.clone(), later(12)));
    assert!(store.article(&tenant("other"), &Slug::from_title("Same title")).await.unwrap().is_none());
    assert_eq!(store.articles(&tenant("slugs"), 10, None).await.unwrap().items.len(), 1);
    let closed = Task { state: TaskState::Published, ..first.clone() }.unpublished(None, &context(later(13))).unwrap();
    let removed = Change { live: LiveChange::Remove(Slug::from_title("Same title")), ..change(&first, closed) };
    store.commit(removed).await.unwrap();
    assert!(store.article(&tenant("slugs"), &Slug::from_title("Same title")).await.unwrap().is_none());
    publish(&second, later(14)).await.unwrap();
}

async fn a_receipt_ends_once(store: &impl Store) {
    let (source, id) = (SourceId::new("contract").unwrap(), WebhookId::new("e1").unwrap());
    let key = SourceKey::of(&source, Some(&Generation::of([1; 32])));
    let receipt = Receipt {
        key: key.clone(),
        source: source.clone(),
        id: id.clone(),
        tenant: tenant("receipts"),
        event_type: "content.requested".into(),
        payload: Some("{}".into()),
        outcome: ReceiptOutcome::Received,
        received_at: now(),
        expires: true,
        trace_id: trace(),
    };
    assert_eq!(store.receive(receipt.clone(), Some(later(60))).await.unwrap(), Received::First);
    assert_eq!(store.receive(receipt.clone(), Some(later(60))).await.unwrap(), Received::Again);
    assert_eq!(store.receipt(&key, &id).await.unwrap(), Some(receipt.clone()));
    // The same id of another life of this source, or of one without any, is another event.
    let others = SourceKey::of(&source, Some(&Generation::of([2; 32])));
    assert_eq!(store.receipt(&others, &id).await.unwrap(), None);
    let older = Receipt { key: SourceKey::of(&source, None), received_at: later(1), ..receipt.clone() };
    assert_eq!(store.receive(older.clone(), None).await.unwrap(), Received::First);
    let newer = Receipt { id: WebhookId::new("e2").unwrap(), received_at: later(2), ..receipt.clone() };
    assert_eq!(store.receive(newer.clone(), None).await.unwrap(), Received::First);
    let mut acceptance = a_task().of("receipts").at(now()).accepted();
    let outcome = ReceiptOutcome::Processed { task_id: acceptance.task.id.clone() };
    let done = receipt.done(outcome.clone());
    acceptance.receipt = Some(done.clone());
    store.accept(acceptance).await.unwrap();
    let ended = store.receipt(&key, &id).await.unwrap().unwrap();
    assert_eq!((&ended.outcome, &ended.payload), (&outcome, &None));
    // Listed with its outcome, newest first, to its tenant alone.
    let list = async |of: &str, key: &SourceKey, after| store.receipts(&tenant(of), key, 1, after).await.unwrap();
    let page = list("receipts", &key, None).await;
    assert_eq!(page.items, [newer.into()]);
    assert_eq!(list("receipts", &key, page.next).await.items, [ended.into()]);
    assert_eq!(list("receipts", &older.key, None).await.items, [older.clone().into()]);
    assert!(list("rival", &key, None).await.items.is_empty());
    assert!(matches!(store.finish(done.clone()).await, Err(CommitError::AlreadyProcessed)));
    let mut second = a_task().of("receipts").number(2).at(now()).accepted();
    second.receipt = Some(done);
    assert!(matches!(store.accept(second).await, Err(CommitError::AlreadyProcessed)));
}

async fn windows_and_days_are_never_exceeded(store: &impl Store) {
    let window = |at| Window::of(RateClass::Create, &tenant("limits"), &subject("ana"), 2, at);
    assert_eq!(store.count(&window(now())).await.unwrap(), Counted::Within { used: 1 });
    assert_eq!(store.count(&window(now())).await.unwrap(), Counted::Within { used: 2 });
    assert_eq!(store.count(&window(now())).await.unwrap(), Counted::Exceeded);
    assert_eq!(store.count(&window(later(60))).await.unwrap(), Counted::Within { used: 1 });

    let quota = DayQuota { user: 1, organisation: 2 };
    let day = |who| QuotaDay::of(&tenant("limits"), &subject(who), now());
    assert_eq!(store.reserve(&day("ana"), quota).await.unwrap(), Reserved::Taken);
    assert_eq!(store.reserve(&day("ana"), quota).await.unwrap(), Reserved::Exhausted);
    assert_eq!(store.reserve(&day("ben"), quota).await.unwrap(), Reserved::Taken);
    assert_eq!(store.reserve(&day("cem"), quota).await.unwrap(), Reserved::Exhausted);
    store.give_back(&day("ben")).await.unwrap();
    // Nothing is there to be given back twice.
    store.give_back(&day("ben")).await.unwrap();
    assert_eq!(store.reserve(&day("cem"), quota).await.unwrap(), Reserved::Taken);
    assert_eq!(store.reserve(&day("ben"), quota).await.unwrap(), Reserved::Exhausted);
}

async fn a_lost_lease_is_not_renewed(store: &impl Store) {
    let task = accepted(store, "leases", 0).await;
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    let until = later(200);
    assert!(!store.renew_lease(&task.id, 7, until).await.unwrap());
    assert!(store.renew_lease(&task.id, claimed.0.fence, until).await.unwrap());
    let renewed = present(store, &task).await;
    assert_eq!((renewed.lease_until, renewed.due_at, renewed.version), (Some(until), Some(until), claimed.0.version));
    let cancelled = renewed.cancelled(None, &context(later(2))).unwrap();
    store.commit(change(&renewed, cancelled)).await.unwrap();
    assert!(!store.renew_lease(&task.id, claimed.0.fence, until).await.unwrap());
}

async fn lists_page_without_gaps(store: &impl Store) {
    let mut ids = Vec::new();
    for number in 1..=5 {
        let kind = if number % 2 == 0 { "email" } else { "newsletter" };
        let acceptance = a_task()
            .of("lists")
            .number(number)
            .at(later(i64::from(number)))
            .asking(json!({"task_type": kind}))
            .accepted();
        ids.insert(0, acceptance.task.id.clone());
        store.accept(acceptance).await.unwrap();
    }
    let query = |state, task_type, after| TaskQuery { tenant: tenant("lists"), state, task_type, limit: 2, after };
    for state in [None, Some(TaskState::Pending)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(query(state, None, after)).await.unwrap();
            seen.extend(page.items.into_iter().map(|task| task.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids);
    }
    let emails = store.list(query(None, Some(TaskType::Email), None)).await.unwrap();
    assert!(emails.items.iter().all(|task| task.request.task_type == TaskType::Email));
    assert!(store.list(query(Some(TaskState::Failed), None, None)).await.unwrap().items.is_empty());
    let others = TaskQuery { tenant: tenant("nobody"), ..query(None, None, None) };
    assert!(store.list(others).await.unwrap().items.is_empty());
}

async fn a_breaker_is_replaced_over_what_was_read(store: &impl Store) {
    let (breaker, version) = store.breaker("contract").await.unwrap();
    assert_eq!(breaker, Breaker::default());
    let failed = breaker.failed(now());
    assert!(store.keep_breaker("contract", &failed, version).await.unwrap());
    assert!(!store.keep_breaker("contract", &failed, version).await.unwrap());
    let (read, next) = store.breaker("contract").await.unwrap();
    assert_eq!(read, failed);
    assert!(store.keep_breaker("contract", &read.failed(later(1)), next).await.unwrap());
    assert_eq!(store.breaker("other").await.unwrap().0, Breaker::default());
    let all = store.breakers(&["contract", "other"]).await.unwrap();
    assert_eq!(all, BTreeMap::from([("contract".to_owned(), store.breaker("contract").await.unwrap().0)]));
}

async fn only_its_fence_holds_a_task(store: &impl Store) {
    let task = accepted(store, "fences", 0).await;
    let (claimed, event) = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, (claimed.clone(), event))).await.unwrap();
    assert!(store.holds(&task.id, claimed.fence).await.unwrap());
    assert!(!store.holds(&task.id, claimed.fence + 1).await.unwrap());
    let cancelled = claimed.cancelled(None, &context(later(2))).unwrap();
    store.commit(change(&claimed, cancelled)).await.unwrap();
    assert!(!store.holds(&task.id, claimed.fence).await.unwrap());
    let unknown = a_task().of("fences").number(9).accepted().task;
    assert!(!store.holds(&unknown.id, 0).await.unwrap());
}

async fn what_is_due_pages_without_gaps(store: &impl Store) {
    let tenant = tenant("pages");
    for number in 0..20 {
        accepted(store, tenant.as_str(), number).await;
    }
    let mut found = Vec::new();
    for shard in 0..8 {
        let mut after = None;
        loop {
            let page = store.due(shard, later(1000), 2, after).await.unwrap();
            assert!(page.items.is_sorted_by_key(|due| due.due_at));
            found.extend(page.items.into_iter().filter(|due| due.message.tenant == tenant).map(|due| due.message.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 20);
}

async fn checkpoints_belong_to_their_round(store: &impl Store) {
    let task = accepted(store, "stages", 0).await;
    let checkpoint = Checkpoint { round: 1, number: 1, input_hash: "h".into(), output: json!({"a": 1.5}), at: now() };
    let next = task.progressed(progress("draft", 10, "Writing"), later(1));
    let keeping = Change { checkpoint: Some(checkpoint.clone()), ..Change::new(task.stamp(), next, Vec::new()) };
    store.commit(keeping).await.unwrap();
    assert_eq!(store.checkpoints(&task.id, 1).await.unwrap(), [checkpoint]);
    assert!(store.checkpoints(&task.id, 2).await.unwrap().is_empty());
}

/// All of a tenant's that is due at `at`.
async fn due_of(store: &impl Store, name: &str, at: Timestamp) -> Vec<Due> {
    let mut found = Vec::new();
    for shard in 0..8 {
        found.extend(store.due(shard, at, 1000, None).await.unwrap().items);
    }
    found.retain(|due| due.message.tenant == tenant(name));
    found
}

async fn only_what_has_a_next_step_is_due(store: &impl Store) {
    let task = accepted(store, "dues", 0).await;
    let due = async |at| due_of(store, "dues", at).await;
    assert!(due(later(59)).await.is_empty());
    let found = due(later(61)).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].message.kind, found[0].message.id.as_str()), (Kind::Generate, task.id.as_str()));
    assert!(store.postpone(&found[0], later(300)).await.unwrap());
    assert!(!store.postpone(&found[0], later(300)).await.unwrap());
    assert!(due(later(61)).await.is_empty());
    assert_eq!(due(later(301)).await[0].resends, 1);
    let present = present(store, &task).await;
    let cancelled = present.cancelled(None, &context(later(2))).unwrap();
    store.commit(change(&present, cancelled)).await.unwrap();
    assert!(due(later(100_000)).await.is_empty());
}

async fn what_is_ignored_from_the_start_is_never_due(store: &impl Store) {
    let source = SourceId::new("contract").unwrap();
    let receipt = Receipt {
        key: SourceKey::of(&source, None),
        source,
        id: WebhookId::new("ignored").unwrap(),
        tenant: tenant("receipts"),
        event_type: "content.sung".into(),
        payload: None,
        outcome: ReceiptOutcome::ignored("unknown event_type"),
        received_at: now(),
        expires: false,
        trace_id: trace(),
    };
    assert_eq!(store.receive(receipt.clone(), None).await.unwrap(), Received::First);
    assert_eq!(store.receive(receipt.clone(), None).await.unwrap(), Received::Again);
    assert_eq!(store.receipt(&receipt.key, &receipt.id).await.unwrap(), Some(receipt));
}

async fn a_task_is_read_alone(store: &impl Store) {
    let task = accepted(store, "alone", 0).await;
    let (loaded, _) = store.load(&task.id).await.unwrap().unwrap();
    assert_eq!(store.task(&task.id).await.unwrap(), Some(loaded));
    assert_eq!(store.task(&TaskId::from_uuid(uuid::Uuid::max())).await.unwrap(), None);
}

/// Others count too while this runs, so all of it is about what grows.
async fn what_happened_is_counted_for_ever(store: &impl Store) {
    let of = async |metric: Metric, counter: &str| {
        let totals = store.totals().await.unwrap();
        assert_eq!(totals.len(), COUNTED.len(), "also of what never happened");
        totals[&metric].get(counter).copied().unwrap_or_default()
    };
    let before = of(Metric::TasksCreated, "blog_post").await;
    accepted(store, "counted-for-ever", 0).await;
    assert_eq!(of(Metric::TasksCreated, "blog_post").await, before + 1);
    let mut requests = Tally::duration(Metric::ApiRequestDuration, &["contract"], Duration::from_millis(7));
    requests.add_duration(&["contract"], Duration::from_millis(70));
    for shard in ["one", "another", "a third"] {
        store.tally(&requests, shard, now()).await.unwrap();
    }
    for (counter, expected) in [("count", 6), ("ms", 231), ("le_10", 3), ("le_100", 3), ("le_25", 0)] {
        assert_eq!(of(Metric::ApiRequestDuration, &format!("contract/{counter}")).await, expected, "{counter}");
    }
}

async fn what_is_used_is_what_was_counted(store: &impl Store) {
    let (tenant, ana) = (tenant("usage"), subject("ana"));
    let window = |class| Window::of(class, &tenant, &ana, 9, later(0));
    let (create, read) = (window(RateClass::Create), window(RateClass::Read));
    let day = QuotaDay::of(&tenant, &ana, later(0));
    let other = QuotaDay::of(&tenant, &subject("ben"), later(0));
    let used = async || store.used(&[create.clone(), read.clone()], &day).await.unwrap();
    assert_eq!(used().await, Used { windows: vec![0, 0], user: 0, organisation: 0 });
    for _ in 0..2 {
        store.count(&read).await.unwrap();
    }
    for day in [&day, &other, &other] {
        store.reserve(day, DayQuota { user: 9, organisation: 9 }).await.unwrap();
    }
    assert_eq!(used().await, Used { windows: vec![0, 2], user: 1, organisation: 3 });
    store.give_back(&day).await.unwrap();
    assert_eq!(used().await, Used { windows: vec![0, 2], user: 0, organisation: 2 });
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        super::holds_for(&crate::MemoryStore::default()).await;
    }
}
