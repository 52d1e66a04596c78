//! What operators do to a task: it is sent for at once, and ended, and nothing of it is changed besides.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use futures_util::FutureExt;
use galley_domain::{
    access::acts::Acting,
    idempotency::claim::{Claim, ClaimError, Claimed, Keyed, Once, SavedResponse},
    kernel::{
        clock::Clock,
        ids::{IdempotencyKey, TaskId},
    },
    operations::{
        due::DueStore,
        hand::{Hand, HandError, Rests, Stop},
    },
    queue::message::{Kind, Message},
    task::{
        audit::{Actor, AuditEvent},
        record::{Approval, Decision, Live, Task},
        state::TaskState,
        store::{Change, LiveChange, TaskStore},
    },
    tenancy::flags::{self, Flag, FlagName},
};
use galley_testkit::{
    MemoryStore,
    build::{TaskBuilder, a_task, change, context, operating, revision, subject, tenant, trace},
    clock::TestClock,
    fakes::MemoryQueue,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

struct Bench {
    store: MemoryStore,
    queue: MemoryQueue,
    clock: TestClock,
    acting: Acting,
}

impl Bench {
    async fn with(task: TaskBuilder) -> (Self, TaskId) {
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        let bench = Self { store: MemoryStore::default(), queue: MemoryQueue::default(), clock, acting: operating() };
        let accepted = task.accepted();
        let id = accepted.task.id.clone();
        bench.store.accept(accepted).await.unwrap();
        (bench, id)
    }

    const fn hand(&self) -> Hand<'_, MemoryStore, MemoryQueue, TestClock> {
        Hand { store: &self.store, queue: &self.queue, clock: &self.clock, acting: &self.acting }
    }

    async fn task(&self, id: &TaskId) -> Task {
        self.store.task(id).await.unwrap().unwrap()
    }

    /// The one event of this name.
    async fn event(&self, id: &TaskId, name: &str) -> AuditEvent {
        let mut events = self.store.events(id, 100, None).await.unwrap().items;
        events.retain(|event| event.event == name);
        assert_eq!(events.len(), 1, "{name}");
        events.remove(0)
    }

    async fn commit(&self, change: Change) {
        self.store.commit(change).await.unwrap();
    }

    async fn kick(&self, id: &TaskId) -> Result<Task, HandError> {
        self.hand().kick(id, &no_key()).await.map(fresh)
    }

    async fn stop(&self, id: &TaskId) -> Result<Task, HandError> {
        self.hand().stop(id, &stop("It was asked for by a runaway script"), &no_key()).await.map(fresh)
    }
}

/// A clock that is looked at after the task was read, and whose looks a worker uses to write.
struct Meanwhile {
    clock: TestClock,
    store: MemoryStore,
    id: TaskId,
    writes: AtomicU8,
}

impl Clock for Meanwhile {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn random(&self) -> [u8; 10] {
        self.clock.random()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    fn uuid(&self) -> uuid::Uuid {
        let left = self.writes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            let write = async {
                let task = self.store.task(&self.id).await.unwrap().unwrap();
                let next = task.progressed(task.progress.clone(), self.clock.now());
                self.store.commit(Change::new(task.stamp(), next, Vec::new())).await.unwrap();
            };
            write.now_or_never().unwrap();
        }
        self.clock.uuid()
    }
}

fn fresh(done: Once<Task>) -> Task {
    match done {
        Once::New(task) => task,
        Once::Replay(saved) => panic!("a replay: {saved:?}"),
    }
}

fn told(task: &Task) -> SavedResponse {
    SavedResponse { status: 200, location: None, etag: None, body: task.state.name().to_owned() }
}

const fn no_key() -> Keyed<Task> {
    Keyed { claim: None, render: told }
}

fn under_key(body: &[u8]) -> Keyed<Task> {
    let key = IdempotencyKey::new("k-1").unwrap();
    let claim = Claim::new(&tenant("system"), &subject("opal"), "POST", "/cancel", &key, body);
    Keyed { claim: Some(claim), render: told }
}

fn stop(reason: &str) -> Stop {
    serde_json::from_value(json!({"reason": reason})).unwrap()
}

