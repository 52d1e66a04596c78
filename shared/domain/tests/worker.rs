//! A worker's attempt, with every way in which it can end.
#![allow(clippy::unwrap_used, reason = "a broken test bed is a failed test")]

use std::time::Duration;

use galley_domain::{
    content::blockers::{Blocker, Finish},
    generate::worker::{Outcome, Worker},
    limits::{DayQuota, QuotaDay, Reserved},
    message::Kind,
    ports::{Clock, LimitStore, TaskStore},
    state::TaskState,
    task::Task,
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, tenant, trace},
    clock::TestClock,
    fakes::{MemoryQueue, Script, ScriptedWriter},
};
use jiff::{SignedDuration, Timestamp};

struct Bench {
    worker: Worker<MemoryStore, MemoryQueue, TestClock, ScriptedWriter>,
    task: Task,
}

impl Bench {
    async fn with(script: impl IntoIterator<Item = Script>) -> Self {
        let store = MemoryStore::default();
        let acceptance = a_task().accepted();
        let task = acceptance.task.clone();
        let day = QuotaDay::of(&task.tenant, &task.requested_by, task.created_at);
        let quota = DayQuota { user: 9, organisation: 9 };
        assert_eq!(store.reserve(&day, quota).await.unwrap(), Reserved::Taken);
        store.accept(acceptance).await.unwrap();
        let worker = Worker {
            store,
            queue: MemoryQueue::default(),
            clock: TestClock::at("2026-11-20T12:00:05Z"),
            writer: ScriptedWriter::new(script),
        };
        Self { worker, task }
    }

    fn deadline(&self, seconds: i64) -> Timestamp {
        self.worker.clock.now() + SignedDuration::from_secs(seconds)
    }

    async fn run(&self) -> Outcome {
        self.worker.generate(&self.task.tenant, &self.task.id, &trace(), self.deadline(900)).await.unwrap()
    }

    async fn task(&self) -> Task {
        self.worker.store.load(&self.task.id).await.unwrap().unwrap().0
    }

    fn taken(&self) -> i64 {
        self.worker.store.taken(&self.task.quota_day())
    }
}

#[tokio::test]
async fn another_tenants_message_does_nothing() {
    let bench = Bench::with([]).await;
    let outcome = bench.worker.generate(&tenant("rival"), &bench.task.id, &trace(), bench.deadline(900)).await.unwrap();
    assert!(matches!(outcome, Outcome::NothingToDo(_)));
    assert_eq!(bench.task().await.version, 1);
}

