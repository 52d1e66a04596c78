//! Making a source, its name and its secret.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::{collections::BTreeMap, sync::Mutex};

use galley_domain::{
    access::{
        acts::{NewAct, Recording},
        role::{Principal, Role},
    },
    idempotency::claim::{Claim, ClaimError, ClaimRecord, ClaimStore, Keyed, Once, SavedResponse},
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError},
        ids::{Generation, IdempotencyKey, TenantId},
        paging::{Page, PageKey},
    },
    secrets::store::{SecretError, Vault},
    webhooks::source::{
        CONTENT_GENERATED, Found, NewSource, Rotating, Rotation, RotationStart, Source, SourceError, SourceName,
        SourceStore, Sources,
    },
};
use galley_testkit::{
    MemoryStore,
    build::{acting, principal, tenant},
    clock::TestClock,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

/// Keeps of each secret the generation that is in force and the one before, and what happens while the next is put.
#[derive(Default)]
struct FakeVault {
    held: Mutex<BTreeMap<String, Vec<Generation>>>,
    puts: Mutex<u32>,
    meanwhile: Mutex<Option<(MemoryStore, Meanwhile)>>,
}

enum Meanwhile {
    /// The name is given to another source, and the vault fails.
    Remade(Source),
    Removed(Source),
    /// The same request ends elsewhere.
    Answered(ClaimRecord),
}

impl FakeVault {
    async fn put(&self, id: &str, generation: &Generation, kept: usize) -> Result<(), SecretError> {
        // Others get on meanwhile.
        tokio::task::yield_now().await;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        match meanwhile {
            Some((store, Meanwhile::Remade(other))) => {
                store.remove_source(&other.tenant, &other.name).await.unwrap();
                assert!(store.make_source(other, None).await.unwrap());
                return Err(SecretError::Unavailable("broken".into()));
            }
            Some((store, Meanwhile::Removed(source))) => {
                assert!(store.remove_source(&source.tenant, &source.name).await.unwrap().is_some());
            }
            Some((store, Meanwhile::Answered(record))) => store.keep_claim(record).await.unwrap(),
            None => {}
        }
        let mut held = self.held.lock().unwrap();
        let versions = held.entry(id.to_owned()).or_default();
        versions.insert(0, generation.clone());
        versions.truncate(kept);
        *self.puts.lock().unwrap() += 1;
        Ok(())
    }

    fn in_force(&self, source: &Source) -> Vec<Generation> {
        self.held.lock().unwrap().get(&source.secret("webhooks/").id).cloned().unwrap_or_default()
    }
}

impl Vault for FakeVault {
    async fn rotate(&self, id: &str, _: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        self.put(id, generation, 2).await
    }

    async fn replace(&self, id: &str, _: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        self.put(id, generation, 1).await
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

fn meanwhile(sources: &Made, what: Meanwhile) {
    *sources.vault.meanwhile.lock().unwrap() = Some((sources.store.clone(), what));
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
    match sources.make(&acting(&principal(Role::Admin)), asked(), keyed).await.unwrap() {
        Once::New((source, _)) => source,
        Once::Replay(saved) => panic!("{saved:?}"),
    }
}

#[tokio::test]
async fn a_source_whose_secret_could_not_be_kept_takes_no_other_of_its_name_away() {
    let sources = sources();
    let other = made(&sources, &keyed(None)).await;
    sources.store.remove_source(&other.tenant, &other.name).await.unwrap();
    meanwhile(&sources, Meanwhile::Remade(other.clone()));
    let refused = sources.make(&acting(&principal(Role::Admin)), asked(), &keyed(None)).await;
    assert!(matches!(refused, Err(SourceError::Secret(_))), "{refused:?}");
    assert_eq!(sources.store.source(&other.name).await.unwrap(), Some(other));
}

#[tokio::test]
async fn a_name_that_is_taken_leaves_no_secret_behind() {
    let sources = sources();
    let first = made(&sources, &keyed(None)).await;
    let refused = sources.make(&acting(&principal(Role::Admin)), asked(), &keyed(None)).await;
    assert!(matches!(refused, Err(SourceError::Taken)), "{refused:?}");
    let held: Vec<String> = sources.vault.held.lock().unwrap().keys().cloned().collect();
    assert_eq!(held, [first.secret("webhooks/").id]);
}

#[tokio::test]
async fn a_rotation_that_is_repeated_under_its_key_puts_no_further_secret_into_force() {
    let sources = sources();
    let source = made(&sources, &keyed(Some("make"))).await;
    let by = acting(&principal(Role::Admin));
    assert!(matches!(sources.make(&by, asked(), &keyed(Some("make"))).await.unwrap(), Once::Replay(_)));
    let under = keyed(Some("rotate"));
    let rotate = || sources.rotate(&by, source.id(), Rotation::default(), &under);
    let Once::New((rotated, _)) = rotate().await.unwrap() else { panic!("the first is no repeat") };
    let puts = *sources.vault.puts.lock().unwrap();
    assert!(matches!(rotate().await.unwrap(), Once::Replay(_)));
    assert_eq!((puts, *sources.vault.puts.lock().unwrap()), (2, 2), "the vault was left alone");
    assert_eq!(sources.store.source(&source.name).await.unwrap(), Some(rotated));
}

fn rotation(revoke_previous: bool) -> Rotation {
    Rotation { revoke_previous, ..Rotation::default() }
}

#[tokio::test]
async fn of_two_rotations_at_once_one_shows_its_secret_and_it_is_in_force() {
    for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
        let sources = sources();
        let source = made(&sources, &keyed(None)).await;
        let (by, free) = (acting(&principal(Role::Admin)), keyed(None));
        let of = |revoke| sources.rotate(&by, source.id(), rotation(revoke), &free);
        let (one, other) = tokio::join!(of(first), of(second));
        let Once::New((shown, _)) = one.unwrap() else { panic!("it is no repeat") };
        assert!(matches!(other, Err(SourceError::RotatedElsewhere)), "{other:?}");
        let in_force = sources.vault.in_force(&source);
        assert_eq!(in_force.first(), shown.secret_generation.as_ref(), "what was shown is in force");
        assert_eq!(in_force.len(), if first { 1 } else { 2 }, "and the one before, where it is not revoked");
        assert_eq!(sources.store.source(&source.name).await.unwrap(), Some(shown));
        assert!(of(false).await.is_ok(), "the next one goes on");
    }
}

#[tokio::test]
async fn a_rotation_twice_at_once_under_one_key_shows_one_secret() {
    let sources = sources();
    let source = made(&sources, &keyed(None)).await;
    let (by, under) = (acting(&principal(Role::Admin)), keyed(Some("rotate")));
    let again = || sources.rotate(&by, source.id(), Rotation::default(), &under);
    let (one, other) = tokio::join!(again(), again());
    let Once::New((shown, _)) = one.unwrap() else { panic!("it is no repeat") };
    assert!(matches!(other, Err(SourceError::RotatedElsewhere)), "{other:?}");
    assert!(matches!(again().await.unwrap(), Once::Replay(_)), "which it then finds");
    assert_eq!(sources.vault.in_force(&source).first(), shown.secret_generation.as_ref());
}

#[tokio::test]
async fn a_rotation_whose_key_is_used_up_meanwhile_shows_what_it_has_put_in_force() {
    let sources = sources();
    let source = made(&sources, &keyed(None)).await;
    let (by, under) = (acting(&principal(Role::Admin)), keyed(Some("rotate")));
    meanwhile(&sources, Meanwhile::Answered(under.record(&source, sources.clock.now()).unwrap()));
    let rotated = sources.rotate(&by, source.id(), rotation(true), &under).await.unwrap();
    let Once::New((shown, _)) = rotated else { panic!("its secret is in force, and nobody would know it") };
    assert_eq!(sources.vault.in_force(&source), shown.secret_generation.clone().map_or(vec![], |one| vec![one]));
    assert_eq!(sources.store.source(&source.name).await.unwrap(), Some(shown));
}

/// A table whose batch reads are of no one moment, as DynamoDB has it: the claim was read before the source, and the same request
/// ended in between.
#[derive(Clone)]
struct TornReads {
    store: MemoryStore,
    ended: Source,
    under: ClaimRecord,
}

impl Recording for TornReads {
    fn with_act(&self, act: NewAct) -> Self {
        Self { store: self.store.with_act(act), ..self.clone() }
    }
}

impl SourceStore for TornReads {
    async fn look_up(&self, names: &[SourceName], claim: Option<&Claim>, now: Timestamp) -> Result<Found, StoreError> {
        let claimed = self.store.look_up(names, claim, now).await?.claimed;
        let Some(secret) = self.ended.secret_generation.clone() else { panic!("it has a secret") };
        let before = self.store.source(&self.ended.name).await?.unwrap();
        let first = Rotating { generation: secret.clone(), until: now + SignedDuration::from_secs(30) };
        let begun = self.store.begin_rotation(&before, &first, None, now).await.unwrap();
        assert_eq!(begun, RotationStart::Alone);
        assert!(self.store.keep_secret_generation(&before, &secret, Some(self.under.clone())).await.unwrap());
        Ok(Found { claimed, ..self.store.look_up(names, None, now).await? })
    }

    async fn source(&self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.store.source(name).await
    }

    async fn make_source(&self, source: Source, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        self.store.make_source(source, claim).await
    }

    async fn sources(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Source>, StoreError> {
        self.store.sources(tenant, limit, after).await
    }

    async fn begin_rotation(
        &self,
        source: &Source,
        rotation: &Rotating,
        claim: Option<&Claim>,
        now: Timestamp,
    ) -> Result<RotationStart, ClaimError> {
        self.store.begin_rotation(source, rotation, claim, now).await
    }

    async fn keep_secret_generation(
        &self,
        source: &Source,
        secret: &Generation,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        self.store.keep_secret_generation(source, secret, claim).await
    }

    async fn remove_source(&self, tenant: &TenantId, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.store.remove_source(tenant, name).await
    }
}

#[tokio::test]
async fn a_rotation_that_missed_the_first_answer_of_its_key_puts_no_second_secret_into_force() {
    let sources = sources();
    let source = made(&sources, &keyed(None)).await;
    let (by, under) = (acting(&principal(Role::Admin)), keyed(Some("rotate")));
    let puts = *sources.vault.puts.lock().unwrap();
    let ended = Source { secret_generation: Some(Generation::of([77; 32])), ..source.clone() };
    let record = under.record(&ended, sources.clock.now()).unwrap();
    let again = Sources {
        store: TornReads { store: sources.store.clone(), ended: ended.clone(), under: record.clone() },
        vault: sources.vault,
        entropy: sources.entropy,
        clock: sources.clock,
        default_tenant: sources.default_tenant,
        secret_prefix: sources.secret_prefix,
    };
    let told = again.rotate(&by, source.id(), Rotation::default(), &under).await.unwrap();
    assert!(matches!(told, Once::Replay(saved) if saved == record.response), "the first answer of the key");
    assert_eq!(*again.vault.puts.lock().unwrap(), puts, "the vault was left alone");
    assert_eq!(again.store.source(&source.name).await.unwrap(), Some(ended));
}

#[tokio::test]
async fn a_rotation_of_what_is_removed_meanwhile_leaves_no_secret() {
    let sources = sources();
    let source = made(&sources, &keyed(None)).await;
    meanwhile(&sources, Meanwhile::Removed(source.clone()));
    let (by, free) = (acting(&principal(Role::Admin)), keyed(None));
    let refused = sources.rotate(&by, source.id(), Rotation::default(), &free).await;
    assert!(matches!(refused, Err(SourceError::Unknown)), "{refused:?}");
    assert!(sources.vault.held.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_rotation_that_died_keeps_nobody_from_another_for_long() {
    let sources = sources();
    let source = made(&sources, &keyed(None)).await;
    let (by, free) = (acting(&principal(Role::Admin)), keyed(None));
    let of = || sources.rotate(&by, source.id(), Rotation::default(), &free);
    let dead =
        Rotating { generation: Generation::of([99; 32]), until: sources.clock.now() + SignedDuration::from_secs(30) };
    let begun = sources.store.begin_rotation(&source, &dead, None, sources.clock.now()).await.unwrap();
    assert_eq!(begun, RotationStart::Alone);
    assert!(matches!(of().await, Err(SourceError::RotatedElsewhere)));
    sources.clock.advance(SignedDuration::from_secs(30));
    assert!(of().await.is_ok());
    assert!(!sources.store.keep_secret_generation(&source, &dead.generation, None).await.unwrap(), "its time is over");
}

#[tokio::test]
async fn the_built_in_source_is_rotated_without_being_made() {
    let sources = sources();
    let by = acting(&Principal { tenant: tenant("default"), ..principal(Role::Admin) });
    let (id, free) = (CONTENT_GENERATED.parse().unwrap(), keyed(None));
    for nth in 0..2 {
        let Once::New((shown, _)) = sources.rotate(&by, &id, Rotation::default(), &free).await.unwrap() else {
            panic!()
        };
        assert_eq!(sources.vault.in_force(&shown).first(), shown.secret_generation.as_ref(), "{nth}");
        let kept = sources.store.source(&shown.name).await.unwrap().unwrap();
        assert_eq!(kept.secret_generation, shown.secret_generation);
    }
}
