//! What operators are told of calls that providers have not answered.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::time::Duration;

use galley_domain::{
    kernel::{clock::Clock, usd::MicroUsd},
    models::{
        phase::Phase,
        price::{Spent, Tokens},
    },
    money::{
        budget::{Caps, Intent},
        ledger::{CallOutcome, ModelCall, Quote},
    },
    operations::{
        account,
        stuck::{self, Reason, Stuck},
    },
    task::{
        record::{Task, progress},
        store::{Change, Ledger, TaskStore},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, tenant},
    clock::TestClock,
};
use jiff::SignedDuration;

const CAP: MicroUsd = MicroUsd::from_dollars(9);
const CAPS: Caps = Caps { task: CAP, day: CAP, month: CAP, tokens: 9000 };

/// A task of `acme` that a worker has, from the beginning of the clock on.
struct Bench {
    store: MemoryStore,
    clock: TestClock,
    task: Task,
}

async fn bench() -> Bench {
    let (store, clock) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"));
    let accepted = a_task().at(clock.now()).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let mut bench = Bench { store, clock, task };
    bench.claim().await;
    bench
}

impl Bench {
    async fn claim(&mut self) {
        let claimed = self.task.claim(&context(self.clock.now())).unwrap();
        let next = claimed.0.clone();
        self.store.commit(change(&self.task, claimed)).await.unwrap();
        self.task = next;
    }

    /// Asks a provider, at a reserve of 500 micro-dollars.
    async fn ask(&mut self, provider: &str) -> ModelCall {
        let reserved = MicroUsd::from_micros(500);
        let call = ModelCall {
            id: self.clock.uuid(),
            tenant: tenant("acme"),
            phase: Phase::Draft,
            quote: Quote {
                provider: provider.to_owned(),
                model: "m".to_owned(),
                prompt_version: "draft/1".to_owned(),
                prompt_sha256: "ab".to_owned(),
                reserved,
                reserved_tokens: 0,
            },
            round: self.task.round,
            attempt: self.task.attempt,
            at: self.clock.now(),
            cost: reserved,
            outcome: CallOutcome::Intent,
            corrected: None,
        };
        let next = self.task.progressed(progress("draft", 10, "Writing"), self.clock.now());
        let ledger = Ledger::Intent(Box::new(Intent { call: call.clone(), caps: CAPS }));
        self.store.commit(Change { ledger, ..Change::new(self.task.stamp(), next, Vec::new()) }).await.unwrap();
        self.task = self.store.task(&self.task.id).await.unwrap().unwrap();
        call
    }

    /// So much time passes, in which the worker renews its lease.
    async fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        let until = self.clock.now() + self.clock.timings().lease();
        assert!(self.store.renew_lease(&self.task.id, self.task.fence, until).await.unwrap());
    }

    async fn stuck(&self) -> Vec<Stuck> {
        stuck::all(&self.store, self.clock.timings(), self.clock.now()).await.unwrap()
    }
}

#[tokio::test]
async fn a_task_whose_provider_says_nothing_is_listed_with_its_name_and_since_when() {
    let mut bench = bench().await;
    bench.pass(30).await;
    let call = bench.ask("openai").await;
    bench.pass(120).await;
    assert_eq!(bench.stuck().await, [], "answers may take two minutes");
    bench.pass(1).await;
    let stuck = bench.stuck().await;
    assert_eq!(stuck.len(), 1);
    let Stuck { reason, since, provider, due } = stuck.into_iter().next().unwrap();
    assert_eq!((reason, since, provider.as_deref()), (Reason::ProviderSilent, call.at, Some("openai")));
    assert_eq!(due.message.id, bench.task.id.as_str());
    // It is not overdue: its worker lives, and the sweeper has nothing to send for.
    assert_eq!(stuck::waiting(&bench.store, bench.clock.timings(), bench.clock.now()).await.unwrap().stuck, []);
}

#[tokio::test]
async fn what_is_answered_or_was_left_open_by_a_worker_that_is_gone_is_not_waited_for() {
    let mut bench = bench().await;
    let call = bench.ask("openai").await;
    let answered =
        call.answered(Some(Tokens { input: 1, output: 1 }), MicroUsd::ZERO, "ab".to_owned(), Duration::from_secs(3));
    bench.store.settle(&bench.task.id, &answered).await.unwrap();
    bench.ask("anthropic").await;
    bench.clock.advance(SignedDuration::from_secs(300));
    let overdue: Vec<Reason> = bench.stuck().await.into_iter().map(|stuck| stuck.reason).collect();
    assert_eq!(overdue, [Reason::LeaseExpired], "its worker is gone, and so is whoever waited");
    bench.claim().await;
    assert_eq!(bench.stuck().await, [], "the call of an earlier attempt is nobody's");
    assert_eq!(account::of(&bench.store, &bench.task).await.unwrap().open, []);
}

#[tokio::test]
async fn what_is_reserved_is_told_apart_from_what_it_cost() {
    let mut bench = bench().await;
    let (answered, unknown) = (bench.ask("openai").await, bench.ask("openai").await);
    let tokens = Some(Tokens { input: 1, output: 1 });
    let ends = [
        answered.answered(tokens, MicroUsd::from_micros(120), "ab".to_owned(), Duration::ZERO),
        unknown.failed(Spent::Unknown, "no answer within 300 s", Duration::from_mins(5)),
    ];
    for end in ends {
        bench.store.settle(&bench.task.id, &end).await.unwrap();
    }
    bench.task = bench.store.task(&bench.task.id).await.unwrap().unwrap();
    let open = bench.ask("anthropic").await;
    let account = account::of(&bench.store, &bench.task).await.unwrap();
    assert_eq!((account.cost.micros(), account.reserved.micros()), (120, 1000));
    assert_eq!(account.cost + account.reserved, bench.task.cost_usd(), "caps are held against both");
    assert_eq!(account.open, [open]);
}
