//! A worker's attempt, with every way in which it can end.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{sync::Arc, time::Duration};

use galley_domain::{
    access::limits::{DayQuota, LimitStore, QuotaDay, Reserved},
    content::blockers::{Blocker, Finish},
    generation::{
        breaker::{Breaker, BreakerStore},
        worker::{WorkError, WorkLimits, WorkOutcome, Worker},
    },
    kernel::{clock::Clock, usd::MicroUsd},
    metrics::Metric,
    models::price::{Price, Tokens},
    money::{
        budget::{Caps, CostStore, day_of},
        ledger::{CallOutcome, ModelCall},
    },
    queue::message::Kind,
    task::{
        record::Task,
        state::TaskState,
        store::{Change, TaskStore},
    },
    tenancy::flags::{self, Flag, FlagCache, FlagName},
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, subject, tenant, trace},
    clock::TestClock,
    fakes::{COST, MemoryQueue, Script, ScriptedModel, ScriptedWeb, scripted_catalogue},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const LIMITS: WorkLimits = WorkLimits {
    attempts: 3,
    attempt: SignedDuration::from_secs(900),
    outage: SignedDuration::from_hours(1),
    call: Duration::from_mins(5),
    caps: Caps {
        task: MicroUsd::from_dollars(5),
        day: MicroUsd::from_dollars(50),
        month: MicroUsd::from_dollars(500),
        tokens: 2_000_000,
    },
};

struct Bench {
    worker: Worker<MemoryStore, MemoryQueue, TestClock, ScriptedModel, ScriptedWeb>,
    task: Task,
}

impl Bench {
    async fn with(script: impl IntoIterator<Item = Script>) -> Self {
        // One call where the draft is good at once.
        Self::asking(json!({"quality_preference": "fast"}), script).await
    }

    async fn asking(request: Value, script: impl IntoIterator<Item = Script>) -> Self {
        let store = MemoryStore::default();
        let acceptance = a_task().asking(request).accepted();
        let task = acceptance.task.clone();
        let day = QuotaDay::of(&task.tenant, &task.requested_by, task.created_at);
        let quota = DayQuota { user: 9, organisation: 9 };
        assert_eq!(store.reserve(&day, quota).await.unwrap(), Reserved::Taken);
        store.accept(acceptance).await.unwrap();
        let worker = Worker {
            store,
            queue: MemoryQueue::default(),
            clock: TestClock::at("2026-11-20T12:00:05Z"),
            models: ScriptedModel::new(script),
            web: ScriptedWeb::default(),
            catalogue: Arc::new(scripted_catalogue()),
            custom_price: Price::default(),
            limits: LIMITS,
            flags: FlagCache::default(),
        };
        Self { worker, task }
    }

    fn deadline(&self, seconds: i64) -> Timestamp {
        self.worker.clock.now() + SignedDuration::from_secs(seconds)
    }

    async fn run(&self) -> WorkOutcome {
        self.worker.generate(&self.task.tenant, &self.task.id, &trace(), self.deadline(900)).await.unwrap()
    }

    /// Runs while time passes by itself, a second after everybody has had their turn.
    async fn run_in_time(&self) -> WorkOutcome {
        self.try_in_time().await.unwrap()
    }

    async fn try_in_time(&self) -> Result<WorkOutcome, WorkError> {
        let clock = self.worker.clock.clone();
        let time = async {
            loop {
                for _ in 0..50 {
                    tokio::task::yield_now().await;
                }
                clock.advance(SignedDuration::from_secs(1));
            }
        };
        let (task, trace) = (&self.task, trace());
        tokio::select! {
            outcome = self.worker.generate(&task.tenant, &task.id, &trace, self.deadline(900)) => outcome,
            () = time => unreachable!(),
        }
    }

    async fn calls(&self) -> Vec<ModelCall> {
        let mut calls = self.worker.store.calls(&self.task.id, 100, None).await.unwrap().items;
        calls.reverse();
        calls
    }

