//! What is due, and corrections of the ledger.

use galley_domain::{
    kernel::{ids::TenantId, usd::MicroUsd},
    models::price::Tokens,
    money::{
        budget::{CostBy, day_of},
        ledger::{ModelCall, Quote},
    },
    operations::correction::{Asked, CorrectError, Correction, correct},
    queue::message::Kind,
    task::{
        audit::{Actor, AuditEvent},
        store::CommitError,
    },
};
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{change, context, operating, tenant},
    clock::TestClock,
    contract::{
        money::{WAITED, a_call, intended},
        steps::{accepted, due_of, later, now, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    what_is_due_pages_without_gaps(store).await;
    only_what_has_a_next_step_is_due(store).await;
    a_correction_moves_all_that_counts_the_call(store).await;
    a_correction_is_booked_on_the_tasks_tenant(store).await;
    a_correction_moves_the_days_tokens_of_what_money_does_not_bound(store).await;
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

async fn a_correction_moves_all_that_counts_the_call(store: &impl Store) {
    let micros = MicroUsd::from_micros;
    let (task, of, clock) =
        (accepted(store, "corrected", 0).await, tenant("corrected"), TestClock::at("2026-11-20T12:30:00Z"));
    let asked =
        |cost: &str| serde_json::from_value::<Asked>(json!({"cost_usd": cost, "reason": "the bill says so"})).unwrap();
    let correct = async |call: u128, cost: &str| {
        let which = (&task.id, Uuid::from_u128(call));
        correct(store, &clock, &operating(), which, asked(cost)).await
    };
    let stands = async || {
        let (by_task, spent) =
            (present(store, &task).await.cost_usd(), store.spending(&of, day_of(now())).await.unwrap());
        let sum: MicroUsd = store.calls(&task.id, 9, None).await.unwrap().items.iter().map(|call| call.cost).sum();
        for by in [CostBy::Model, CostBy::Phase, CostBy::Task] {
            let lines = store.costs(&of, by, day_of(now()), day_of(now())).await.unwrap();
            assert_eq!(lines.into_values().map(|line| line.cost).sum::<MicroUsd>(), by_task, "{by:?}");
        }
        assert_eq!((sum, spent.month, spent.on(day_of(now()))), (by_task, by_task, by_task));
        by_task
    };
    let (first, second) = (a_call("corrected", 1), a_call("corrected", 2));
    let next = intended(store, &task, &first).await;
    intended(store, &next, &second).await;
    // As a release wrote it that believed every report.
    let absurd = first.answered(None, micros(u64::MAX / 4), "cd".into(), WAITED);
    store.settle(&task.id, &absurd).await.unwrap();
    assert!(matches!(correct(9, "0.01").await, Err(CorrectError::NotFound)));
    assert!(matches!(correct(2, "0.01").await, Err(CorrectError::UnderWay)), "its worker may come back");
    let corrected = correct(1, "0.0003").await.unwrap();
    assert_eq!(corrected.cost, micros(300));
    assert_eq!(store.call(&task.id, first.id).await.unwrap(), Some(corrected.clone()));
    assert_eq!(corrected.corrected.unwrap().was_usd, micros(u64::MAX / 4));
    assert_eq!(stands().await, micros(300 + 500));
    // The same again is nothing new, and upwards is as good as downwards.
    correct(1, "0.0003").await.unwrap();
    correct(1, "0.0009").await.unwrap();
    assert_eq!(stands().await, micros(900 + 500));
    let events = store.events(&task.id, 9, None).await.unwrap().items;
    let told: Vec<_> = events.iter().filter(|event| event.event == "cost_corrected").collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|event| event.actor == Actor::Operator), "the operator is none of the tenant's people");
    assert!(told.iter().all(|event| event.reason.as_ref().unwrap().as_str().ends_with("the bill says so")));
    // What was abandoned is nobody's to settle any more.
    clock.advance(SignedDuration::from_hours(1));
    correct(2, "0").await.unwrap();
    store.settle(&task.id, &second.answered(None, micros(77), "cd".into(), WAITED)).await.unwrap();
    assert_eq!(stands().await, micros(900));
    // Of two operators one wins.
    let was = store.call(&task.id, first.id).await.unwrap().unwrap();
    let stale = Correction {
        task: task.id.clone(),
        now: ModelCall { cost: micros(1), ..was.clone() },
        was: ModelCall { cost: micros(2), ..was },
        event: AuditEvent { id: Uuid::from_u128(77), ..told[0].clone() },
    };
    assert!(matches!(store.correct(&stale).await, Err(CommitError::Stale)));
    assert_eq!(stands().await, micros(900));
}

