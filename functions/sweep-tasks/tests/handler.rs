//! What a sweep sends again, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    kernel::{
        clock::Clock,
        error::StoreError,
        paging::{Page, PageKey},
    },
    metrics::Metric,
    operations::due::{Due, DueStore},
    queue::message::Kind,
    task::store::TaskStore,
    tenancy::flags::{self, Flag, FlagChange, FlagName, FlagStore},
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, subject, tenant},
    clock::TestClock,
    fakes::MemoryQueue,
    measured,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use sweep_tasks::App;
use uuid::Uuid;

/// A task whose message was lost, an hour ago.
async fn bench() -> App<MemoryStore, MemoryQueue, TestClock> {
    let (store, queue) = (MemoryStore::default(), MemoryQueue::default());
    store.accept(a_task().accepted()).await.unwrap();
    App { store, queue, clock: TestClock::at("2026-11-20T13:00:00Z") }
}

#[tokio::test]
async fn what_is_overdue_is_sent_again() {
    let app = bench().await;
    let swept = app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
    assert_eq!((swept.found, swept.sent, swept.failed), (1, 1, 0));
    assert_eq!(app.queue.take().len(), 1);
}

#[tokio::test]
async fn what_the_queue_does_not_take_is_told_and_stays_due() {
    let app = bench().await;
    app.queue.break_down();
    let swept = app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
    assert_eq!((swept.found, swept.sent, swept.failed), (1, 0, 1));
}

#[tokio::test]
async fn a_stuck_task_is_measured_in_every_minute_though_most_sweeps_find_nothing() {
    let app = bench().await;
    measured::take();
    let mut found = Vec::new();
    let mut ages = Vec::new();
    for _ in 0..30 {
        found.push(app.handle(app.clock.now() + SignedDuration::from_secs(60)).await.found);
        let all = measured::take();
        let [(Metric::Overdue, 1.0), (Metric::OverdueAge, age)] = all.as_slice() else { panic!("{all:?}") };
        ages.push(*age);
        app.clock.advance(SignedDuration::from_mins(1));
    }
    assert!(found.iter().filter(|found| **found == 0).count() > 20, "{found:?}");
    assert!(ages.windows(2).all(|pair| pair[0] <= pair[1]), "{ages:?}");
    assert!(ages[29] >= 25.0 * 60.0, "{ages:?}");
}

/// A table that does not answer.
#[derive(Debug)]
struct Silent;

impl DueStore for Silent {
    async fn due(&self, _: u8, _: Timestamp, _: u32, _: Option<PageKey>) -> Result<Page<Due>, StoreError> {
        Err(StoreError::Unavailable("it does not answer".into()))
    }

    async fn postpone(&self, _: &Due, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("nothing was found")
    }
}

impl FlagStore for Silent {
    async fn flags(&self) -> Result<BTreeMap<FlagName, Flag>, StoreError> {
        Err(StoreError::Unavailable("it does not answer".into()))
    }

    async fn flag(&self, _: &FlagName) -> Result<Option<Flag>, StoreError> {
        Err(StoreError::Unavailable("it does not answer".into()))
    }

    async fn change_flag(&self, _: &FlagChange) -> Result<bool, StoreError> {
        unreachable!("a sweep turns no flag")
    }

    async fn flag_change(&self, _: Uuid) -> Result<Option<FlagChange>, StoreError> {
        unreachable!("a sweep reads no log")
    }

    async fn flag_changes(&self, _: u32, _: Option<PageKey>) -> Result<Page<FlagChange>, StoreError> {
        unreachable!("a sweep reads no log")
    }
}

/// Turns generation on or off, for these tenants or for all.
async fn turn(app: &App<MemoryStore, MemoryQueue, TestClock>, flag: Flag) {
    let (name, by) = (FlagName::generation(), subject("opal"));
    flags::turn(&app.store, &app.clock, (name, Some(flag)), (by, None)).await.unwrap();
}

#[tokio::test]
async fn what_waits_for_generation_is_left_alone_and_sent_for_by_the_first_sweep_after_its_return() {
    let app = bench().await;
    app.store.accept(a_task().of("other").accepted()).await.unwrap();
    let of_acme = Flag { tenants_off: [tenant("acme")].into(), ..Flag::default() };
    turn(&app, of_acme).await;
    for minute in 0..30 {
        let swept = app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
        assert_eq!(swept.held, 1, "minute {minute}");
        let sent = app.queue.take();
        assert!(sent.iter().all(|message| message.tenant == tenant("other")), "another tenant's goes on: {sent:?}");
        assert_eq!(!sent.is_empty(), swept.sent == 1);
        app.clock.advance(SignedDuration::from_mins(1));
    }
    turn(&app, Flag::default()).await;
    app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
    let sent = app.queue.take();
    assert!(sent.iter().any(|message| message.tenant == tenant("acme")), "{sent:?}");
}

#[tokio::test]
async fn what_is_no_generation_is_held_by_no_flag() {
    let app = bench().await;
    let reason = Some("No longer needed");
    let callback = json!({"callback_url": "https://hooks.example.com/in"});
    let accepted = a_task().of("other").asking(callback).accepted();
    let task = accepted.task.clone();
    app.store.accept(accepted).await.unwrap();
    app.store.commit(change(&task, task.cancelled(reason, &context(task.created_at)).unwrap())).await.unwrap();
    turn(&app, Flag { enabled: false, ..Flag::default() }).await;
    let swept = app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
    assert_eq!((swept.held, swept.sent), (1, 1), "a generation and a delivery");
    assert_eq!(app.queue.take().iter().map(|message| message.kind).collect::<Vec<_>>(), [Kind::Deliver]);
}

#[tokio::test]
async fn what_cannot_be_read_is_not_measured_as_nothing() {
    let app = App { store: Silent, queue: MemoryQueue::default(), clock: TestClock::at("2026-11-20T13:00:00Z") };
    measured::take();
    let swept = app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
    assert_eq!((swept.found, swept.failed, measured::take()), (0, 8, vec![]));
}

#[tokio::test]
async fn nothing_stuck_is_measured_too() {
    let app = App {
        store: MemoryStore::default(),
        queue: MemoryQueue::default(),
        clock: TestClock::at("2026-11-20T13:00:00Z"),
    };
    measured::take();
    app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
    assert_eq!(measured::take(), [(Metric::Overdue, 0.0), (Metric::OverdueAge, 0.0)]);
}
