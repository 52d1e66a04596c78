//! What every store does, whichever it is. Each case gets a store of its own and is run against the fake and the real one.

use std::time::Duration;

use galley_domain::{
    access::Role,
    audit::Actor,
    breaker::Breaker,
    claim::{Claim, Claimed, SavedResponse},
    content::slug::Slug,
    deliver::{Delivery, DeliveryState, Try},
    generate::Tokens,
    ids::{IdempotencyKey, JobId, KeyId, SessionId, SourceId, WebhookId},
    ledger::{CallOutcome, ModelCall, Quote, Spent, Transcript},
    limits::{Counted, DayQuota, QuotaDay, RateClass, Reserved, Used, Window},
    message::Kind,
    money::MicroUsd,
    ports::{
        BreakerStore, Change, Checkpoint, CommitError, DeliveryStore, Due, DueStore, KeyStore, Ledger, LimitStore,
        LiveChange, PersonStore, PrivacyStore, PublishedStore, ReceiptDone, ReceiptStore, Received, SessionStore,
        SourceStore, StoredKey, TaskQuery, TaskStore, TenantStore, TranscriptStore,
    },
    privacy::{
        Masked,
        jobs::{Job, JobKind},
    },
    request::{Phase, TaskType},
    revision::Author,
    sign_in::{Begun, Person, Session},
    state::TaskState,
    task::{Context, Live, Stamp, Task, progress},
    tenant::Overrides,
    webhook::{
        Receipt, ReceiptOutcome,
        scheme::Scheme,
        source::{Event, Source},
    },
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::json;
use uuid::Uuid;

use crate::build::{a_task, change, context, principal, revision, subject, tenant, trace};

/// Everything that one table does.
pub trait Store:
    TaskStore
    + LimitStore
    + PublishedStore
    + ReceiptStore
    + DueStore
    + BreakerStore
    + KeyStore
    + SourceStore
    + DeliveryStore
    + TenantStore
    + SessionStore
    + PersonStore
    + PrivacyStore
    + TranscriptStore
    + Clone
{
}

impl<T> Store for T where
    T: TaskStore
        + LimitStore
        + PublishedStore
        + ReceiptStore
        + DueStore
        + BreakerStore
        + KeyStore
        + SourceStore
        + DeliveryStore
        + TenantStore
        + SessionStore
        + PersonStore
        + PrivacyStore
        + TranscriptStore
        + Clone
{
}

const WAITED: Duration = Duration::from_millis(40);

/// Runs every case on `store`. The cases use tenants of their own, so they do not see each other.
pub async fn holds_for(store: &impl Store) {
    a_stale_version_or_fence_is_refused(store).await;
    a_claim_is_replayed_reused_or_expired(store).await;
    a_slug_belongs_to_one_task(store).await;
    a_receipt_ends_once(store).await;
    windows_and_days_are_never_exceeded(store).await;
    a_lost_lease_is_not_renewed(store).await;
    lists_page_without_gaps(store).await;
    a_cost_outlives_a_move_that_did_not_know_of_it(store).await;
    a_call_is_settled_once_whoever_has_the_task(store).await;
    a_breaker_is_replaced_over_what_was_read(store).await;
    only_its_fence_holds_a_task(store).await;
    what_is_due_pages_without_gaps(store).await;
    checkpoints_belong_to_their_round(store).await;
    only_what_has_a_next_step_is_due(store).await;
    a_sources_name_is_given_once(store).await;
    what_is_ignored_from_the_start_is_never_due(store).await;
    keys_are_found_by_their_hash(store).await;
    a_change_of_state_leaves_a_delivery(store).await;
    what_is_used_is_what_was_counted(store).await;
    a_tenants_limits_are_its_own(store).await;
    a_begun_sign_in_is_taken_once(store).await;
    a_session_is_refreshed_by_its_newest_token_alone(store).await;
    a_person_is_known_to_a_tenant(store).await;
    who_is_named_is_linked_and_can_be_erased(store).await;
    a_job_is_kept_over_what_was_read(store).await;
    texts_are_kept_where_a_tenant_says_so(store).await;
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
    let receipt = Receipt {
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
    assert_eq!(store.receipt(&source, &id).await.unwrap(), Some(receipt));
    let mut acceptance = a_task().of("receipts").at(now()).accepted();
    let outcome = ReceiptOutcome::Processed { task_id: acceptance.task.id.clone() };
    let done = ReceiptDone { source: source.clone(), id: id.clone(), outcome: outcome.clone() };
    acceptance.receipt = Some(done.clone());
    store.accept(acceptance).await.unwrap();
    let ended = store.receipt(&source, &id).await.unwrap().unwrap();
    assert_eq!((ended.outcome, ended.payload), (outcome, None));
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

fn a_call(id: u128) -> ModelCall {
    let quote = Quote {
        provider: "p".into(),
        model: "m".into(),
        prompt_version: "draft/1".into(),
        prompt_sha256: "ab".into(),
        reserved: MicroUsd::from_micros(500),
    };
    ModelCall {
        id: Uuid::from_u128(id),
        phase: Phase::Draft,
        quote,
        round: 1,
        attempt: 1,
        at: now(),
        cost: MicroUsd::from_micros(500),
        outcome: CallOutcome::Intent,
    }
}

/// Writes a call down under the task's fence.
async fn intended(store: &impl Store, task: &Task, call: &ModelCall) -> Task {
    let next = task.progressed(progress("draft", 10, "Writing"), later(1));
    let ledger = Ledger::Intent(Box::new(call.clone()));
    store.commit(Change { ledger, ..Change::new(task.stamp(), next.clone(), Vec::new()) }).await.unwrap();
    next
}

async fn a_cost_outlives_a_move_that_did_not_know_of_it(store: &impl Store) {
    let task = accepted(store, "costs", 0).await;
    let call = a_call(1);
    let next = intended(store, &task, &call).await;
    assert_eq!(present(store, &task).await.cost_usd(), MicroUsd::from_micros(500));
    // `next` still says that nothing was spent.
    let cancelled = next.cancelled(None, &context(later(2))).unwrap();
    store.commit(change(&next, cancelled)).await.unwrap();
    assert_eq!(present(store, &task).await.cost_usd(), MicroUsd::from_micros(500));
    let calls = store.calls(&task.id, 10, None).await.unwrap();
    assert_eq!(calls.items, [call]);
}

async fn a_call_is_settled_once_whoever_has_the_task(store: &impl Store) {
    let task = accepted(store, "calls", 0).await;
    let (first, second) = (a_call(1), a_call(2));
    let next = intended(store, &task, &first).await;
    let next = intended(store, &next, &second).await;
    let tokens = Tokens { input: 10, output: 20 };
    let used = |call: &ModelCall, micros| call.answered(tokens, MicroUsd::from_micros(micros), "cd".into(), WAITED);
    // With the stage's result, in one write.
    let kept = next.progressed(progress("assess", 70, "Assessing"), later(2));
    let settled = || Change {
        ledger: Ledger::Settled(Box::new(used(&first, 120))),
        ..Change::new(next.stamp(), kept.clone(), Vec::new())
    };
    store.commit(settled()).await.unwrap();
    assert!(matches!(store.commit(settled()).await, Err(CommitError::Stale)));
    store.settle(&task.id, &used(&first, 999)).await.unwrap();
    // Alone, after the task went to somebody else.
    let cancelled = kept.cancelled(None, &context(later(3))).unwrap();
    store.commit(change(&kept, cancelled)).await.unwrap();
    let unknown = second.failed(Spent::Unknown, "timed out", WAITED);
    store.settle(&task.id, &unknown).await.unwrap();
    store.settle(&task.id, &unknown).await.unwrap();
    assert_eq!(present(store, &task).await.cost_usd(), MicroUsd::from_micros(120 + 500));
    let mut calls = Vec::new();
    let mut after = None;
    loop {
        let page = store.calls(&task.id, 1, after).await.unwrap();
        calls.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let (second_outcome, first_outcome) = (unknown.outcome, used(&first, 120).outcome);
    assert_eq!(calls.iter().map(|call| &call.outcome).collect::<Vec<_>>(), [&second_outcome, &first_outcome]);
    let sum: MicroUsd = calls.iter().map(|call| call.cost).sum();
    assert_eq!(sum, present(store, &task).await.cost_usd());
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

async fn a_sources_name_is_given_once(store: &impl Store) {
    let source = |id: &str, of: &str, seconds| Source {
        id: SourceId::new(id).unwrap(),
        tenant: tenant(of),
        scheme: Scheme::Github,
        events: [Event::Requested].into(),
        may_auto_publish: true,
        created_at: later(seconds),
        created_by: subject("ana"),
    };
    let (first, second) = (source("cms-a", "sources", 1), source("cms-b", "sources", 2));
    assert_eq!(store.source(&first.id).await.unwrap(), None);
    assert!(store.make_source(first.clone()).await.unwrap());
    assert!(store.make_source(second.clone()).await.unwrap());
    assert!(!store.make_source(source("cms-a", "rival", 3)).await.unwrap());
    assert_eq!(store.source(&first.id).await.unwrap(), Some(first.clone()));
    let page = store.sources(&tenant("sources"), 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second));
    assert_eq!(store.sources(&tenant("sources"), 1, page.next).await.unwrap().items, std::slice::from_ref(&first));
    assert!(!store.remove_source(&tenant("rival"), &first.id).await.unwrap());
    assert!(store.remove_source(&tenant("sources"), &first.id).await.unwrap());
    assert!(!store.remove_source(&tenant("sources"), &first.id).await.unwrap());
    assert_eq!(store.sources(&tenant("sources"), 10, None).await.unwrap().items, [second]);
}

async fn what_is_ignored_from_the_start_is_never_due(store: &impl Store) {
    let receipt = Receipt {
        source: SourceId::new("contract").unwrap(),
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
    assert_eq!(store.receipt(&receipt.source, &receipt.id).await.unwrap(), Some(receipt));
}

async fn keys_are_found_by_their_hash(store: &impl Store) {
    let unknown = KeyId::new("c".repeat(64)).unwrap();
    let key = |digit: &str, seconds| StoredKey {
        id: KeyId::new(digit.repeat(64)).unwrap(),
        prefix: format!("galley_{digit}"),
        principal: principal(Role::Editor),
        created_at: later(seconds),
        expires_at: Some(later(60)),
        last_used: None,
        revoked: false,
    };
    let (first, second) = (key("a", 1), key("b", 2));
    assert!(store.key(&first.id).await.unwrap().is_none());
    store.put_key(first.clone()).await.unwrap();
    store.put_key(second.clone()).await.unwrap();
    assert_eq!(store.key(&first.id).await.unwrap(), Some(first.clone()));
    let page = store.keys(&first.principal.tenant, 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second));
    assert_eq!(store.keys(&first.principal.tenant, 1, page.next).await.unwrap().items, std::slice::from_ref(&first));
    assert!(store.keys(&tenant("nobody"), 10, None).await.unwrap().items.is_empty());
    // Another tenant's key cannot be revoked, nor one that does not exist.
    assert!(!store.revoke_key(&tenant("rival"), &first.id).await.unwrap());
    assert!(!store.revoke_key(&first.principal.tenant, &unknown).await.unwrap());
    assert!(store.revoke_key(&first.principal.tenant, &first.id).await.unwrap());
    assert!(store.revoke_key(&first.principal.tenant, &first.id).await.unwrap());
    let day: Date = "2026-11-20".parse().unwrap();
    for (on, kept) in [("2026-11-19", "2026-11-19"), ("2026-11-20", "2026-11-20"), ("2026-11-19", "2026-11-20")] {
        store.key_used(&second.id, on.parse().unwrap()).await.unwrap();
        assert_eq!(store.key(&second.id).await.unwrap().unwrap().last_used, Some(kept.parse().unwrap()));
    }
    store.key_used(&unknown, day).await.unwrap();
    assert!(store.key(&unknown).await.unwrap().is_none());
    let found = store.key(&first.id).await.unwrap().unwrap();
    assert!(found.revoked);
}

async fn a_change_of_state_leaves_a_delivery(store: &impl Store) {
    let asking = json!({"callback_url": "https://hooks.example.com/x"});
    let accepted = a_task().of("deliveries").asking(asking).at(later(0)).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    assert!(store.deliveries(&task.id, 10, None).await.unwrap().items.is_empty(), "the answer itself tells of it");

    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let first = Delivery::of(&claimed.task, &claimed.events[0]).unwrap();
    let after = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    assert_eq!(store.delivery(&task.id, first.id).await.unwrap(), Some(first.clone()));
    assert!(store.delivery(&task.id, Uuid::nil()).await.unwrap().is_none());

    let cancelled = change(&after, after.cancelled(None, &context(later(2))).unwrap());
    let second = Delivery::of(&cancelled.task, &cancelled.events[0]).unwrap();
    store.commit(cancelled).await.unwrap();
    let page = store.deliveries(&task.id, 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second), "the newest first");
    assert_eq!(store.deliveries(&task.id, 1, page.next).await.unwrap().items, std::slice::from_ref(&first));

    // Written over what was read, or not at all; and due until it is done.
    let due = async || {
        let mut all = due_of(store, "deliveries", later(60)).await;
        all.retain(|due| due.message.kind == Kind::Deliver);
        all.len()
    };
    assert_eq!(due().await, 2);
    let answered = Try { at: later(3), status: Some(204), error: None, latency_ms: 7 };
    let done =
        Delivery { state: DeliveryState::Delivered, tries: vec![answered], version: 2, next_at: None, ..first.clone() };
    assert!(!store.keep_delivery(&done, 2).await.unwrap());
    assert!(store.keep_delivery(&done, 1).await.unwrap());
    assert!(!store.keep_delivery(&done, 1).await.unwrap());
    assert_eq!(store.delivery(&task.id, first.id).await.unwrap(), Some(done));
    assert_eq!(due().await, 1);
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

async fn a_tenants_limits_are_its_own(store: &impl Store) {
    let (one, other) = (tenant("limits-one"), tenant("limits-other"));
    assert_eq!(store.overrides(&one).await.unwrap(), Overrides::default());
    let some: Overrides = serde_json::from_value(json!({"create_per_minute": 50, "org_tasks_per_day": 7})).unwrap();
    store.set_overrides(&one, some).await.unwrap();
    assert_eq!(store.overrides(&one).await.unwrap(), some);
    assert_eq!(store.overrides(&other).await.unwrap(), Overrides::default());
    store.set_overrides(&one, Overrides::default()).await.unwrap();
    assert_eq!(store.overrides(&one).await.unwrap(), Overrides::default(), "what is not said again is the usual one");
}

async fn a_begun_sign_in_is_taken_once(store: &impl Store) {
    let begun = Begun { tenant: tenant("acme"), verifier: "v".into(), browser: "b".into(), expires_at: later(60) };
    assert_eq!(store.take_begun("state").await.unwrap(), None);
    store.keep_begun("state", &begun).await.unwrap();
    assert_eq!(store.take_begun("state").await.unwrap(), Some(begun));
    assert_eq!(store.take_begun("state").await.unwrap(), None);
}

async fn a_session_is_refreshed_by_its_newest_token_alone(store: &impl Store) {
    let id = SessionId::new("a".repeat(64)).unwrap();
    let session = Session {
        id: id.clone(),
        tenant: tenant("acme"),
        subject: subject("github-1"),
        refresh: "one".into(),
        ended: false,
        expires_at: later(60),
    };
    let refresh = async |present: &str, next: &str, at| {
        store.refresh_session(&id, present, next, later(at)).await.unwrap().map(|session| session.refresh)
    };
    assert_eq!(refresh("one", "two", 1).await, None, "no such session");
    store.end_session(&id).await.unwrap();
    assert_eq!(store.session(&id).await.unwrap(), None, "ending nothing makes nothing");
    store.start_session(&session).await.unwrap();
    assert_eq!(store.session(&id).await.unwrap(), Some(session));
    assert_eq!(refresh("other", "two", 1).await, None);
    assert_eq!(refresh("one", "two", 1).await.as_deref(), Some("two"));
    assert_eq!(refresh("one", "three", 2).await, None);
    assert_eq!(refresh("two", "three", 60).await, None, "its time is over");
    store.end_session(&id).await.unwrap();
    assert_eq!(refresh("two", "three", 3).await, None);
    assert!(!store.session(&id).await.unwrap().unwrap().lasts(later(3)));
}

async fn a_person_is_known_to_a_tenant(store: &impl Store) {
    let (one, other, who) = (tenant("people-one"), tenant("people-other"), subject("github-1"));
    let person = |role, seconds| Person {
        subject: who.clone(),
        tenant: one.clone(),
        role,
        added_at: later(seconds),
        added_by: subject("ana"),
    };
    store.put_person(&person(Role::Viewer, 0)).await.unwrap();
    store.put_person(&person(Role::Editor, 1)).await.unwrap();
    assert_eq!(store.person(&one, &who).await.unwrap(), Some(person(Role::Editor, 1)));
    assert_eq!(store.person(&other, &who).await.unwrap(), None);
    let second = Person { subject: subject("github-2"), ..person(Role::Admin, 2) };
    store.put_person(&second).await.unwrap();
    let page = store.people(&one, 1, None).await.unwrap();
    assert_eq!(page.items, [second]);
    assert_eq!(store.people(&one, 1, page.next).await.unwrap().items, [person(Role::Editor, 1)]);
    assert!(store.people(&other, 9, None).await.unwrap().items.is_empty());
    assert!(!store.remove_person(&other, &who).await.unwrap());
    assert!(store.remove_person(&one, &who).await.unwrap());
    assert!(!store.remove_person(&one, &who).await.unwrap());
}

async fn who_is_named_is_linked_and_can_be_erased(store: &impl Store) {
    let (of, ana, ben, nobody) = (tenant("privacy"), subject("ana"), subject("ben"), subject("erased-1"));
    let accepted = a_task().of("privacy").by("ana").at(later(0)).accepted();
    let id = accepted.task.id.clone();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let tasks = async |who: &_| store.tasks_of(&of, who, 10, None).await.unwrap().items;
    assert_eq!(tasks(&ana).await, std::slice::from_ref(&id));
    assert!(
        tasks(&ben).await.is_empty()
            && store.tasks_of(&tenant("rival"), &ana, 10, None).await.unwrap().items.is_empty()
    );

    // A worker has it: nothing is erased now.
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    assert!(!store.erase_from_task(&id, &ana, &nobody).await.unwrap());

    let written = revision(1, "A title", later(2));
    let drafted = change(&generating, generating.drafted(&written, &context(later(2))).unwrap());
    let drafted = Change { revision: Some(written), ..drafted };
    let waiting = drafted.task.clone();
    store.commit(drafted).await.unwrap();
    let by_ben = Context { actor: Actor::Person { subject: ben.clone() }, ..context(later(3)) };
    let mut mine = revision(2, "Of ben", later(3));
    mine.author = Author::Person { subject: ben.clone() };
    let edited = change(&waiting, waiting.edited(&mine, &by_ben, None).unwrap());
    store.commit(Change { revision: Some(mine), ..edited }).await.unwrap();
    assert_eq!(tasks(&ben).await, std::slice::from_ref(&id));

    let before = present(store, &task).await.version;
    for _ in 0..2 {
        assert!(store.erase_from_task(&id, &ana, &nobody).await.unwrap());
        assert!(store.erase_from_task(&id, &ben, &nobody).await.unwrap());
    }
    let erased = present(store, &task).await;
    assert_eq!((erased.requested_by, erased.version), (nobody.clone(), before + 1));
    let events = store.events(&id, 100, None).await.unwrap().items;
    assert!(events.iter().any(|event| event.actor == Actor::Person { subject: nobody.clone() }));
    assert!(events.iter().all(|event| event.actor != Actor::Person { subject: ben.clone() }));
    let revisions = store.revisions(&id, 10, None).await.unwrap().items;
    assert!(
        revisions.iter().any(|one| one.author == Author::Person { subject: nobody.clone() } && one.title == "Of ben")
    );
    store.unlink(&of, &ben, &id).await.unwrap();
    store.unlink(&of, &ben, &id).await.unwrap();
    assert!(tasks(&ben).await.is_empty());
}

async fn a_job_is_kept_over_what_was_read(store: &impl Store) {
    let job = Job {
        id: JobId::from_uuid(Uuid::nil()),
        tenant: tenant("jobs"),
        kind: JobKind::Export,
        subject: subject("ana"),
        pseudonym: subject("erased-1"),
        requested_by: subject("ben"),
        begun: false,
        tasks: 0,
        parts: 0,
        after: None,
        left: 0,
        created_at: later(0),
        completed_at: None,
        due_at: Some(later(30)),
        version: 1,
        trace_id: trace(),
    };
    assert_eq!(store.job(&job.id).await.unwrap(), None);
    store.put_job(&job).await.unwrap();
    assert_eq!(store.job(&job.id).await.unwrap(), Some(job.clone()));
    let due = due_of(store, "jobs", later(60)).await;
    assert_eq!((due.len(), &due[0].message), (1, &job.message()));
    let after = store.tasks_of(&job.tenant, &job.subject, 1, None).await.unwrap().next;
    let done =
        Job { completed_at: Some(later(9)), due_at: None, version: 2, begun: true, parts: 1, after, ..job.clone() };
    assert!(!store.keep_job(&done, 2).await.unwrap());
    assert!(store.keep_job(&done, 1).await.unwrap());
    assert!(!store.keep_job(&done, 1).await.unwrap());
    assert_eq!(store.job(&job.id).await.unwrap(), Some(done));
    assert!(due_of(store, "jobs", later(60)).await.is_empty());
    let listed = store.jobs(&job.tenant, 10, None).await.unwrap().items;
    assert_eq!((listed.len(), &listed[0].id, listed[0].parts), (1, &job.id, 1));
    assert!(store.jobs(&tenant("rival"), 10, None).await.unwrap().items.is_empty());
    assert_eq!(store.part(&job.id, 1).await.unwrap(), None);
    store.put_part(&job, 1, "[1]").await.unwrap();
    store.put_part(&job, 1, "[2]").await.unwrap();
    assert_eq!(store.part(&job.id, 1).await.unwrap().as_deref(), Some("[2]"));
}

async fn texts_are_kept_where_a_tenant_says_so(store: &impl Store) {
    let (one, other) = (tenant("texts-one"), tenant("texts-other"));
    assert!(!store.keeps_texts(&one).await.unwrap());
    let some: Overrides = serde_json::from_value(json!({"read_per_minute": 50})).unwrap();
    store.set_overrides(&one, some).await.unwrap();
    store.set_keeps_texts(&one, true).await.unwrap();
    assert!(store.keeps_texts(&one).await.unwrap() && !store.keeps_texts(&other).await.unwrap());
    assert_eq!(store.overrides(&one).await.unwrap(), some, "each part of the settings is its own");
    store.set_keeps_texts(&one, false).await.unwrap();
    assert!(!store.keeps_texts(&one).await.unwrap());
    let (task, call) = (a_task().of("texts-one").accepted().task.id, Uuid::nil());
    assert_eq!(store.transcript(&task, call).await.unwrap(), None);
    let said = Transcript { prompt: Masked::of("Write to ana@example.org"), response: Masked::of("# Title") };
    store.keep_transcript(&task, call, &said, later(0)).await.unwrap();
    assert_eq!(store.transcript(&task, call).await.unwrap(), Some(said));
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        super::holds_for(&crate::MemoryStore::default()).await;
    }
}
