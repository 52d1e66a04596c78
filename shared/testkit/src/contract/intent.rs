//! Proposed work: kept under whoever wrote it.

use galley_domain::{
    access::role::{Principal, Role},
    idempotency::claim::{Claim, ClaimError, Claimed, SavedResponse},
    intent::{
        ask::ask,
        record::{Intent, NewIntent},
    },
    kernel::ids::{IdempotencyKey, IntentId},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{subject, tenant},
    contract::{
        steps::{later, now},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    an_intent_reads_as_it_was_written_and_under_no_other_name(store).await;
    an_intent_is_kept_once_under_a_key(store).await;
    intents_of_somebody_are_paged_and_removed_and_are_none_of_their_tasks(store).await;
}

fn an_intent(of: &str, who: &str, number: u128, text: &str) -> Intent {
    let by = Principal { tenant: tenant(of), subject: subject(who), role: Role::Author };
    let asked: NewIntent = serde_json::from_value(json!({"text": text, "zone": "Europe/Berlin"})).unwrap();
    ask(IntentId::from_uuid(Uuid::from_u128(number)), &by, asked, now())
}

async fn an_intent_reads_as_it_was_written_and_under_no_other_name(store: &impl Store) {
    let (of, ana) = (tenant("intent"), subject("ana"));
    let weekly = an_intent("intent", "ana", 1, "kindly three great posts a week about bread until June, 800 words");
    let asked = an_intent("intent", "ana", 2, "posts, \u{1f35e}?");
    assert_eq!((weekly.reading.proposals.len(), asked.reading.question.is_some()), (1, true));
    for intent in [&weekly, &asked] {
        store.make_intent(intent, None).await.unwrap();
        assert_eq!(store.intent(&of, &ana, &intent.id).await.unwrap().as_ref(), Some(intent));
        assert_eq!(store.intent(&of, &subject("ben"), &intent.id).await.unwrap(), None);
        assert_eq!(store.intent(&tenant("intent-other"), &ana, &intent.id).await.unwrap(), None);
    }
}

async fn an_intent_is_kept_once_under_a_key(store: &impl Store) {
    let (of, ana) = (tenant("intent-once"), subject("ana"));
    let key = IdempotencyKey::new("ask").unwrap();
    let claim = Claim::new(&of, &ana, "POST", "/intent", &key, b"a");
    let answer = SavedResponse { status: 201, location: None, etag: None, body: "{}".into() };
    let record = claim.record(answer.clone(), now());
    let (first, second) = (
        an_intent("intent-once", "ana", 1, "a post about bread"),
        an_intent("intent-once", "ana", 2, "a post about bread"),
    );
    store.make_intent(&first, Some(record.clone())).await.unwrap();
    let again = store.make_intent(&second, Some(record)).await;
    assert!(matches!(again, Err(ClaimError::Claimed(Claimed::Replay(saved))) if saved == answer));
    assert_eq!(store.intent(&of, &ana, &second.id).await.unwrap(), None);
}

async fn intents_of_somebody_are_paged_and_removed_and_are_none_of_their_tasks(store: &impl Store) {
    let (of, ana) = (tenant("intent-many"), subject("ana"));
    for number in 1..=3 {
        store.make_intent(&an_intent("intent-many", "ana", number, "a post about bread"), None).await.unwrap();
    }
    store.make_intent(&an_intent("intent-many", "ben", 4, "a post about bread"), None).await.unwrap();
    let first = store.intents_of(&of, &ana, 2, None).await.unwrap();
    let second = store.intents_of(&of, &ana, 2, first.next.clone()).await.unwrap();
    let ids: Vec<IntentId> = first.items.iter().chain(&second.items).map(|intent| intent.id.clone()).collect();
    assert_eq!(ids, (1..=3).map(|number| IntentId::from_uuid(Uuid::from_u128(number))).collect::<Vec<_>>());
    let tasks = store.tasks_of(&of, &ana, galley_domain::privacy::jobs::First::Oldest, 9, None).await.unwrap();
    assert_eq!(tasks.items, []);
    for id in &ids {
        store.remove_intent(&of, &ana, id).await.unwrap();
        store.remove_intent(&of, &ana, id).await.unwrap();
    }
    assert_eq!(store.intents_of(&of, &ana, 9, None).await.unwrap().items, []);
    assert_eq!(store.intents_of(&of, &subject("ben"), 9, None).await.unwrap().items.len(), 1);
    assert!(first.items.iter().all(|intent| intent.lasts(now()) && !intent.lasts(later(86_400))));
}
