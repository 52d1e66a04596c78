//! Events on their way out.

use std::collections::BTreeSet;

use galley_domain::{
    content::kind::TaskType,
    idempotency::claim::{Claim, ClaimError, Claimed, SavedResponse},
    kernel::ids::{Generation, IdempotencyKey, ListenerName, TargetName},
    outbox::{
        deliver::{Delivery, DeliveryState, Try},
        listen::Heard,
        placement::{Fidelity, Placement, PlacementState, Remote, Stage, Wanted},
        port::RemoteId,
        target::{Pause, Target},
        trouble::Why,
    },
    queue::message::Kind,
    task::{
        record::{Live, Task},
        state::TaskState,
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{a_target, a_task, change, context, subject, tenant},
    contract::{
        steps::{due_of, later},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_change_of_state_leaves_a_delivery(store).await;
    a_publication_leaves_a_placement_for_each_target(store).await;
    a_target_stands_in_the_directory_of_its_tenant(store).await;
    a_change_of_state_is_kept_for_whoever_listens(store).await;
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

async fn a_publication_leaves_a_placement_for_each_target(store: &impl Store) {
    let (of, blog, wiki) = ("placements", target_name("blog"), target_name("wiki"));
    let accepted = a_task().of(of).asking(json!({"publish_to": ["wiki", "blog"]})).at(later(0)).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    assert!(store.placements(&task.id).await.unwrap().is_empty());

    let approved = Task { state: TaskState::Approved, ..claimed.0.clone() };
    let live = Live::article("a-title".parse().unwrap(), 1, later(2));
    let published = change(&claimed.0, approved.published(live, &context(later(2))).unwrap());
    let expected = Placement::of(&published.task, &published.events);
    let live = published.task.clone();
    store.commit(published).await.unwrap();
    let placed = store.placements(&task.id).await.unwrap();
    assert_eq!(placed, expected);
    assert_eq!(placed.iter().map(|one| &one.target).collect::<Vec<_>>(), [&blog, &wiki], "by their names");
    let due = async || {
        let mut all = due_of(store, of, later(600)).await;
        all.retain(|due| due.message.kind == Kind::Place);
        all
    };
    let found = due().await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|due| due.message == placed[0].message()));
    assert!(store.postpone(&found[0], later(3600)).await.unwrap());

    // Written over what was read, or not at all.
    let done = Placement {
        state: PlacementState::Placed,
        remote: Some(a_copy()),
        attempts: 3,
        last_error: Some(Why::Timeout),
        next_at: None,
        version: 2,
        ..placed[0].clone()
    };
    assert!(!store.keep_placement(&done, 2).await.unwrap());
    assert!(store.keep_placement(&done, 1).await.unwrap());
    assert_eq!(store.placement(&task.id, &blog).await.unwrap(), Some(done.clone()));
    assert_eq!(due().await.len(), 1);

    // Another change wants something else, and what is known of the copy stays.
    let unpublished = change(&live, live.unpublished(None, &context(later(9))).unwrap());
    let event = unpublished.events[0].clone();
    store.commit(unpublished).await.unwrap();
    let wanting = done.wanting(Wanted::Gone, later(9), &event.trace_id);
    let last_error = wanting.last_error;
    assert_eq!(store.placement(&task.id, &blog).await.unwrap(), Some(Placement { last_error, ..wanting.clone() }));
    assert_eq!(due().await.len(), 2);

    a_retry_is_written_with_its_claim(store, &wanting).await;
}

async fn a_retry_is_written_with_its_claim(store: &impl Store, wanting: &Placement) {
    let key = IdempotencyKey::new("again").unwrap();
    let claim = Claim::new(&wanting.tenant, &subject("ana"), "POST", "/retry", &key, b"");
    let saved = SavedResponse { status: 202, location: None, etag: None, body: "{}".into() };
    let record = || Some(claim.clone().record(saved.clone(), later(9)));
    let again = Placement { version: wanting.version + 1, counted: 0, ..wanting.clone() };
    assert!(!store.replace_placement(&again, 1, record()).await.unwrap());
    assert!(store.replace_placement(&again, wanting.version, record()).await.unwrap());
    let repeated = store.replace_placement(&again, again.version, record()).await;
    assert!(matches!(repeated, Err(ClaimError::Claimed(Claimed::Replay(_)))), "{repeated:?}");
}

fn a_copy() -> Remote {
    Remote {
        site: Generation::of([3; 32]),
        id: RemoteId("7".to_owned()),
        url: Some("https://blog.example.com/a-title".to_owned()),
        stage: Stage::Public,
        fingerprint: "f".to_owned(),
        fidelity: Fidelity::Same,
        writing: None,
    }
}

fn target_name(name: &str) -> TargetName {
    TargetName::new(name).unwrap()
}

async fn a_target_stands_in_the_directory_of_its_tenant(store: &impl Store) {
    let of = tenant("targets");
    let target = |name: &str, of: &str| {
        let default_for = [TaskType::BlogPost].into();
        Target { tenant: tenant(of), default_for, ..a_target(name) }
    };
    let directory = async || store.settings(&of).await.unwrap().targets.0;
    assert!(directory().await.is_empty());
    let (blog, wiki) = (target("blog", "targets"), target("a-wiki", "targets"));
    assert!(store.make_target(&blog, None).await.unwrap());
    assert!(!store.make_target(&Target { version: 9, ..blog.clone() }, None).await.unwrap(), "the name is taken");
    assert!(store.make_target(&wiki, None).await.unwrap());
    assert!(store.make_target(&target("blog", "rival"), None).await.unwrap(), "a name is a tenant's own");
    assert_eq!(store.targets(&of).await.unwrap(), [wiki.clone(), blog.clone()]);
    assert_eq!(directory().await.keys().collect::<Vec<_>>(), [&wiki.name, &blog.name]);

    let pause = Some(Pause { since: later(5), because: Some(Why::CredentialsRefused) });
    let paused = Target { pause, failures: 5, default_for: BTreeSet::new(), version: 2, ..blog.clone() };
    assert!(!store.keep_target(&paused, 2).await.unwrap());
    assert!(store.keep_target(&paused, 1).await.unwrap());
    assert_eq!(store.target(&of, &blog.name).await.unwrap(), Some(paused.clone()));
    assert!(directory().await[&blog.name].is_empty());

    assert!(!store.remove_target(&blog).await.unwrap(), "it has changed since");
    assert!(store.remove_target(&paused).await.unwrap());
    assert_eq!(store.target(&of, &blog.name).await.unwrap(), None);
    assert_eq!(directory().await.keys().collect::<Vec<_>>(), [&wiki.name]);
    assert!(store.target(&tenant("rival"), &blog.name).await.unwrap().is_some());
}

async fn a_change_of_state_is_kept_for_whoever_listens(store: &impl Store) {
    let (of, laptop) = (tenant("listeners"), ListenerName::new("laptop").unwrap());
    let accepted = a_task()
        .of("listeners")
        .asking(json!({"callback_url": "https://listen.galley.invalid/laptop"}))
        .at(later(0))
        .accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let heard = async |limit, after| store.heard(&of, &laptop, limit, after).await.unwrap();
    assert!(heard(10, None).await.is_empty());
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let (generating, first) = (claimed.task.clone(), Heard::of(&claimed.task, &claimed.events[0]).unwrap());
    store.commit(claimed).await.unwrap();
    let cancelled = change(&generating, generating.cancelled(None, &context(later(2))).unwrap());
    let second = Heard::of(&cancelled.task, &cancelled.events[0]).unwrap();
    store.commit(cancelled).await.unwrap();
    assert_eq!(heard(10, None).await, [first.clone(), second.clone()], "the oldest first");
    assert_eq!(heard(1, None).await, std::slice::from_ref(&first));
    assert_eq!(heard(10, Some(first.id)).await, std::slice::from_ref(&second));
    assert!(heard(10, Some(second.id)).await.is_empty());
    assert!(store.deliveries(&task.id, 10, None).await.unwrap().items.is_empty(), "nothing is sent");
    assert!(store.heard(&tenant("rival"), &laptop, 10, None).await.unwrap().is_empty());
    assert!(store.heard(&of, &ListenerName::new("another").unwrap(), 10, None).await.unwrap().is_empty());
}