#[tokio::test]
async fn what_does_not_exist_or_rests_is_not_sent_for() {
    let (bench, id) = Bench::with(a_task().asking(json!({"generator": "external"}))).await;
    let unknown = a_task().number(9).accepted().task.id;
    assert!(matches!(bench.kick(&unknown).await, Err(HandError::NotFound)));
    assert!(matches!(bench.stop(&unknown).await, Err(HandError::NotFound)));
    let waits = bench.kick(&id).await;
    assert!(matches!(waits, Err(HandError::NothingToSendFor(TaskState::Pending, Rests::AwaitsContent))), "{waits:?}");
    bench.stop(&id).await.unwrap();
    let over = bench.kick(&id).await;
    assert!(matches!(over, Err(HandError::NothingToSendFor(TaskState::Cancelled, Rests::Done))), "{over:?}");
    assert!(bench.queue.take().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_task_that_a_worker_has_is_not_sent_for_until_its_lease_is_over() {
    let (bench, id) = Bench::with(a_task()).await;
    let task = bench.task(&id).await;
    bench.commit(change(&task, task.claim(&context(bench.clock.now())).unwrap())).await;
    let until = bench.task(&id).await.lease_until.unwrap();
    let leased = bench.kick(&id).await;
    assert!(
        matches!(leased, Err(HandError::NothingToSendFor(TaskState::Generating, Rests::Leased(at))) if at == until),
        "{leased:?}"
    );
    bench.clock.advance(until.duration_since(bench.clock.now()));
    bench.kick(&id).await.unwrap();
    let sent = bench.queue.take();
    assert_eq!(sent, [Message::generate(tenant("acme"), &id, trace())]);
}

#[tokio::test]
async fn what_is_to_be_published_at_an_hour_is_not_sent_for_before_it() {
    let (bench, id) = Bench::with(a_task()).await;
    let now = bench.clock.now();
    let task = bench.task(&id).await;
    bench.commit(change(&task, task.claim(&context(now)).unwrap())).await;
    let task = bench.task(&id).await;
    let draft = revision(1, "HTTP caching", now);
    let drafted =
        Change { revision: Some(draft.clone()), ..change(&task, task.drafted(&draft, &context(now)).unwrap()) };
    bench.commit(drafted).await;
    let task = bench.task(&id).await;
    let approval = Approval {
        decision: Decision::Approved,
        reviewer_id: subject("ana"),
        human_feedback: "Reads well, publish it.".to_owned(),
        revision: 1,
        content_hash: draft.content_hash(),
        overrode: Vec::new(),
        at: now,
    };
    let hour = now + SignedDuration::from_hours(1);
    bench.commit(change(&task, task.approved(approval, Some(hour), &context(now)).unwrap())).await;
    let early = bench.kick(&id).await;
    assert!(matches!(early, Err(HandError::NothingToSendFor(_, Rests::Scheduled(at))) if at == hour), "{early:?}");
    bench.clock.advance(SignedDuration::from_hours(1));
    bench.kick(&id).await.unwrap();
    assert_eq!(bench.queue.take(), [Message::new(Kind::Publish, tenant("acme"), id.as_str(), trace())]);
}

#[tokio::test]
async fn what_is_sent_for_waits_no_longer_and_the_audit_says_that_an_operator_did_it() {
    let (bench, id) = Bench::with(a_task()).await;
    let before = bench.task(&id).await;
    // Sent for in vain, and left alone for half an hour.
    let later = bench.clock.now() + SignedDuration::from_mins(30);
    for shard in 0..MemoryStore::SHARDS {
        for due in bench.store.due(shard, later, 10, None).await.unwrap().items {
            assert!(bench.store.postpone(&due, later).await.unwrap());
        }
    }
    bench.clock.advance(SignedDuration::from_mins(1));
    let kicked = bench.kick(&id).await.unwrap();
    assert_eq!(bench.queue.take(), [Message::generate(tenant("acme"), &id, trace())]);
    assert_eq!(kicked.version, before.version + 1);
    let due = bench.clock.now() + bench.clock.timings().grace();
    let mut found = Vec::new();
    for shard in 0..MemoryStore::SHARDS {
        found.extend(bench.store.due(shard, due, 10, None).await.unwrap().items);
    }
    assert_eq!(
        found.iter().map(|due| (due.due_at, due.resends)).collect::<Vec<_>>(),
        [(due, 0)],
        "as if it had just come"
    );
    let event = bench.event(&id, "kicked").await;
    assert_eq!(event.actor, Actor::Operator);
    assert_eq!((event.from, event.to), (Some(TaskState::Pending), TaskState::Pending));
    let worker = Task { version: before.version, due_at: before.due_at, updated_at: before.updated_at, ..kicked };
    assert_eq!(worker, before, "nothing else is another");
}

#[tokio::test]
async fn what_an_operator_holds_is_not_sent_for() {
    let (bench, id) = Bench::with(a_task()).await;
    let turn = async |enabled| {
        let flag = Flag { enabled, ..Flag::default() };
        flags::turn(&bench.store, &bench.clock, (FlagName::generation(), Some(flag)), (subject("opal"), None))
            .await
            .unwrap();
    };
    turn(false).await;
    let before = bench.task(&id).await;
    let held = bench.kick(&id).await;
    assert!(matches!(held, Err(HandError::NothingToSendFor(_, Rests::Held))), "{held:?}");
    assert_eq!((bench.task(&id).await, bench.queue.take()), (before, vec![]));
    turn(true).await;
    bench.kick(&id).await.unwrap();
    assert_eq!(bench.queue.take(), [Message::generate(tenant("acme"), &id, trace())]);
}

#[tokio::test]
async fn a_kick_whose_message_is_lost_is_left_to_the_sweeper() {
    let (bench, id) = Bench::with(a_task()).await;
    bench.queue.break_down();
    let kicked = bench.kick(&id).await.unwrap();
    assert_eq!(kicked.due_at, Some(bench.clock.now() + bench.clock.timings().grace()));
}

#[tokio::test]
async fn an_operator_ends_a_task_whatever_a_worker_writes_meanwhile() {
    let (bench, id) = Bench::with(a_task()).await;
    let task = bench.task(&id).await;
    bench.commit(change(&task, task.claim(&context(bench.clock.now())).unwrap())).await;
    let meanwhile =
        Meanwhile { clock: bench.clock.clone(), store: bench.store.clone(), id: id.clone(), writes: AtomicU8::new(2) };
    let hand = Hand { store: &bench.store, queue: &bench.queue, clock: &meanwhile, acting: &bench.acting };
    let stopped = hand.stop(&id, &stop("It was asked for by a runaway script"), &no_key()).await.map(fresh);
    assert!(matches!(stopped, Ok(Task { state: TaskState::Cancelled, due_at: None, .. })), "{stopped:?}");
    let event = bench.event(&id, "cancelled").await;
    assert_eq!(event.actor, Actor::Operator);
    assert_eq!(event.reason.unwrap().as_str(), "It was asked for by a runaway script");
    let again = bench.stop(&id).await;
    assert!(matches!(again, Err(HandError::IllegalMove(_))), "{again:?}");
}

#[tokio::test]
async fn a_task_that_stands_otherwise_than_was_seen_is_not_ended() {
    let (bench, id) = Bench::with(a_task()).await;
    let seen = |status: &str| serde_json::from_value::<Stop>(json!({"reason": "It hangs", "status": status})).unwrap();
    let refused = bench.hand().stop(&id, &seen("generating"), &no_key()).await;
    assert!(matches!(refused, Err(HandError::Conflict(TaskState::Pending))), "{refused:?}");
    assert_eq!(bench.task(&id).await.state, TaskState::Pending);
    fresh(bench.hand().stop(&id, &seen("pending"), &under_key(b"a")).await.unwrap());
    let again = bench.hand().stop(&id, &seen("pending"), &under_key(b"a")).await.unwrap();
    assert!(matches!(&again, Once::Replay(saved) if saved.body == "cancelled"), "{again:?}");
}

#[tokio::test]
async fn whoever_lost_the_answer_is_told_it_and_another_body_is_refused() {
    let (bench, id) = Bench::with(a_task()).await;
    let asked = stop("Asked for twice");
    fresh(bench.hand().stop(&id, &asked, &under_key(b"a")).await.unwrap());
    let again = bench.hand().stop(&id, &asked, &under_key(b"a")).await.unwrap();
    assert!(matches!(&again, Once::Replay(saved) if saved.body == "cancelled"), "{again:?}");
    let other = bench.hand().stop(&id, &asked, &under_key(b"b")).await;
    assert!(matches!(other, Err(HandError::Claim(ClaimError::Claimed(Claimed::KeyReused)))), "{other:?}");
    assert_eq!(bench.task(&id).await.version, 2, "it happened once");
}

#[tokio::test]
async fn beside_a_live_article_only_the_work_on_the_next_is_ended() {
    let (bench, id) = Bench::with(a_task()).await;
    let now = bench.clock.now();
    let mut task = bench.task(&id).await;
    // As it is after an article went live and changes of it were requested.
    let slug = galley_domain::content::slug::Slug::from_title("HTTP caching");
    let stamp = task.stamp();
    task.live = Some(Live::article(slug, 1, now));
    task.version += 1;
    bench.commit(Change { live: LiveChange::None, ..Change::new(stamp, task, Vec::new()) }).await;
    let stopped = bench.stop(&id).await.unwrap();
    assert_eq!((stopped.state, stopped.live.is_some()), (TaskState::Published, true));
}
