//! Events on their way out.

use galley_domain::{
    idempotency::claim::{Claim, ClaimError, Claimed, SavedResponse},
    kernel::ids::IdempotencyKey,
    outbox::deliver::{Delivery, DeliveryState, Try},
    queue::message::Kind,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{a_task, change, context, subject},
    contract::{
        steps::{due_of, later},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_change_of_state_leaves_a_delivery(store).await;
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
    a_redelivery_is_written_with_its_claim(store, &first).await;
}

async fn a_redelivery_is_written_with_its_claim(store: &impl Store, delivery: &Delivery) {
    let key = IdempotencyKey::new("again").unwrap();
    let claim = Claim::new(&delivery.tenant, &subject("ana"), "POST", "/redeliver", &key, b"");
    let saved = SavedResponse { status: 202, location: None, etag: None, body: "{}".into() };
    let record = || Some(claim.clone().record(saved.clone(), later(9)));
    let again = Delivery { version: 3, next_at: Some(later(9)), ..delivery.clone() };
    assert!(!store.redeliver(&again, 1, record()).await.unwrap());
    assert_eq!(store.claimed(&claim, later(9)).await.unwrap(), None, "nothing was written");
    assert!(store.redeliver(&again, 2, record()).await.unwrap());
    let repeated = store.redeliver(&Delivery { version: 4, ..again.clone() }, 3, record()).await;
    assert!(matches!(repeated, Err(ClaimError::Claimed(Claimed::Replay(_)))), "{repeated:?}");
    assert_eq!(store.delivery(&delivery.task, delivery.id).await.unwrap(), Some(again));
}
