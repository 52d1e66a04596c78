//! What a sweep sends again, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{kernel::clock::Clock, task::store::TaskStore};
use galley_testkit::{MemoryStore, build::a_task, clock::TestClock, fakes::MemoryQueue};
use jiff::SignedDuration;
use sweep_tasks::App;

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
