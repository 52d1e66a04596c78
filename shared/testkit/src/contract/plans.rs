//! Addresses of calendars: kept once, read by their id, removed by their tenant alone.

use galley_domain::{
    idempotency::claim::{Claim, ClaimError, SavedResponse},
    kernel::ids::{FeedId, IdempotencyKey},
    plans::feed::{Feed, FeedName, id_of},
};

use crate::{
    build::{subject, tenant},
    contract::{
        steps::{later, now},
        store::Store,
    },
};

fn feed(of: &str, digit: char, seconds: i64) -> Feed {
    Feed {
        id: id_of(&format!("galley_feed_{}", digit.to_string().repeat(64))).unwrap(),
        tenant: tenant(of),
        name: FeedName::try_from("The desk".to_owned()).unwrap(),
        created_at: later(seconds),
    }
}

pub(super) async fn holds_for(store: &impl Store) {
    let (first, second, others) = (feed("feeds", '1', 0), feed("feeds", '2', 1), feed("feeds-other", '3', 2));
    let key = IdempotencyKey::new("make-it").unwrap();
    let claim = Claim::new(&tenant("feeds"), &subject("ana"), "POST", "/feeds", &key, b"");
    let claim = claim.record(SavedResponse { status: 201, location: None, etag: None, body: "{}".into() }, now());
    store.make_feed(&first, Some(claim.clone())).await.unwrap();
    let repeated = store.make_feed(&second, Some(claim)).await;
    assert!(matches!(repeated, Err(ClaimError::Claimed(_))), "{repeated:?}");
    assert_eq!(store.feed(&second.id).await.unwrap(), None, "nothing of it was written");
    store.make_feed(&second, None).await.unwrap();
    store.make_feed(&others, None).await.unwrap();
    assert_eq!(store.feed(&first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.feeds(&tenant("feeds")).await.unwrap(), [second.clone(), first.clone()]);
    let nobodys = FeedId::new("0".repeat(64)).unwrap();
    assert_eq!(store.feed(&nobodys).await.unwrap(), None);
    assert!(!store.remove_feed(&tenant("feeds"), &nobodys).await.unwrap());
    assert!(!store.remove_feed(&tenant("feeds"), &others.id).await.unwrap(), "another tenant's stays");
    assert!(store.remove_feed(&tenant("feeds"), &first.id).await.unwrap());
    assert!(!store.remove_feed(&tenant("feeds"), &first.id).await.unwrap());
    assert_eq!(store.feeds(&tenant("feeds")).await.unwrap(), [second]);
    assert_eq!(store.feeds(&tenant("feeds-other")).await.unwrap(), [others]);
}
