//! What a draft leaves behind: breakers, answers, transcripts.

use std::collections::BTreeMap;

use galley_domain::{
    content::quality::Score,
    generation::{breaker::Breaker, transcript::Transcript},
    kernel::mask::Masked,
    tenancy::settings::{Overrides, Policy, Settings},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{a_task, tenant},
    contract::{
        steps::{later, now},
        store::Store,
    },
    tenants::{set_limits, set_own},
};

pub(super) async fn holds_for(store: &impl Store) {
    a_breaker_is_replaced_over_what_was_read(store).await;
    an_answer_is_its_tenants_alone_and_has_an_end(store).await;
    texts_are_kept_where_a_tenant_says_so(store).await;
}

async fn a_breaker_is_replaced_over_what_was_read(store: &impl Store) {
    let (breaker, version) = store.breaker("contract").await.unwrap();
    assert_eq!(breaker, Breaker::default());
    let failed = breaker.failed(now());
    assert!(store.keep_breaker("contract", &failed, version).await.unwrap());
    assert!(!store.keep_breaker("contract", &failed, version).await.unwrap());
    let (read, next) = store.breaker("contract").await.unwrap();
    assert_eq!(read, failed);
    assert!(store.keep_breaker("contract", &read.failed(later(1)), next).await.unwrap());
    assert_eq!(store.breaker("other").await.unwrap().0, Breaker::default());
    let all = store.breakers(&["contract", "other"]).await.unwrap();
    assert_eq!(all, BTreeMap::from([("contract".to_owned(), store.breaker("contract").await.unwrap().0)]));
}

async fn an_answer_is_its_tenants_alone_and_has_an_end(store: &impl Store) {
    let (one, other) = (tenant("answers-one"), tenant("answers-other"));
    assert_eq!(store.recall(&one, "k", later(0)).await.unwrap(), None);
    store.remember(&one, "k", "[1]", later(60)).await.unwrap();
    assert_eq!(store.recall(&one, "k", later(59)).await.unwrap().as_deref(), Some("[1]"));
    assert_eq!(store.recall(&one, "k", later(60)).await.unwrap(), None, "however long it lies there");
    assert_eq!(store.recall(&other, "k", later(0)).await.unwrap(), None);
    store.remember(&one, "k", "[2]", later(120)).await.unwrap();
    assert_eq!(store.recall(&one, "k", later(60)).await.unwrap().as_deref(), Some("[2]"));
}

async fn texts_are_kept_where_a_tenant_says_so(store: &impl Store) {
    let (one, other) = (tenant("texts-one"), tenant("texts-other"));
    let policy = async |of| store.settings(of).await.unwrap().policy;
    assert!(!policy(&one).await.keep_model_texts);
    let some: Overrides = serde_json::from_value(json!({"read_per_minute": 50, "usd_per_day": "1.50"})).unwrap();
    set_limits(store, &one, some).await;
    let before = Policy::default();
    let language = "zh-hant".parse().ok();
    let keeps = Policy { keep_model_texts: true, quality_bar: Score::clamped(85), language, ..before };
    let of = |policy: Policy| Settings { policy, ..Settings::default() };
    set_own(store, &one, &of(keeps)).await;
    assert_eq!((policy(&one).await, policy(&other).await), (keeps, before));
    assert_eq!(store.settings(&one).await.unwrap().limits, some, "each part of the settings is its own");
    set_own(store, &one, &of(before)).await;
    assert_eq!(policy(&one).await, before);
    let (task, call) = (a_task().of("texts-one").accepted().task.id, Uuid::nil());
    assert_eq!(store.transcript(&task, call).await.unwrap(), None);
    let said = Transcript { prompt: Masked::of("Write to ana@example.org"), response: Masked::of("# Title") };
    store.keep_transcript(&task, call, &said, later(0)).await.unwrap();
    assert_eq!(store.transcript(&task, call).await.unwrap(), Some(said));
}
