//! Changing a target and its secret.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU8, Ordering},
    },
};

use galley_domain::{
    access::role::Role,
    content::kind::TaskType,
    idempotency::claim::{Keyed, SavedResponse},
    kernel::{clock::Entropy, error::BoxError, ids::Generation},
    outbox::{
        manage::{TargetError, Targets, Tested},
        target::{NewTarget, Target, TargetPatch, TargetStore},
    },
    secrets::store::{SecretError, Secrets, Vault},
};
use galley_testkit::{
    MemoryStore,
    build::{acting, principal, tenant},
    clock::TestClock,
    fakes::MemoryTarget,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// Secrets by their names, each with its generation.
#[derive(Default)]
struct Shelf {
    held: Mutex<BTreeMap<String, (Generation, String)>>,
    /// Somebody else changes the target whenever a secret is put.
    rival: Mutex<Option<MemoryStore>>,
}

impl Secrets for Shelf {
    async fn active(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        let held = self.held.lock().unwrap();
        held.get(id).map(|(_, text)| vec![text.clone().into()]).ok_or(SecretError::Missing)
    }

    async fn refreshed(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }

    async fn of_generation(&self, id: &str, generation: &Generation) -> Result<Vec<SecretString>, SecretError> {
        let of = self.held.lock().unwrap().get(id).map(|(of, _)| of.clone());
        match of {
            Some(of) if of != *generation => Err(SecretError::Unavailable("another generation".into())),
            _ => self.active(id).await,
        }
    }
}

impl Vault for Shelf {
    async fn rotate(&self, id: &str, secret: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        let kept = (generation.clone(), secret.expose_secret().to_owned());
        self.held.lock().unwrap().insert(id.to_owned(), kept);
        let rival = self.rival.lock().unwrap().clone();
        if let Some(store) = rival {
            let found = store.targets(&tenant("acme")).await.unwrap().remove(0);
            let theirs = Target { version: found.version + 1, ..found.clone() };
            assert!(store.keep_target(&theirs, found.version).await.unwrap());
        }
        Ok(())
    }

    async fn replace(&self, id: &str, secret: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        self.rotate(id, secret, generation).await
    }

    async fn discard(&self, id: &str) -> Result<(), SecretError> {
        self.held.lock().unwrap().remove(id);
        Ok(())
    }
}

/// Another number each time.
#[derive(Default)]
struct Numbers(AtomicU8);

impl Entropy for Numbers {
    fn secret(&self) -> Result<[u8; 32], BoxError> {
        Ok([self.0.fetch_add(1, Ordering::Relaxed); 32])
    }
}

type Bench = Targets<MemoryStore, Shelf, Numbers, TestClock, MemoryTarget>;

async fn made() -> (Bench, Target) {
    let targets = Targets {
        store: MemoryStore::default(),
        vault: Shelf::default(),
        entropy: Numbers::default(),
        clock: TestClock::at("2026-11-20T12:00:00Z"),
        secret_prefix: "targets/".to_owned(),
        target: MemoryTarget::default(),
    };
    let asked: NewTarget = serde_json::from_value(json!({
        "name": "blog", "url": "https://blog.example.com", "secret": "the first password",
        "settings": {"kind": "wordpress", "username": "editor"},
    }))
    .unwrap();
    let render = |_: &Target| SavedResponse { status: 201, location: None, etag: None, body: String::new() };
    targets.make(&acting(&principal(Role::Admin)), asked, &Keyed { claim: None, render }).await.unwrap();
    let target = targets.store.targets(&tenant("acme")).await.unwrap().remove(0);
    (targets, target)
}

fn patch(fields: serde_json::Value) -> TargetPatch {
    serde_json::from_value(fields).unwrap()
}

fn secrets(targets: &Bench) -> Vec<String> {
    targets.vault.held.lock().unwrap().values().map(|(_, text)| text.clone()).collect()
}

#[tokio::test]
async fn a_secret_is_there_until_the_target_names_the_next() {
    let (targets, target) = made().await;
    *targets.vault.rival.lock().unwrap() = Some(targets.store.clone());
    let change = patch(json!({"secret": "the second password"}));
    let refused = targets.change(&acting(&principal(Role::Admin)), &target.name, &change).await;
    assert!(matches!(refused, Err(TargetError::Contended)), "{refused:?}");
    assert_eq!(targets.test(&target.tenant, &target.name).await.unwrap(), Tested::Ready);
    assert_eq!(secrets(&targets), ["the first password"]);

    *targets.vault.rival.lock().unwrap() = None;
    targets.change(&acting(&principal(Role::Admin)), &target.name, &change).await.unwrap();
    assert_eq!(secrets(&targets), ["the second password"]);
}

#[tokio::test]
async fn another_address_has_no_secret_and_leaves_none() {
    let (targets, target) = made().await;
    let moved = patch(json!({"url": "https://news.example.com"}));
    let moved = targets.change(&acting(&principal(Role::Admin)), &target.name, &moved).await.unwrap();
    assert_eq!((moved.secret, secrets(&targets)), (None, Vec::<String>::new()));
}

#[tokio::test]
async fn null_brings_back_the_usual_where_there_is_one() {
    let (targets, target) = made().await;
    let change =
        async |fields| targets.change(&acting(&principal(Role::Admin)), &target.name, &patch(fields)).await.unwrap();
    let set = change(json!({"default_for": ["newsletter"], "paused": true})).await;
    assert!(set.pause.is_some() && set.default_for.len() == 1);
    let kept = change(json!({"url": null, "secret": null, "settings": null})).await;
    assert_eq!((&kept.url, &kept.default_for, kept.secret.is_some()), (&set.url, &set.default_for, true));
    let usual = change(json!({"default_for": null, "paused": null})).await;
    assert!(usual.pause.is_none() && usual.default_for.is_empty());
}

#[tokio::test]
async fn no_more_targets_have_a_type_by_default_than_a_task_may_name() {
    let (targets, target) = made().await;
    for number in 0..10 {
        let other = Target {
            name: format!("site-{number}").parse().unwrap(),
            default_for: [TaskType::BlogPost].into(),
            ..target.clone()
        };
        assert!(targets.store.make_target(&other, None).await.unwrap());
    }
    let posts = patch(json!({"default_for": ["blog_post"]}));
    let refused = targets.change(&acting(&principal(Role::Admin)), &target.name, &posts).await;
    assert_eq!(refused.unwrap_err().to_string(), "at most 10 targets may have blog_post by default");
    let emails = patch(json!({"default_for": ["email"]}));
    assert!(targets.change(&acting(&principal(Role::Admin)), &target.name, &emails).await.is_ok());
    // One of the ten says again what it says.
    assert!(targets.change(&acting(&principal(Role::Admin)), &"site-1".parse().unwrap(), &posts).await.is_ok());
}