/// As a call of an earlier release is read, which names no tenant.
async fn a_correction_is_booked_on_the_tasks_tenant(store: &impl Store) {
    let (task, of, system) = (accepted(store, "an-old-call", 0).await, tenant("an-old-call"), tenant(TenantId::SYSTEM));
    let old = a_call(TenantId::SYSTEM, 1);
    intended(store, &task, &old).await;
    store.settle(&task.id, &old.answered(None, MicroUsd::from_micros(500), "cd".into(), WAITED)).await.unwrap();
    let systems = store.spending(&system, day_of(now())).await.unwrap().month;
    let asked = serde_json::from_value::<Asked>(json!({"cost_usd": "0.0009", "reason": "the bill says so"})).unwrap();
    let clock = TestClock::at("2026-11-20T12:30:00Z");
    let corrected = correct(store, &clock, &operating(), (&task.id, old.id), asked).await.unwrap();
    assert_eq!(corrected.tenant, of);
    assert_eq!(store.spending(&of, day_of(now())).await.unwrap().month, MicroUsd::from_micros(400));
    assert_eq!(store.spending(&system, day_of(now())).await.unwrap().month, systems);
}

async fn a_correction_moves_the_days_tokens_of_what_money_does_not_bound(store: &impl Store) {
    let (task, of) = (accepted(store, "tokens-corrected", 0).await, tenant("tokens-corrected"));
    let clock = TestClock::at("2026-11-20T12:30:00Z");
    let free = |id| {
        let call = a_call("tokens-corrected", id);
        let quote = Quote { reserved: MicroUsd::ZERO, reserved_tokens: 900, ..call.quote.clone() };
        ModelCall { quote, cost: MicroUsd::ZERO, ..call }
    };
    let correct = async |id: u128, asked: serde_json::Value| {
        clock.advance(SignedDuration::from_secs(1));
        let asked = serde_json::from_value::<Asked>(asked).unwrap();
        correct(store, &clock, &operating(), (&task.id, Uuid::from_u128(id)), asked).await
    };
    let used = async || store.spending(&of, day_of(now())).await.unwrap().tokens_on(day_of(now()));
    let to = |tokens: u64| json!({"cost_usd": "0", "tokens": tokens, "reason": "the server's log says so"});
    let (unreported, reported, paid) = (free(1), free(2), a_call("tokens-corrected", 3));
    let next = intended(store, &task, &unreported).await;
    let next = intended(store, &next, &reported).await;
    intended(store, &next, &paid).await;
    let tokens = Tokens { input: 100, output: 50 };
    for settlement in [
        unreported.answered(None, MicroUsd::ZERO, "cd".into(), WAITED),
        reported.answered(Some(tokens), MicroUsd::ZERO, "cd".into(), WAITED),
        paid.answered(Some(tokens), MicroUsd::from_micros(500), "cd".into(), WAITED),
    ] {
        store.settle(&task.id, &settlement).await.unwrap();
    }
    assert_eq!(used().await, 900 + 150);
    let in_no_day = json!({"cost_usd": "0.0009", "tokens": 7, "reason": "the bill says so"});
    assert!(matches!(correct(3, in_no_day).await, Err(CorrectError::TokensNotCounted)));
    let first = correct(1, to(200)).await.unwrap();
    assert_eq!((first.corrected.as_ref().unwrap().tokens, used().await), (Some(200), 200 + 150));
    correct(1, to(200)).await.unwrap();
    correct(2, to(400)).await.unwrap();
    assert_eq!(used().await, 200 + 400);
    // The cost alone leaves what was said of the tokens.
    correct(1, json!({"cost_usd": "0.0001", "reason": "the server is not free"})).await.unwrap();
    assert_eq!((used().await, store.spending(&of, day_of(now())).await.unwrap().month.micros()), (600, 100 + 500));
    let second = correct(1, json!({"cost_usd": "0.0001", "tokens": 0, "reason": "it never ran"})).await.unwrap();
    assert_eq!(used().await, 400);
    // Whoever read it before that changes nothing, though the cost is the same.
    let event = store.events(&task.id, 1, None).await.unwrap().items.remove(0);
    let stale = Correction {
        task: task.id.clone(),
        now: second.clone(),
        was: ModelCall { corrected: first.corrected, ..second },
        event: AuditEvent { id: Uuid::from_u128(78), ..event },
    };
    assert!(matches!(store.correct(&stale).await, Err(CommitError::Stale)));
    assert_eq!(used().await, 400);
}
