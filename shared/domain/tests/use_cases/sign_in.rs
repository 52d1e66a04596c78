//! A browser's session, with a provider that knows everybody and a store in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_domain::{
    access::{
        people::{Person, PersonStore},
        role::Role,
        sign_in::{IdentityProvider, Seals, SignIn, SignInError, begun_id},
    },
    kernel::{clock::Clock, error::BoxError, ids::Subject},
    secrets::key::Hs256Key,
};
use galley_testkit::{
    MemoryStore,
    build::{subject, tenant},
    clock::TestClock,
    fakes::Numbered,
};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

/// Everybody is Ana; the state is the last part of the address.
struct Knows;

impl IdentityProvider for Knows {
    fn authorize_url(&self, state: &str, _: &str) -> String {
        state.to_owned()
    }

    async fn identify(&self, _: &str, _: &str) -> Result<Option<Subject>, BoxError> {
        Ok(Some(subject("ana")))
    }
}

struct Bench {
    sign_in: SignIn<MemoryStore, Knows, Numbered, TestClock>,
    seals: Seals,
}

impl Bench {
    async fn new() -> Self {
        let (store, clock) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"));
        let person = Person {
            subject: subject("ana"),
            tenant: tenant("acme"),
            role: Role::Editor,
            added_at: clock.now(),
            added_by: subject("ben"),
            display_name: None,
            groups: [].into(),
        };
        store.put_person(&person).await.unwrap();
        let seals = Seals::of(&[Hs256Key::of(*b"a key for tests of thirty-two b.").unwrap()]);
        Self { sign_in: SignIn { store, provider: Knows, entropy: Numbered::default(), clock }, seals }
    }

    async fn signed_in(&self) -> SecretString {
        let begun = self.sign_in.begin(tenant("acme")).await.unwrap();
        assert_eq!(begun.id, begun_id(&begun.url));
        let browser = begun.browser.expose_secret();
        self.sign_in.end(&begun.url, "code", browser, &self.seals).await.unwrap().refresh_token
    }

    async fn renewed(&self, token: &SecretString) -> Result<SecretString, SignInError> {
        self.sign_in.renew(token, &self.seals).await.map(|signed_in| signed_in.refresh_token)
    }

    fn wait(&self, seconds: i64) {
        self.sign_in.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

#[tokio::test]
async fn a_browser_that_lost_an_answer_gets_the_same_one_within_ten_seconds() {
    let bench = Bench::new().await;
    let first = bench.signed_in().await;
    bench.wait(60);
    let second = bench.renewed(&first).await.unwrap();
    assert!(!same(&first, &second));
    bench.wait(10);
    assert!(same(&bench.renewed(&first).await.unwrap(), &second), "the same successor");
    let third = bench.renewed(&second).await.unwrap();
    assert!(!same(&third, &second), "and it works");
}

#[tokio::test]
async fn of_two_tabs_the_second_may_have_the_earlier_clock() {
    let bench = Bench::new().await;
    let first = bench.signed_in().await;
    bench.wait(60);
    let second = bench.renewed(&first).await.unwrap();
    bench.wait(-1);
    assert!(same(&bench.renewed(&first).await.unwrap(), &second), "the session goes on");
    bench.wait(-5);
    assert!(matches!(bench.renewed(&first).await, Err(SignInError::SessionOver)), "no clock is that far behind");
}

#[tokio::test]
async fn a_token_that_is_shown_again_later_ends_the_session() {
    let bench = Bench::new().await;
    let first = bench.signed_in().await;
    let second = bench.renewed(&first).await.unwrap();
    bench.wait(11);
    assert!(matches!(bench.renewed(&first).await, Err(SignInError::SessionOver)));
    assert!(matches!(bench.renewed(&second).await, Err(SignInError::SessionOver)));
}

#[tokio::test]
async fn a_token_two_renewals_old_ends_the_session_at_once() {
    let bench = Bench::new().await;
    let first = bench.signed_in().await;
    let second = bench.renewed(&first).await.unwrap();
    let third = bench.renewed(&second).await.unwrap();
    assert!(matches!(bench.renewed(&first).await, Err(SignInError::SessionOver)));
    assert!(matches!(bench.renewed(&third).await, Err(SignInError::SessionOver)));
}

#[tokio::test]
async fn a_made_up_token_renews_nothing_and_ends_nothing() {
    let bench = Bench::new().await;
    let first = bench.signed_in().await;
    let (id, _) = first.expose_secret().split_once('.').unwrap();
    for made_up in [format!("{id}.x"), format!("{id}.x~AAAAAAAAAAAAAAAAAAAAAA"), id.to_owned(), String::new()] {
        assert!(matches!(bench.renewed(&made_up.into()).await, Err(SignInError::SessionOver)));
    }
    assert!(bench.renewed(&first).await.is_ok());
}
