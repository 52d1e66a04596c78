//! The ledger, the budget and the counters of costs.

use std::time::Duration;

use galley_domain::{
    kernel::usd::MicroUsd,
    models::{
        phase::Phase,
        price::{Spent, Tokens},
    },
    money::{
        budget::{Cap, Caps, CostBy, CostLine, Intent, day_of},
        ledger::{CallOutcome, ModelCall, Quote},
    },
    task::{
        record::{Task, progress},
        store::{Change, CommitError, Ledger},
    },
};
use uuid::Uuid;

use crate::{
    build::{change, context, tenant},
    contract::{
        steps::{accepted, later, now, present},
        store::Store,
    },
};

pub(super) const WAITED: Duration = Duration::from_millis(40);

pub(super) const PLENTY: Caps = Caps {
    task: MicroUsd::from_dollars(9),
    day: MicroUsd::from_dollars(9),
    month: MicroUsd::from_dollars(9),
    tokens: 9000,
};

pub(super) async fn holds_for(store: &impl Store) {
    a_cost_outlives_a_move_that_did_not_know_of_it(store).await;
    a_call_is_settled_once_whoever_has_the_task(store).await;
    a_cap_refuses_before_the_call_and_leaves_nothing(store).await;
    what_costs_nothing_has_tokens_for_a_day_and_no_more(store).await;
    what_is_counted_is_what_the_calls_cost(store).await;
    an_alert_is_noted_once_for_each_level(store).await;
}

pub(super) fn a_call(of: &str, id: u128) -> ModelCall {
    let quote = Quote {
        provider: "p".into(),
        model: "m".into(),
        prompt_version: "draft/1".into(),
        prompt_sha256: "ab".into(),
        reserved: MicroUsd::from_micros(500),
        reserved_tokens: 0,
    };
    ModelCall {
        id: Uuid::from_u128(id),
        tenant: tenant(of),
        phase: Phase::Draft,
        quote,
        round: 1,
        attempt: 1,
        at: now(),
        cost: MicroUsd::from_micros(500),
        outcome: CallOutcome::Intent,
        corrected: None,
    }
}

pub(super) fn intent_of(task: &Task, call: &ModelCall, caps: Caps) -> (Change, Task) {
    let next = task.progressed(progress("draft", 10, "Writing"), later(1));
    let ledger = Ledger::Intent(Box::new(Intent { call: call.clone(), caps }));
    (Change { ledger, ..Change::new(task.stamp(), next.clone(), Vec::new()) }, next)
}

/// Writes a call down under the task's fence.
pub(super) async fn intended(store: &impl Store, task: &Task, call: &ModelCall) -> Task {
    let (change, next) = intent_of(task, call, PLENTY);
    store.commit(change).await.unwrap();
    next
}

