//! Tries that are counted before they are made, and what was given up.

use galley_domain::{
    idempotency::receipt::{Receipt, ReceiptOutcome},
    kernel::ids::{Generation, SourceId, SourceKey, TenantId, WebhookId},
    queue::{
        message::{Kind, Message},
        tries::Ended,
    },
    webhooks::receive::Received,
};

use crate::{
    build::{a_task, change, context, tenant, trace},
    contract::{
        steps::{due_of, later, now},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_receipt_is_abandoned_and_reopened(store).await;
    a_move_has_the_tries_begin_anew(store).await;
    what_was_given_up_is_listed_until_it_is_forgotten(store).await;
}

fn receipt() -> Receipt {
    let source = SourceId::new("poison").unwrap();
    Receipt {
        key: SourceKey::of(&source, Some(&Generation::of([9; 32]))),
        source,
        id: WebhookId::new("e1").unwrap(),
        tenant: tenant("abandoned"),
        event_type: "content.requested".into(),
        payload: Some("{}".into()),
        outcome: ReceiptOutcome::Received,
        received_at: now(),
        expires: true,
        trace_id: trace(),
    }
}

fn message(kind: Kind, of: &str, id: &str) -> Message {
    Message::new(kind, TenantId::new(of).unwrap(), id, trace())
}

async fn a_receipt_is_abandoned_and_reopened(store: &impl Store) {
    let receipt = receipt();
    let (key, id) = (receipt.key.clone(), receipt.id.clone());
    let of = |of: &str| message(Kind::Webhook, of, &receipt.message_id());
    assert_eq!(store.begin(&of("abandoned")).await.unwrap(), None, "it is not there yet");
    assert_eq!(store.receive(receipt.clone(), Some(later(60))).await.unwrap(), Received::First);
    assert_eq!(store.begin(&of("rival")).await.unwrap(), None);
    for nth in 1..=3 {
        assert_eq!(store.begin(&of("abandoned")).await.unwrap(), Some(nth));
    }
    let read = store.receipt(&key, &id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&receipt), "what is counted changes nothing else");
    for _ in 0..5 {
        store.take_back(&of("abandoned")).await.unwrap();
    }
    for nth in 1..=3 {
        assert_eq!(store.begin(&of("abandoned")).await.unwrap(), Some(nth), "there are no tries below none");
    }
    assert!(!store.reopen(&receipt, later(9)).await.unwrap(), "it is open");

    let outcome = ReceiptOutcome::Abandoned { tries: 3 };
    assert!(store.abandon(&receipt.done(outcome.clone()), later(8)).await.unwrap());
    assert!(!store.abandon(&receipt.done(outcome.clone()), later(8)).await.unwrap());
    let ended = store.receipt(&key, &id).await.unwrap().unwrap();
    assert_eq!((&ended.outcome, &ended.payload), (&outcome, &receipt.payload), "its text is kept");
    let listed = store.receipts(&tenant("abandoned"), &key, 10, None).await.unwrap().items;
    assert_eq!(listed, [ended.into()]);
    assert!(due_of(store, "abandoned", later(100)).await.is_empty());
    assert_eq!(store.begin(&of("abandoned")).await.unwrap(), None);

    assert!(store.reopen(&receipt, later(90)).await.unwrap());
    let open = store.receipt(&key, &id).await.unwrap().unwrap();
    assert_eq!(open, receipt);
    let listed = store.receipts(&tenant("abandoned"), &key, 10, None).await.unwrap().items;
    assert_eq!(listed, [open.into()]);
    assert_eq!(due_of(store, "abandoned", later(100)).await.len(), 1);
    assert_eq!(store.begin(&of("abandoned")).await.unwrap(), Some(1));
    store.finish(receipt.done(ReceiptOutcome::ignored("no such task"))).await.unwrap();
    assert!(!store.reopen(&receipt, later(90)).await.unwrap());
}

async fn a_move_has_the_tries_begin_anew(store: &impl Store) {
    let accepted = a_task().of("tried").at(now()).accepted();
    let task = accepted.task.clone();
    let publish = message(Kind::Publish, "tried", task.id.as_str());
    store.accept(accepted).await.unwrap();
    assert_eq!(store.begin(&publish).await.unwrap(), Some(1));
    assert_eq!(store.begin(&publish).await.unwrap(), Some(2));
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let generating = claimed.task.clone();
    // What was counted is in nobody's way.
    store.commit(claimed).await.unwrap();
    assert_eq!(store.begin(&publish).await.unwrap(), Some(1));
    let cancelled = change(&generating, generating.cancelled(None, &context(later(2))).unwrap());
    store.commit(cancelled).await.unwrap();
    assert_eq!(store.begin(&publish).await.unwrap(), None);
}

async fn what_was_given_up_is_listed_until_it_is_forgotten(store: &impl Store) {
    let ended = |id: &str, seconds| Ended::of(&message(Kind::Webhook, "abandoned", id), 10, later(seconds));
    let (first, second) = (ended("a#1", 1), ended("a#2", 2));
    assert_eq!(store.ended(&first.id).await.unwrap(), None);
    for one in [&first, &second, &second] {
        store.keep_ended(one).await.unwrap();
    }
    assert_eq!(store.ended(&first.id).await.unwrap(), Some(first.clone()));
    let page = store.all_ended(1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second));
    assert_eq!(store.all_ended(10, page.next).await.unwrap().items, std::slice::from_ref(&first));
    for one in [&first, &second, &second] {
        store.forget_ended(&one.id).await.unwrap();
    }
    assert!(store.all_ended(10, None).await.unwrap().items.is_empty());
}
