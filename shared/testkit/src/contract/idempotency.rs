//! Claims.

use galley_domain::{
    access::{keys::StoredKey, role::Role},
    idempotency::claim::{Claim, ClaimError, Claimed, KEPT, SavedResponse},
    kernel::ids::{Generation, IdempotencyKey, KeyId, SourceId},
    task::store::CommitError,
    webhooks::source::{Rotating, RotationStart, Source, SourceName},
};

use crate::{
    build::{a_task, principal, subject, tenant},
    contract::{
        steps::{later, now},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_claim_is_replayed_reused_or_expired(store).await;
    nothing_is_made_beside_a_claim_that_was_taken(store).await;
}

/// What belongs to no task is written with its claim, or not at all.
async fn nothing_is_made_beside_a_claim_that_was_taken(store: &impl Store) {
    let claim = |name: &str, body: &str| {
        let key = IdempotencyKey::new(name).unwrap();
        Claim::new(&tenant("claims"), &subject("ana"), "POST", "/things", &key, body.as_bytes())
    };
    let saved = SavedResponse { status: 201, location: None, etag: None, body: "{}".into() };
    let record = |name: &str, body: &str| Some(claim(name, body).record(saved.clone(), now()));
    let taken = |written: Result<(), ClaimError>, by: Claimed| match written {
        Err(ClaimError::Claimed(claimed)) => assert_eq!(claimed, by),
        other => panic!("{other:?}"),
    };
    let replay = Claimed::Replay(saved.clone());

    let key = |digit: &str| StoredKey {
        id: KeyId::new(digit.repeat(64)).unwrap(),
        ..StoredKey::new(digit, principal(Role::Editor), now())
    };
    store.put_key(key("1"), record("key", "a")).await.unwrap();
    taken(store.put_key(key("2"), record("key", "a")).await, replay.clone());
    taken(store.put_key(key("2"), record("key", "b")).await, Claimed::KeyReused);
    assert_eq!(store.key(&key("2").id).await.unwrap(), None);

    store.keep_claim(claim("alone", "a").record(saved.clone(), now())).await.unwrap();
    taken(store.keep_claim(claim("alone", "b").record(saved.clone(), now())).await, Claimed::KeyReused);
    assert_eq!(store.claimed(&claim("alone", "a"), now()).await.unwrap(), Some(replay.clone()));

    let source = |id: &str| Source {
        name: SourceName::Own { tenant: tenant("claims"), source: SourceId::new(id).unwrap() },
        tenant: tenant("claims"),
        ..Source::built_in(&tenant("claims")).unwrap()
    };
    assert!(store.make_source(source("one"), record("source", "a")).await.unwrap());
    taken(store.make_source(source("two"), record("source", "a")).await.map(|_| ()), replay.clone());
    assert!(!store.make_source(source("one"), record("free", "a")).await.unwrap());
    let (one, generation) = (source("one"), Generation::of([1; 32]));
    let rotation = Rotating { generation: generation.clone(), until: later(30) };
    let begin = async |claim: Claim| store.begin_rotation(&one, &rotation, Some(&claim), now()).await;
    for (body, by) in [("a", replay.clone()), ("b", Claimed::KeyReused)] {
        taken(begin(claim("source", body)).await.map(|_| ()), by);
    }
    let over = later(KEPT.as_secs());
    assert_eq!(begin(claim("rotate", "a")).await.unwrap(), RotationStart::Alone, "what was refused has begun nothing");
    assert_eq!(begin(claim("rotate", "a")).await.unwrap(), RotationStart::Elsewhere);
    let late = Rotating { until: later(KEPT.as_secs() + 30), ..rotation.clone() };
    let after = store.begin_rotation(&one, &late, Some(&claim("source", "a")), over).await;
    assert_eq!(after.unwrap(), RotationStart::Alone, "a key that has expired is free");
    let rotated = |name: &'static str| store.keep_secret_generation(&one, &generation, record(name, "a"));
    taken(rotated("source").await.map(|_| ()), replay.clone());
    let names = [source("one").name, source("two").name];
    let found = store.look_up(&names, Some(&claim("source", "a")), now()).await.unwrap();
    assert_eq!((found.sources, found.claimed), (vec![source("one")], Some(replay)), "neither another nor a new secret");
    assert!(rotated("rotate").await.unwrap());
    let found = store.look_up(&names, Some(&claim("free", "a")), now()).await.unwrap();
    assert_eq!((found.sources.len(), found.claimed), (1, None), "a name that was taken takes no key");
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
