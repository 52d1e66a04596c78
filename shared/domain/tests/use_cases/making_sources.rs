//! Making a source, its name and its secret.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::{collections::BTreeSet, sync::Mutex};

use galley_domain::{
    access::role::Role,
    idempotency::claim::{Claim, Keyed, Once, SavedResponse},
    kernel::{
        clock::Entropy,
        error::BoxError,
        ids::{Generation, IdempotencyKey},
    },
    secrets::store::{SecretError, Vault},
    webhooks::source::{NewSource, Rotation, Source, SourceError, SourceStore, Sources},
};
use galley_testkit::{
    MemoryStore,
    build::{principal, tenant},
    clock::TestClock,
};
use secrecy::SecretString;

/// Keeps names of secrets; where `beside` is something, that happens and then it fails.
#[derive(Default)]
struct FakeVault {
    held: Mutex<BTreeSet<String>>,
    puts: Mutex<u32>,
    beside: Option<(MemoryStore, Source)>,
}

impl Vault for FakeVault {
    async fn rotate(&self, id: &str, _: &SecretString, _: &Generation) -> Result<(), SecretError> {
        if let Some((store, other)) = &self.beside {
            store.remove_source(&other.tenant, &other.name).await.unwrap();
            assert!(store.make_source(other.clone(), None).await.unwrap());
            return Err(SecretError::Unavailable("broken".into()));
        }
        self.held.lock().unwrap().insert(id.to_owned());
        *self.puts.lock().unwrap() += 1;
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
struct Numbers(Mutex<u8>);

impl Entropy for Numbers {
    fn secret(&self) -> Result<[u8; 32], BoxError> {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        Ok([*last; 32])
    }
}

type Made = Sources<MemoryStore, FakeVault, Numbers, TestClock>;

fn sources() -> Made {
    Sources {
        store: MemoryStore::default(),
        vault: FakeVault::default(),
        entropy: Numbers::default(),
        clock: TestClock::at("2026-11-20T12:00:00Z"),
        default_tenant: tenant("default"),
        secret_prefix: "webhooks/".into(),
    }
}

fn asked() -> NewSource {
    serde_json::from_value(serde_json::json!({"source": "cms", "scheme": "galley"})).unwrap()
}

fn keyed(key: Option<&str>) -> Keyed<Source> {
    let claim = |key: &str| {
        let key = IdempotencyKey::new(key).unwrap();
        Claim::new(&principal(Role::Admin).tenant, &principal(Role::Admin).subject, "POST", "/sources", &key, b"{}")
    };
    let render =
        |source: &Source| SavedResponse { status: 201, location: None, etag: None, body: source.id().to_string() };
    Keyed { claim: key.map(claim), render }
}

async fn made(sources: &Made, keyed: &Keyed<Source>) -> Source {
    match sources.make(&principal(Role::Admin), asked(), keyed).await.unwrap() {
        Once::New((source, _)) => source,
        Once::Replay(saved) => panic!("{saved:?}"),
    }
}

#[tokio::test]
async fn a_source_whose_secret_could_not_be_kept_takes_no_other_of_its_name_away() {
    let mut sources = sources();
    let other = made(&sources, &keyed(None)).await;
    sources.store.remove_source(&other.tenant, &other.name).await.unwrap();
    sources.vault.beside = Some((sources.store.clone(), other.clone()));
    let refused = sources.make(&principal(Role::Admin), asked(), &keyed(None)).await;
    assert!(matches!(refused, Err(SourceError::Secret(_))), "{refused:?}");
    assert_eq!(sources.store.source(&other.name).await.unwrap(), Some(other));
}

#[tokio::test]
async fn a_name_that_is_taken_leaves_no_secret_behind() {
    let sources = sources();
    let first = made(&sources, &keyed(None)).await;
    let refused = sources.make(&principal(Role::Admin), asked(), &keyed(None)).await;
    assert!(matches!(refused, Err(SourceError::Taken)), "{refused:?}");
    let held = sources.vault.held.lock().unwrap().clone();
    assert_eq!(held, BTreeSet::from([first.secret("webhooks/").id]));
}

#[tokio::test]
async fn a_rotation_that_is_repeated_under_its_key_puts_no_further_secret_into_force() {
    let sources = sources();
    let source = made(&sources, &keyed(Some("make"))).await;
    let by = principal(Role::Admin);
    assert!(matches!(sources.make(&by, asked(), &keyed(Some("make"))).await.unwrap(), Once::Replay(_)));
    let under = keyed(Some("rotate"));
    let rotate = || sources.rotate(&by, source.id(), Rotation::default(), &under);
    let Once::New((rotated, _)) = rotate().await.unwrap() else { panic!("the first is no repeat") };
    let puts = *sources.vault.puts.lock().unwrap();
    assert!(matches!(rotate().await.unwrap(), Once::Replay(_)));
    assert_eq!((puts, *sources.vault.puts.lock().unwrap()), (2, 2), "the vault was left alone");
    assert_eq!(sources.store.source(&source.name).await.unwrap(), Some(rotated));
}