    /// The ledger's sum is the task's cost, whatever happened.
    async fn books_agree(&self) -> MicroUsd {
        let sum: MicroUsd = self.calls().await.iter().map(|call| call.cost).sum();
        assert_eq!(self.task().await.cost_usd(), sum);
        assert_eq!(self.calls().await.iter().map(|call| call.id).collect::<Vec<_>>(), self.worker.models.asked());
        sum
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
    assert!(matches!(outcome, WorkOutcome::NothingToDo(_)));
    assert_eq!(bench.task().await.version, 1);
}

#[tokio::test]
async fn a_duplicate_message_does_nothing() {
    let bench = Bench::with([Script::Writes("Once")]).await;
    assert_eq!(bench.run().await, WorkOutcome::Drafted);
    let version = bench.task().await.version;
    assert!(matches!(bench.run().await, WorkOutcome::NothingToDo(_)));
    assert_eq!(bench.task().await.version, version);
}

#[tokio::test]
async fn what_is_held_says_so_and_goes_on_as_soon_as_generation_is_back() {
    let bench = Bench::with([Script::Writes("At last")]).await;
    let Worker { store, clock, .. } = &bench.worker;
    let turn = async |enabled| {
        let flag = Flag { enabled, ..Flag::default() };
        flags::turn(store, clock, (FlagName::generation(), Some(flag)), (subject("opal"), None)).await.unwrap();
    };
    turn(false).await;
    for _ in 0..2 {
        assert_eq!(bench.run().await, WorkOutcome::NothingToDo("generation is switched off"));
        let held = bench.task().await;
        assert_eq!((held.state, held.progress.stage.as_str(), held.version), (TaskState::Pending, "held", 2));
        assert_eq!(held.due_at, Some(clock.now()), "the next sweep finds it");
    }
    // This worker has just read that it is off.
    turn(true).await;
    assert_eq!(bench.run().await, WorkOutcome::Drafted);
}

fn down(seconds: Option<u64>) -> Script {
    Script::IsDown { retry_after: seconds.map(Duration::from_secs) }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_by_the_same_worker() {
    let bench = Bench::with([down(None), down(Some(17)), Script::Writes("At last")]).await;
    let before = bench.worker.clock.now();
    assert_eq!(bench.run_in_time().await, WorkOutcome::Drafted);
    assert!(bench.worker.clock.now().duration_since(before) >= SignedDuration::from_secs(18), "the provider's wish");
    let outcomes: Vec<CallOutcome> = bench.calls().await.into_iter().map(|call| call.outcome).collect();
    assert!(
        matches!(
            outcomes.as_slice(),
            [CallOutcome::Failed { .. }, CallOutcome::Failed { .. }, CallOutcome::Answered { .. }]
        ),
        "{outcomes:?}"
    );
    assert_eq!(bench.books_agree().await, COST);
    assert_eq!(bench.task().await.attempt, 1);
}

#[tokio::test]
async fn a_provider_that_asks_for_more_than_a_worker_waits_ends_the_attempt() {
    let bench = Bench::with([down(Some(170))]).await;
    let WorkOutcome::RetryIn(wait) = bench.run().await else { panic!("another attempt follows") };
    assert_eq!(wait.as_secs(), 170);
    let task = bench.task().await;
    let left = task.due_at.unwrap().duration_since(bench.worker.clock.now());
    assert_eq!(left.as_secs(), 170 + 60, "the sweeper leaves it alone until then");
}

#[tokio::test]
async fn a_provider_that_stays_down_fails_the_task_and_the_place_is_given_back_once() {
    let mut bench = Bench::with((0..9).map(|_| down(None))).await;
    bench.worker.limits.outage = SignedDuration::ZERO;
    for attempt in 1..=2 {
        assert!(matches!(bench.run_in_time().await, WorkOutcome::RetryIn(_)));
        let task = bench.task().await;
        assert_eq!((task.state, task.attempt), (TaskState::Pending, attempt));
        assert!(task.due_at.is_some());
        bench.worker.clock.advance(SignedDuration::from_secs(60));
    }
    assert_eq!(bench.run_in_time().await, WorkOutcome::GaveUp);
    let task = bench.task().await;
    assert_eq!((task.state, task.due_at, bench.taken()), (TaskState::Failed, None, 0));
    assert_eq!(task.error.unwrap().code, "provider_unavailable");
    assert_eq!(bench.books_agree().await, MicroUsd::ZERO);
    assert_eq!(bench.worker.store.count_of(Metric::TasksCompleted, "blog_post/failed"), 1);
}

#[tokio::test]
async fn an_outage_is_waited_out_and_costs_no_attempt() {
    let bench = Bench::with((0..40).map(|_| down(None)).chain([Script::Writes("After the storm")])).await;
    let began = bench.worker.clock.now();
    let mut waits = Vec::new();
    while let WorkOutcome::RetryIn(wait) = bench.run_in_time().await {
        let task = bench.task().await;
        assert_eq!((task.state, task.attempt), (TaskState::Pending, 0), "not counted");
        assert_eq!(task.outage_since.map(|since| since >= began), Some(true));
        waits.push(wait);
        bench.worker.clock.advance(SignedDuration::try_from(wait).unwrap());
        assert!(waits.len() < 200, "{waits:?}");
    }
    let task = bench.task().await;
    assert_eq!((task.state, task.attempt, task.outage_since), (TaskState::AwaitingApproval, 1, None));
    assert!(bench.worker.clock.now().duration_since(began) > SignedDuration::from_mins(5), "{waits:?}");
    assert_eq!(bench.books_agree().await, COST);
}

#[tokio::test]
async fn an_outage_without_end_fails_the_task_after_its_time() {
    let bench = Bench::with((0..4_000).map(|_| down(None))).await;
    let began = bench.worker.clock.now();
    loop {
        match bench.run_in_time().await {
            WorkOutcome::RetryIn(wait) => bench.worker.clock.advance(SignedDuration::try_from(wait).unwrap()),
            outcome => {
                assert_eq!(outcome, WorkOutcome::GaveUp);
                break;
            }
        }
    }
    let lasted = bench.worker.clock.now().duration_since(began);
    assert!(lasted > LIMITS.outage && lasted < LIMITS.outage * 2, "{lasted:?}");
    let task = bench.task().await;
    assert_eq!((task.state, task.attempt, bench.taken()), (TaskState::Failed, 3, 0));
}

/// The plan is answered after an outage of almost its whole time, and the draft is not: that is another outage.
#[tokio::test]
async fn an_outage_is_over_when_a_provider_answers_and_the_next_one_begins_anew() {
    let bench = Bench::asking(json!({"quality_preference": "balanced"}), (0..90).map(|_| down(None))).await;
    let before = bench.task().await;
    let mut waits = before.clone();
    waits.version += 1;
    waits.outage_since = Some(bench.worker.clock.now() - SignedDuration::from_mins(59));
    bench.worker.store.commit(Change::new(before.stamp(), waits, Vec::new())).await.unwrap();
    assert!(matches!(bench.run_in_time().await, WorkOutcome::RetryIn(_)));
    assert_eq!((bench.task().await.outage_since, bench.task().await.attempt), (None, 1), "its plan was paid for");
    let again = bench.worker.clock.now();
    bench.worker.clock.advance(SignedDuration::from_mins(5));
    assert!(matches!(bench.run_in_time().await, WorkOutcome::RetryIn(_)));
    let task = bench.task().await;
    assert!(task.outage_since.is_some_and(|since| since > again), "{:?}", task.outage_since);
    let (cancelled, _) = task.cancelled(None, &context(bench.worker.clock.now())).unwrap();
    assert_eq!(cancelled.outage_since, None, "nobody is waited for");
}

/// What hangs may have been paid for each time: that ends as before, also where a breaker spares the provider between.
#[tokio::test]
async fn an_outage_that_costs_money_uses_attempts_up() {
    let bench = Bench::with((0..30).map(|_| Script::Hangs)).await;
    let (mut paid, mut calls) = (0, 0);
    loop {
        match bench.run_in_time().await {
            WorkOutcome::RetryIn(wait) => {
                let made = bench.calls().await.len();
                paid += u32::from(made > calls);
                calls = made;
                assert_eq!(bench.task().await.attempt, paid);
                bench.worker.clock.advance(SignedDuration::try_from(wait).unwrap());
            }
            WorkOutcome::HandedOver => {}
            outcome => {
                assert_eq!(outcome, WorkOutcome::GaveUp);
                break;
            }
        }
    }
    assert_eq!(bench.task().await.state, TaskState::Failed);
}

#[tokio::test]
async fn an_open_breaker_spares_the_provider() {
    let bench = Bench::with([Script::Writes("After the storm")]).await;
    let now = bench.worker.clock.now();
    let open = (0..5).fold(Breaker::default(), |breaker, _| breaker.failed(now));
    assert!(bench.worker.store.keep_breaker("scripted", &open, 0).await.unwrap());
    assert!(matches!(bench.run().await, WorkOutcome::RetryIn(wait) if wait >= Duration::from_secs(30)));
    assert!(bench.worker.models.asked().is_empty());
    // Half-open: this call is the trial, and its success closes the breaker.
    bench.worker.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(bench.run().await, WorkOutcome::Drafted);
    assert_eq!(bench.worker.store.breaker("scripted").await.unwrap().0, Breaker::default());
}

#[tokio::test]
async fn five_failures_open_the_breaker_for_everyone() {
    let bench = Bench::with((0..5).map(|_| down(None))).await;
    assert!(matches!(bench.run_in_time().await, WorkOutcome::RetryIn(_)));
    assert!(matches!(bench.run_in_time().await, WorkOutcome::RetryIn(_)));
    assert_eq!(bench.worker.models.asked().len(), 5);
    assert!(bench.worker.store.breaker("scripted").await.unwrap().0.is_open());
}

#[tokio::test]
async fn a_call_without_an_answer_counts_at_what_was_reserved() {
    let bench = Bench::with([Script::Hangs, Script::Writes("Then at once")]).await;
    assert_eq!(bench.run_in_time().await, WorkOutcome::Drafted);
    let calls = bench.calls().await;
    assert!(matches!(calls[0].outcome, CallOutcome::Unknown { .. }), "{calls:?}");
    assert_eq!(bench.books_agree().await, calls[0].quote.reserved + COST);
}

#[tokio::test]
async fn an_absurd_report_is_booked_at_the_reserve_and_no_more() {
    for absurd in [
        Tokens { input: u64::MAX, output: 1 },
        Tokens { input: 1, output: u64::MAX },
        Tokens { input: u64::MAX, output: u64::MAX },
        Tokens { input: 1, output: 10_001 },
    ] {
        let bench = Bench::with([Script::Reports("Paid for once", Some(absurd))]).await;
        assert_eq!(bench.run().await, WorkOutcome::Drafted);
        let calls = bench.calls().await;
        assert!(matches!(calls[0].outcome, CallOutcome::Answered { tokens, .. } if tokens == Tokens::default()));
        assert_eq!(bench.books_agree().await, calls[0].quote.reserved, "{absurd:?}");
        let day = day_of(bench.worker.clock.now());
        let spent = bench.worker.store.spending(&bench.task.tenant, day).await.unwrap();
        assert_eq!(spent.month, calls[0].quote.reserved, "the tenant goes on");
    }
}

#[tokio::test]
async fn an_answer_that_no_item_takes_is_paid_for_once_and_ends_the_task() {
    // Longer than any article; and one that grows too long where it is written down.
    for script in [Script::Repeats("word ", 90_000), Script::Repeats("\"", 190_000)] {
        let bench = Bench::with([script]).await;
        assert_eq!(bench.run().await, WorkOutcome::GaveUp);
        let error = bench.task().await.error.unwrap();
        assert_eq!((error.code.as_str(), error.message.as_str()), ("generator_refused", "the answer is too long"));
        assert_eq!((bench.worker.models.asked().len(), bench.taken()), (1, 0));
        assert_eq!(bench.books_agree().await, COST);
    }
    let bench = Bench::with([Script::Repeats("word ", 30_000), Script::Writes("Cut to size")]).await;
    assert_eq!(bench.run().await, WorkOutcome::Drafted, "150 KB are refined");
}

#[tokio::test]
async fn what_the_table_refuses_for_good_is_not_tried_again() {
    let bench = Bench::with([Script::Writes("Paid for once")]).await;
    // Claim, intent; then what the call brought.
    bench.worker.store.refuse_after(2);
    assert_eq!(bench.run_in_time().await, WorkOutcome::GaveUp);
    let task = bench.task().await;
    assert_eq!((task.state, task.error.unwrap().code.as_str()), (TaskState::Failed, "result_unkeepable"));
    assert_eq!((bench.worker.models.asked().len(), bench.taken()), (1, 0));
    assert_eq!(bench.books_agree().await, COST);
}

/// The same models, and nobody asks money for them.
fn free(bench: &mut Bench) {
    let mut catalogue = scripted_catalogue();
    for price in catalogue.models.iter_mut().flat_map(|model| &mut model.prices) {
        (price.input, price.output) = (MicroUsd::ZERO, MicroUsd::ZERO);
    }
    bench.worker.catalogue = Arc::new(catalogue);
}

#[tokio::test]
async fn what_costs_nothing_is_bounded_by_the_tokens_of_the_day() {
    let mut bench = Bench::with([]).await;
    free(&mut bench);
    bench.worker.limits.caps.tokens = 1000;
    assert_eq!(bench.run().await, WorkOutcome::GaveUp);
    let error = bench.task().await.error.unwrap();
    let told = "the next call could cost more than the tenant's tokens for the day leaves";
    assert_eq!((error.code.as_str(), error.message.as_str()), ("budget_exceeded", told));
    assert!(bench.worker.models.asked().is_empty() && bench.calls().await.is_empty());
}

#[tokio::test]
async fn tokens_of_what_costs_nothing_are_reserved_and_settled_as_money_is() {
    let reports =
        [Script::Reports("Reported", Some(Tokens { input: 10, output: 20 })), Script::Reports("Silent", None)];
    let used = async |script: Script| {
        let mut bench = Bench::with([script]).await;
        free(&mut bench);
        assert_eq!(bench.run().await, WorkOutcome::Drafted);
        let call = bench.calls().await.remove(0);
        let day = day_of(bench.worker.clock.now());
        let spent = bench.worker.store.spending(&bench.task.tenant, day).await.unwrap();
        assert_eq!((call.cost, bench.books_agree().await), (MicroUsd::ZERO, MicroUsd::ZERO));
        (spent.tokens_on(day), call.quote.reserved_tokens)
    };
    let [reported, silent] = reports;
    let (tokens, reserved) = used(reported).await;
    assert_eq!(tokens, 30);
    assert!(reserved > 1000);
    let (tokens, reserved) = used(silent).await;
    assert_eq!(tokens, reserved);
}

#[tokio::test]
async fn an_attempt_has_its_limit_across_hand_overs() {
    let bench = Bench::with([Script::Hangs, Script::Hangs, Script::Hangs, Script::Hangs]).await;
    let clock = bench.worker.clock.clone();
    let until = |asked: usize, seconds| {
        let (clock, models) = (clock.clone(), bench.worker.models.clone());
        async move {
            while models.asked().len() < asked {
                tokio::task::yield_now().await;
            }
            clock.advance(SignedDuration::from_secs(seconds));
        }
    };
    // 870 s of work, and then the function's time is up.
    let (outcome, ()) = tokio::join!(bench.run(), until(1, 871));
    assert_eq!(outcome, WorkOutcome::HandedOver);
    let task = bench.task().await;
    assert_eq!((task.attempt, task.worked.as_secs()), (1, 871));
    // The next worker has what the attempt has left.
    let (outcome, ()) = tokio::join!(bench.run(), until(2, 30));
    assert!(matches!(outcome, WorkOutcome::RetryIn(_)), "{outcome:?}");
    let task = bench.task().await;
    assert_eq!((task.error.unwrap().code.as_str(), task.state), ("attempt_timeout", TaskState::Pending));
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_made_again_and_found_done() {
    let bench = Bench::with([Script::Writes("Paid for once")]).await;
    // Claim, intent; then the answers to the result's write and to the draft's are lost.
    bench.worker.store.lose_answers_after(2, 2);
    assert_eq!(bench.run_in_time().await, WorkOutcome::Drafted);
    assert_eq!(bench.worker.models.asked().len(), 1);
    assert_eq!(bench.books_agree().await, COST);
}

#[tokio::test]
async fn an_overtaken_worker_settles_its_call_and_leaves_nothing_else() {
    let bench = Bench::with([Script::Waits("Too late"), Script::Writes("In time")]).await;
    let second = Worker { clock: bench.worker.clock.clone(), ..bench.worker.clone() };
    let overtake = async {
        while bench.worker.models.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        // The first worker sleeps through its lease: nobody renews it, as if its machine had stood still.
        bench.worker.store.expire_lease(&bench.task.id, bench.worker.clock.now());
        let outcome = second.generate(&bench.task.tenant, &bench.task.id, &trace(), bench.deadline(900)).await.unwrap();
        assert_eq!(outcome, WorkOutcome::Drafted);
        let version = bench.task().await.version;
        bench.worker.models.let_go();
        version
    };
    let (outcome, version) = tokio::join!(bench.run(), overtake);
    assert_eq!(outcome, WorkOutcome::LostLease);
    let task = bench.task().await;
    assert_eq!((task.title.as_deref(), task.version, task.revision), (Some("In time"), version, 1));
    // Both were paid for, and the books say so.
    assert!(bench.calls().await.iter().all(|call| matches!(call.outcome, CallOutcome::Answered { .. })));
    assert_eq!(bench.books_agree().await, COST + COST);
}

#[tokio::test]
async fn a_refusal_is_final_at_once() {
    let bench = Bench::with([Script::Refuses]).await;
    assert_eq!(bench.run().await, WorkOutcome::GaveUp);
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
    assert_eq!(bench.run().await, WorkOutcome::GaveUp);
    assert_eq!(bench.taken(), 0);
}

#[tokio::test]
async fn a_truncated_draft_is_marked() {
    // Written anew once, and cut off again.
    let bench = Bench::with([Script::Breaks(Finish::Truncated), Script::Breaks(Finish::Truncated)]).await;
    assert_eq!(bench.run().await, WorkOutcome::Drafted);
    let revision = bench.worker.store.revision(&bench.task.id, 1).await.unwrap().unwrap();
    assert!(revision.blockers.contains(&Blocker::Truncated));
}

#[tokio::test]
async fn a_call_is_not_begun_without_the_time_for_it() {
    let bench = Bench::with([Script::Writes("By the next worker")]).await;
    let outcome =
        bench.worker.generate(&bench.task.tenant, &bench.task.id, &trace(), bench.deadline(320)).await.unwrap();
    assert_eq!(outcome, WorkOutcome::HandedOver);
    assert!(bench.worker.models.asks().is_empty());
    let sent = bench.worker.queue.take();
    assert_eq!(sent.iter().map(|message| message.kind).collect::<Vec<_>>(), [Kind::Generate]);
    assert_eq!(bench.run().await, WorkOutcome::Drafted);
    // A hand-over is no failed attempt.
    assert_eq!(bench.task().await.attempt, 1);
}

#[tokio::test]
async fn time_that_runs_out_during_a_call_hands_the_task_over() {
    let bench = Bench::with([Script::Hangs]).await;
    let clock = bench.worker.clock.clone();
    let pass = async {
        while bench.worker.models.asks().is_empty() {
            tokio::task::yield_now().await;
        }
        clock.advance(SignedDuration::from_secs(871));
    };
    let (outcome, ()) = tokio::join!(bench.run(), pass);
    assert_eq!(outcome, WorkOutcome::HandedOver);
    assert_eq!(bench.task().await.lease_until, None);
}

#[tokio::test]
async fn the_lease_is_kept_while_a_call_lasts_and_a_cancelled_task_is_let_go() {
    let bench = Bench::with([Script::Hangs]).await;
    let clock = bench.worker.clock.clone();
    let watch = async {
        while bench.worker.models.asks().is_empty() {
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
    assert_eq!(outcome, WorkOutcome::LostLease);
    assert_eq!(bench.task().await.state, TaskState::Cancelled);
}

/// What the worker knew of its lease was the claim's: each of its writes put that back, so that a task of more than a lease was another's
/// after each call.
#[tokio::test]
async fn what_a_worker_keeps_after_a_long_call_does_not_end_its_lease() {
    let bench = Bench::with([Script::Waits("After two minutes")]).await;
    let Worker { store, clock, models, .. } = &bench.worker;
    let pass = async {
        while models.asks().is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..4 {
            let before = bench.task().await.lease_until;
            clock.advance(SignedDuration::from_secs(31));
            while bench.task().await.lease_until == before {
                tokio::task::yield_now().await;
            }
        }
        // The answer is kept, and then the worker stands still.
        store.break_after(1);
        let version = bench.task().await.version;
        models.let_go();
        while bench.task().await.version == version {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = bench.run() => panic!("{ended:?}"),
        () = pass => {}
    }
    store.heal();
    let task = bench.task().await;
    assert_eq!(task.lease_until, Some(clock.now() + clock.timings().lease()));
    assert_eq!(task.due_at, task.lease_until, "no sweep sends for it before");
    assert!(matches!(bench.run().await, WorkOutcome::NothingToDo(_)), "it is not another's");
}

#[tokio::test]
async fn a_finished_stage_is_not_paid_for_twice() {
    let bench = Bench::with([Script::Writes("Written once")]).await;
    // Claimed, begun, the draft kept: then the table is gone and the worker with it.
    bench.worker.store.break_after(3);
    assert!(bench.try_in_time().await.is_err());
    bench.worker.store.heal();
    assert!(matches!(bench.run().await, WorkOutcome::NothingToDo(_)), "the lease is not over yet");

    bench.worker.clock.advance(SignedDuration::from_secs(91));
    assert_eq!(bench.run().await, WorkOutcome::Drafted);
    let task = bench.task().await;
    assert_eq!((task.attempt, task.title.as_deref()), (2, Some("Written once")));
    assert_eq!(bench.worker.models.asks().len(), 1);
}
