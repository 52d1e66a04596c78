//! Claims.

use galley_domain::{
    idempotency::claim::{Claim, Claimed, SavedResponse},
    kernel::ids::IdempotencyKey,
    task::store::CommitError,
};

use crate::{
    build::{a_task, subject, tenant},
    contract::{
        steps::{later, now},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_claim_is_replayed_reused_or_expired(store).await;
}

async fn a_claim_is_replayed_reused_or_expired(store: &impl Store) {
    let claim = |body: &str| {
        let key = IdempotencyKey::new("k").unwrap();
        Claim::new(&tenant("claims"), &subject("ana"), "POST", "/x", &key, body.as_bytes())
    };
    let saved = SavedResponse { status: 201, location: Some("/l".into()), etag: None, body: "{}".into() };
    let acceptance = |number, body: &str, at| {
        let mut acceptance = a_task().of("claims").number(number).at(at).accepted();
        acceptance.claim = Some(claim(body).record(saved.clone(), at));
        acceptance
    };
    assert_eq!(store.claimed(&claim("a"), now()).await.unwrap(), None);
    store.accept(acceptance(1, "a", now())).await.unwrap();
    match store.accept(acceptance(2, "a", later(1))).await {
        Err(CommitError::Claimed(Claimed::Replay(again))) => assert_eq!(again, saved),
        other => panic!("{other:?}"),
    }
    let reused = store.accept(acceptance(3, "b", later(1))).await;
    assert!(matches!(reused, Err(CommitError::Claimed(Claimed::KeyReused))), "{reused:?}");
    assert_eq!(store.claimed(&claim("b"), later(1)).await.unwrap(), Some(Claimed::KeyReused));
    let next_day = later(25 * 3600);
    assert_eq!(store.claimed(&claim("b"), next_day).await.unwrap(), None);
    store.accept(acceptance(4, "b", next_day)).await.unwrap();
}