#[tokio::test]
async fn a_duplicate_message_does_nothing() {
    let bench = Bench::with([Script::Writes("Once")]).await;
    assert_eq!(bench.run().await, Outcome::Drafted);
    let version = bench.task().await.version;
    assert!(matches!(bench.run().await, Outcome::NothingToDo(_)));
    assert_eq!(bench.task().await.version, version);
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_three_times_and_the_place_is_given_back_once() {
    let down = || Script::IsDown { retry_after: Some(Duration::from_secs(17)) };
    let bench = Bench::with([down(), down(), down()]).await;
    for attempt in 1..=2 {
        assert_eq!(bench.run().await, Outcome::RetryIn(Duration::from_secs(17)));
        let task = bench.task().await;
        assert_eq!((task.state, task.attempt), (TaskState::Pending, attempt));
        assert!(task.due_at.is_some());
    }
    assert_eq!(bench.run().await, Outcome::GaveUp);
    let task = bench.task().await;
    assert_eq!((task.state, task.due_at, bench.taken()), (TaskState::Failed, None, 0));
    assert_eq!(task.error.unwrap().code, "provider_unavailable");
}

#[tokio::test]
async fn a_refusal_is_final_at_once() {
    let bench = Bench::with([Script::Refuses]).await;
    assert_eq!(bench.run().await, Outcome::GaveUp);
    assert_eq!(bench.task().await.error.unwrap().code, "generator_refused");
    assert_eq!(bench.taken(), 0);
}

#[tokio::test]
async fn a_second_failure_after_a_retry_gives_nothing_back_again() {
    let bench = Bench::with([Script::Refuses, Script::Refuses]).await;
    bench.run().await;
    let failed = bench.task().await;
    let retried = failed.retried(None, &context(bench.worker.clock.now())).unwrap();
    bench.worker.store.commit(change(&failed, retried)).await.unwrap();
    assert_eq!(bench.run().await, Outcome::GaveUp);
    assert_eq!(bench.taken(), 0);
}

#[tokio::test]
async fn a_truncated_draft_is_marked() {
    let bench = Bench::with([Script::Breaks(Finish::Truncated)]).await;
    assert_eq!(bench.run().await, Outcome::Drafted);
    let revision = bench.worker.store.revision(&bench.task.id, 1).await.unwrap().unwrap();
    assert!(revision.blockers.contains(&Blocker::Truncated));
}

#[tokio::test]
async fn a_call_is_not_begun_without_the_time_for_it() {
    let bench = Bench::with([Script::Writes("By the next worker")]).await;
    let outcome =
        bench.worker.generate(&bench.task.tenant, &bench.task.id, &trace(), bench.deadline(320)).await.unwrap();
    assert_eq!(outcome, Outcome::HandedOver);
    assert!(bench.worker.writer.briefs().is_empty());
    let sent = bench.worker.queue.take();
    assert_eq!(sent.iter().map(|message| message.kind).collect::<Vec<_>>(), [Kind::Generate]);
    assert_eq!(bench.run().await, Outcome::Drafted);
    // A hand-over is no failed attempt.
    assert_eq!(bench.task().await.attempt, 1);
}

#[tokio::test]
async fn time_that_runs_out_during_a_call_hands_the_task_over() {
    let bench = Bench::with([Script::Hangs]).await;
    let clock = bench.worker.clock.clone();
    let pass = async {
        while bench.worker.writer.briefs().is_empty() {
            tokio::task::yield_now().await;
        }
        clock.advance(SignedDuration::from_secs(871));
    };
    let (outcome, ()) = tokio::join!(bench.run(), pass);
    assert_eq!(outcome, Outcome::HandedOver);
    assert_eq!(bench.task().await.lease_until, None);
}

#[tokio::test]
async fn the_lease_is_kept_while_a_call_lasts_and_a_cancelled_task_is_let_go() {
    let bench = Bench::with([Script::Hangs]).await;
    let clock = bench.worker.clock.clone();
    let watch = async {
        while bench.worker.writer.briefs().is_empty() {
            tokio::task::yield_now().await;
        }
        let first = bench.task().await.lease_until;
        clock.advance(SignedDuration::from_secs(31));
        while bench.task().await.lease_until == first {
            tokio::task::yield_now().await;
        }
        let task = bench.task().await;
        let cancelled = task.cancelled(None, &context(clock.now())).unwrap();
        bench.worker.store.commit(change(&task, cancelled)).await.unwrap();
        clock.advance(SignedDuration::from_secs(31));
    };
    let (outcome, ()) = tokio::join!(bench.run(), watch);
    assert_eq!(outcome, Outcome::LostLease);
    assert_eq!(bench.task().await.state, TaskState::Cancelled);
}

#[tokio::test]
async fn a_finished_stage_is_not_paid_for_twice() {
    let bench = Bench::with([Script::Writes("Written once")]).await;
    // Claimed, begun, the draft kept: then the table is gone and the worker with it.
    bench.worker.store.break_after(3);
    let lost = bench.worker.generate(&bench.task.tenant, &bench.task.id, &trace(), bench.deadline(900)).await;
    assert!(lost.is_err());
    bench.worker.store.heal();
    assert!(matches!(bench.run().await, Outcome::NothingToDo(_)), "the lease is not over yet");

    bench.worker.clock.advance(SignedDuration::from_secs(91));
    assert_eq!(bench.run().await, Outcome::Drafted);
    let task = bench.task().await;
    assert_eq!((task.attempt, task.title.as_deref()), (2, Some("Written once")));
    assert_eq!(bench.worker.writer.briefs().len(), 1);
}