async fn a_cost_outlives_a_move_that_did_not_know_of_it(store: &impl Store) {
    let task = accepted(store, "costs", 0).await;
    let call = a_call("costs", 1);
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
    let (first, second) = (a_call("calls", 1), a_call("calls", 2));
    let next = intended(store, &task, &first).await;
    let next = intended(store, &next, &second).await;
    let tokens = Tokens { input: 10, output: 20 };
    let used =
        |call: &ModelCall, micros| call.answered(Some(tokens), MicroUsd::from_micros(micros), "cd".into(), WAITED);
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

async fn a_cap_refuses_before_the_call_and_leaves_nothing(store: &impl Store) {
    let micros = MicroUsd::from_micros;
    let task = accepted(store, "capped", 0).await;
    let refused = async |task: &Task, id, caps| {
        let (change, _) = intent_of(task, &a_call("capped", id), caps);
        match store.commit(change).await {
            Err(CommitError::OverBudget(cap)) => cap,
            other => panic!("{other:?}"),
        }
    };
    // Nothing is spent yet, and one call alone is too much.
    assert_eq!(refused(&task, 1, Caps { day: micros(499), ..PLENTY }).await, Cap::Day);
    assert_eq!(refused(&task, 1, Caps { month: micros(499), ..PLENTY }).await, Cap::Month);
    // To the last micro-dollar, and not one more.
    let exactly = Caps { day: micros(1000), ..PLENTY };
    let (change, next) = intent_of(&task, &a_call("capped", 1), exactly);
    store.commit(change).await.unwrap();
    let (change, next) = intent_of(&next, &a_call("capped", 2), exactly);
    store.commit(change).await.unwrap();
    assert_eq!(refused(&next, 3, exactly).await, Cap::Day);
    assert_eq!(refused(&next, 3, Caps { month: micros(1499), ..PLENTY }).await, Cap::Month);
    assert_eq!(present(store, &task).await.version, next.version);
    assert_eq!(store.calls(&task.id, 9, None).await.unwrap().items.len(), 2);
    assert_eq!(store.spending(&tenant("capped"), day_of(now())).await.unwrap().month, micros(1000));
    // What a settlement gives back can be spent again.
    let settled = a_call("capped", 1).failed(Spent::Nothing, "refused", WAITED);
    store.settle(&task.id, &settled).await.unwrap();
    let (change, _) = intent_of(&next, &a_call("capped", 3), exactly);
    store.commit(change).await.unwrap();
}

async fn what_costs_nothing_has_tokens_for_a_day_and_no_more(store: &impl Store) {
    let free = |id, tokens| {
        let call = a_call("free", id);
        let quote = Quote { reserved: MicroUsd::ZERO, reserved_tokens: tokens, ..call.quote };
        ModelCall { quote, cost: MicroUsd::ZERO, ..call }
    };
    let caps = Caps { tokens: 1000, ..PLENTY };
    let (task, of) = (accepted(store, "free", 0).await, tenant("free"));
    let used = async || store.spending(&of, day_of(now())).await.unwrap().tokens_on(day_of(now()));
    let refused = async |task: &Task, call: ModelCall| {
        let refused = store.commit(intent_of(task, &call, caps).0).await;
        assert!(matches!(refused, Err(CommitError::OverBudget(Cap::Tokens))), "{refused:?}");
    };
    // Nothing is used yet, and one call alone is too much.
    refused(&task, free(1, 1001)).await;
    let (first, second) = (free(1, 600), free(2, 400));
    let (change, next) = intent_of(&task, &first, caps);
    store.commit(change).await.unwrap();
    refused(&next, free(3, 401)).await;
    let (change, next) = intent_of(&next, &second, caps);
    store.commit(change).await.unwrap();
    assert_eq!(used().await, 1000, "to the last one");
    refused(&next, free(3, 1)).await;
    // What a call with a price takes is not counted.
    let paid = ModelCall { tenant: of.clone(), ..a_call("free", 4) };
    let (change, next) = intent_of(&next, &paid, caps);
    store.commit(change).await.unwrap();
    // As reported; and what nobody reported stays at its reserve.
    let tokens = Tokens { input: 30, output: 70 };
    let answered = first.answered(Some(tokens), MicroUsd::ZERO, "cd".into(), WAITED);
    store.settle(&task.id, &answered).await.unwrap();
    store.settle(&task.id, &answered).await.unwrap();
    store.settle(&task.id, &second.answered(None, MicroUsd::ZERO, "cd".into(), WAITED)).await.unwrap();
    assert_eq!(used().await, 100 + 400);
    assert_eq!(
        store.calls(&task.id, 9, None).await.unwrap().items.last(),
        Some(&ModelCall { outcome: answered.outcome.clone(), ..first })
    );
    let (change, _) = intent_of(&next, &free(5, 500), caps);
    store.commit(change).await.unwrap();
}

async fn what_is_counted_is_what_the_calls_cost(store: &impl Store) {
    let micros = MicroUsd::from_micros;
    let (task, other) = (accepted(store, "counted", 0).await, accepted(store, "counted", 1).await);
    let first = a_call("counted", 1);
    let second = ModelCall { phase: Phase::Assess, at: later(86_400), ..a_call("counted", 2) };
    let third = ModelCall { quote: Quote { model: "n".into(), ..first.quote.clone() }, ..a_call("counted", 3) };
    let next = intended(store, &task, &first).await;
    intended(store, &next, &second).await;
    intended(store, &other, &third).await;
    store.settle(&task.id, &first.answered(None, micros(120), "cd".into(), WAITED)).await.unwrap();
    store.settle(&task.id, &first.answered(None, micros(120), "cd".into(), WAITED)).await.unwrap();
    let (today, tomorrow) = (day_of(now()), day_of(later(86_400)));
    let costs = async |by, from, to| {
        let lines = store.costs(&tenant("counted"), by, from, to).await.unwrap();
        lines.into_iter().map(|(value, line)| (value, line.cost.micros(), line.calls)).collect::<Vec<_>>()
    };
    let line = |value: &str, cost, calls| (value.to_owned(), cost, calls);
    assert_eq!(costs(CostBy::Model, today, tomorrow).await, [line("p/m", 620, 2), line("p/n", 500, 1)]);
    assert_eq!(costs(CostBy::Phase, today, tomorrow).await, [line("assess", 500, 1), line("draft", 620, 2)]);
    assert_eq!(costs(CostBy::Phase, today, today).await, [line("draft", 620, 2)]);
    let by_task = costs(CostBy::Task, today, tomorrow).await;
    assert!(by_task.contains(&line(task.id.as_str(), 620, 2)) && by_task.len() == 2, "{by_task:?}");
    let days = [line(&today.to_string(), 620, 0), line(&tomorrow.to_string(), 500, 0)];
    assert_eq!(costs(CostBy::Day, today, tomorrow).await, days);
    let weeks_later = ModelCall { at: later(40 * 86_400), ..a_call("counted", 4) };
    intended(store, &present(store, &other).await, &weeks_later).await;
    let then = day_of(weeks_later.at);
    assert_eq!(costs(CostBy::Day, tomorrow, then).await, [days[1].clone(), line(&then.to_string(), 500, 0)]);
    let nobody = store.costs(&tenant("counted-rival"), CostBy::Model, today, tomorrow).await.unwrap();
    assert_eq!(nobody.into_values().collect::<Vec<CostLine>>(), []);
}

async fn an_alert_is_noted_once_for_each_level(store: &impl Store) {
    let (of, day) = (tenant("alerted"), day_of(now()));
    let note = async |cap, level| store.note_alert(&of, cap, day, level).await.unwrap();
    assert!(note(Cap::Day, 80).await);
    assert!(!note(Cap::Day, 80).await);
    assert!(note(Cap::Month, 80).await, "a month's alert is another");
    assert!(note(Cap::Tokens, 80).await, "so is the tokens'");
    assert!(note(Cap::Day, 100).await);
    assert!(!note(Cap::Day, 90).await, "less than what was said already is no news");
    assert_eq!(store.spending(&of, day).await.unwrap().month, MicroUsd::ZERO);
}
