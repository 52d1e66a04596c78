//! Tokens, the refusals first: whatever is wrong with one, nobody gets in and nothing is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use authorize::{App, AuthorizerRequest, AuthorizerResponse, issuers::Issuers, token::Tokens};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{FutureExt, future};
use galley_domain::{
    access::{
        key_sets::KeySets,
        keys::{KeyStore, StoredKey},
        role::Role,
    },
    kernel::{clock::Clock, error::BoxError},
    tenancy::{
        flags::FlagCache,
        settings::{Policy, Settings},
        suspension::Standing,
    },
};
use galley_testkit::{
    MemoryStore,
    build::{principal, tenant},
    clock::TestClock,
    fakes::MemorySecrets,
    tenants,
};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto, encode};
use p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint, pkcs8::EncodePrivateKey};
use serde_json::{Value, json};
use tokio::sync::Notify;

const SHARED: &str = "issuer/shared";
const PUBLIC: &str = "https://issuer.example/";
const NOW: i64 = 1_795_176_000;
const NEW: &str = "the new secret, thirty-two bytes long";
const OLD: &str = "the old secret, thirty-two bytes long";
const SHORT: &str = "a secret of thirty-one bytes...";

/// An issuer's published keys, counting how often they are read.
#[derive(Clone, Debug)]
struct Published {
    document: Arc<std::sync::Mutex<Result<String, String>>>,
    reads: Arc<AtomicUsize>,
    /// Whether it takes for ever.
    hangs: Arc<AtomicBool>,
    answers: Arc<Notify>,
}

/// What was logged.
#[derive(Clone, Debug, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl KeySets for Published {
    async fn key_set(&self, _: &str) -> Result<String, BoxError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            self.answers.notified().await;
        }
        self.document.lock().unwrap().clone().map_err(Into::into)
    }
}

struct Bench {
    app: App<MemoryStore, TestClock, MemorySecrets, Published>,
    published: Published,
    key: SecretKey,
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_slice(&[seed; 32]).unwrap()
}

fn jwk(key: &SecretKey, kid: &str) -> Value {
    let point = key.public_key().to_encoded_point(false);
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid,
           "x": part(point.x().unwrap()), "y": part(point.y().unwrap())})
}

fn document(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

impl Bench {
    fn new() -> Self {
        let issuers = json!([
            {"issuer": SHARED, "audience": "galley", "algorithm": "HS256", "secret": "s"},
            {"issuer": PUBLIC, "audience": "galley", "algorithm": "ES256", "jwks_url": "https://issuer.example/jwks",
             "tenants": ["acme"], "subject_prefix": "public-"},
        ]);
        let key = key(7);
        let published = Published {
            document: Arc::new(std::sync::Mutex::new(Ok(document(&[jwk(&key, "k1")])))),
            reads: Arc::default(),
            hangs: Arc::default(),
            answers: Arc::default(),
        };
        let issuers = Issuers::parse(Some(&issuers.to_string())).unwrap();
        let secrets = MemorySecrets { cached: vec![NEW, OLD, SHORT, ""], fresh: vec![] };
        let app = App {
            store: MemoryStore::default(),
            clock: TestClock::at("2026-11-20T12:00:00Z"),
            tokens: Tokens::new(issuers, secrets, published.clone()),
            flags: FlagCache::default(),
        };
        assert_eq!(app.clock.now().as_second(), NOW);
        Self { app, published, key }
    }

    async fn answer(&self, token: &str) -> Result<AuthorizerResponse, BoxError> {
        self.app
            .handle(AuthorizerRequest {
                identity_source: vec![format!("Bearer {token}")],
                ..AuthorizerRequest::default()
            })
            .await
    }

    async fn lets_in(&self, token: &str) -> bool {
        self.answer(token).await.unwrap().is_authorized
    }

    fn public(&self, claims: &Value, kid: Option<&str>) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) };
        let der = self.key.to_pkcs8_der().unwrap();
        encode(&header, claims, &EncodingKey::from_ec_der(der.as_bytes())).unwrap()
    }
}

fn claims(issuer: &str, changes: &Value) -> Value {
    let mut claims = json!({"iss": issuer, "aud": "galley", "exp": NOW + 300, "nbf": NOW - 10, "tenant": "acme",
                            "sub": "ana", "role": "editor"});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn shared(claims: &Value, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[tokio::test]
async fn whoever_is_let_in_is_told_that_their_tenant_wants_four_eyes() {
    let bench = Bench::new();
    let told = async || {
        let answer = bench.answer(&bench.public(&claims(PUBLIC, &json!({})), Some("k1"))).await.unwrap();
        answer.context.unwrap().four_eyes
    };
    assert_eq!(told().await, Some("off"), "what is not said is not known");
    let after = Settings { policy: Policy { four_eyes: true, ..Policy::default() }, ..Settings::default() };
    tenants::set_own(&bench.app.store, &tenant("acme"), &after).await;
    assert_eq!(told().await, Some("on"));
}

#[tokio::test]
async fn whoever_is_let_in_is_told_the_language_of_their_tenant() {
    let bench = Bench::new();
    let language = async || bench.answer(&bench.public(&claims(PUBLIC, &json!({})), Some("k1"))).await.unwrap();
    assert_eq!(language().await.context.unwrap().language.as_deref(), Some("en"));
    let japanese =
        Settings { policy: Policy { language: "ja".parse().ok(), ..Policy::default() }, ..Settings::default() };
    tenants::set_own(&bench.app.store, &tenant("acme"), &japanese).await;
    assert_eq!(language().await.context.unwrap().language.as_deref(), Some("ja"));
}

#[tokio::test]
async fn what_is_wrong_with_the_claims_keeps_everyone_out() {
    let bench = Bench::new();
    for changes in [
        json!({"exp": NOW - 60}),
        json!({"exp": null}),
        json!({"exp": "soon"}),
        json!({"exp": -1}),
        json!({"exp": 1e300}),
        json!({"nbf": NOW + 61}),
        json!({"nbf": "x"}),
        json!({"aud": "somebody-else"}),
        json!({"aud": null}),
        json!({"iss": "https://nobody.example/"}),
        json!({"iss": null}),
        json!({"iss": PUBLIC}),
        json!({"tenant": "system", "role": "admin"}),
        json!({"tenant": "Not A Tenant"}),
        json!({"tenant": null}),
        json!({"sub": ""}),
        json!({"sub": "a b"}),
        json!({"role": "owner"}),
        json!({"role": []}),
        json!({"role": ["owner"]}),
        json!({"role": [["admin"]]}),
        json!({"role": {"admin": true}}),
        json!({"sub": 123}),
        json!({"sub": "sub-0123456789abcdef0123456789abcdef"}),
        json!({"role": null}),
    ] {
        assert!(!bench.lets_in(&shared(&claims(SHARED, &changes), NEW)).await, "{changes}");
    }
}

#[tokio::test]
async fn the_log_says_which_rule_refused_a_token_and_the_answer_does_not() {
    let bench = Bench::new();
    let good = claims(SHARED, &json!({}));
    let changed = |changes: Value| shared(&claims(SHARED, &changes), NEW);
    let nobody = format!("{:?}", bench.answer("no token").await.unwrap());
    for (token, rule) in [
        (changed(json!({"exp": NOW - 60})), "exp is over"),
        (changed(json!({"nbf": NOW + 61})), "nbf has not come"),
        (changed(json!({"aud": "somebody-else"})), "InvalidAudience"),
        (changed(json!({"tenant": "system"})), "the issuer does not speak for the tenant"),
        (changed(json!({"sub": "a b"})), "the claim of the subject names nobody"),
        (changed(json!({"role": "owner"})), "the claim of the role has no role that is known"),
        (changed(json!({"iss": "https://nobody.example/"})), "it is no token of an issuer that is trusted"),
        (shared(&good, "another secret of thirty-two bytes"), "InvalidSignature"),
        (bench.public(&good, None), "its algorithm is not the issuer's"),
    ] {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let heard = tracing::subscriber::set_default(subscriber);
        let answer = bench.answer(&token).await.unwrap();
        drop(heard);
        let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(said.contains("a token was refused") && said.contains(rule), "{rule}: {said}");
        assert!(!said.contains(&token), "nobody can use what the log says: {said}");
        assert_eq!(format!("{answer:?}"), nobody, "{rule}");
    }
}

#[tokio::test]
async fn the_common_providers_tokens_are_understood() {
    let issuers = json!([
        {"issuer": "https://acme.auth0.example/", "audience": "galley", "algorithm": "HS256", "secret": "s",
         "tenant_claim": "https://galley.example/tenant", "role_claim": "https://galley.example/roles",
         "subject_prefix": "auth0-"},
        {"issuer": "https://keycloak.example/realms/acme", "audience": "galley", "algorithm": "HS256", "secret": "s",
         "role_claim": "realm_access.roles", "subject_claim": "email", "roles": {"galley-editors": "editor",
         "galley-authors": "author"}},
    ]);
    let secrets = MemorySecrets { cached: vec![NEW], fresh: vec![] };
    let bench = Bench::new();
    let tokens = Tokens::new(Issuers::parse(Some(&issuers.to_string())).unwrap(), secrets, bench.published.clone());
    let (store, clock, flags) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"), FlagCache::default());
    let app = App { store, clock, tokens, flags };
    let bench = Bench { app, ..bench };
    let who = async |claims: Value| {
        let identity = bench.answer(&shared(&claims, NEW)).await.unwrap().context?;
        Some((identity.tenant, identity.subject, identity.role))
    };
    let common = |issuer: &str| json!({"iss": issuer, "aud": ["other", "galley"], "exp": NOW + 300});
    let with = |mut claims: Value, more: Value| {
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let auth0 = with(
        common("https://acme.auth0.example/"),
        json!({"sub": "auth0|123", "https://galley.example/tenant": "acme",
               "https://galley.example/roles": ["viewer", "other-app", "editor"]}),
    );
    let (tenant, subject, role) = who(auth0.clone()).await.unwrap();
    assert_eq!((tenant.as_str(), role.as_str()), ("acme", "editor"), "the highest of its roles");
    assert!(subject.starts_with("auth0-sub-") && !subject.contains('|'), "{subject}");
    assert_ne!(who(with(auth0, json!({"sub": "auth0|124"}))).await.unwrap().1, subject);

    let keycloak = with(
        common("https://keycloak.example/realms/acme"),
        json!({"sub": "1", "email": "ana@example.com", "tenant": "acme",
               "realm_access": {"roles": ["offline_access", "galley-authors"]}}),
    );
    let (_, subject, role) = who(keycloak.clone()).await.unwrap();
    assert!(role == "author" && !subject.contains("ana"), "{role} {subject}");
    let ours = with(keycloak, json!({"realm_access": {"roles": ["admin"]}}));
    assert_eq!(who(ours).await, None, "where roles are mapped, the provider's admins are not ours");
}

/// A token of exactly these bytes, with a signature that holds.
fn signed(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(NEW.as_bytes()), Algorithm::HS256);
    format!("{message}.{}", signature.unwrap())
}

#[tokio::test]
async fn a_token_that_asks_for_what_is_not_understood_keeps_everyone_out() {
    let bench = Bench::new();
    let claims = claims(SHARED, &json!({})).to_string();
    assert!(bench.lets_in(&signed(r#"{"alg":"HS256"}"#, &claims)).await);
    for header in [
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":true}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","crit":["https://example.com/bound-to"],"https://example.com/bound-to":"another"}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256","crit":"exp"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":["HS256"]}"#,
        "{}",
        r#"["HS256"]"#,
    ] {
        assert!(!bench.lets_in(&signed(header, &claims)).await, "{header}");
    }
}

#[tokio::test]
async fn a_name_that_comes_twice_in_a_token_keeps_everyone_out() {
    let bench = Bench::new();
    let (header, good) = (r#"{"alg":"HS256"}"#, claims(SHARED, &json!({})).to_string());
    let with = |more: &str| format!("{},{more}}}", good.strip_suffix('}').unwrap());
    assert!(bench.lets_in(&signed(header, &with(r#""cnf":{"a":1,"b":[{"a":1},{"a":2}]}"#))).await);
    for more in [
        r#""role":"admin""#,
        r#""tenant":"rival""#,
        r#""sub":"ben""#,
        r#""exp":4000000000"#,
        r#""aud":["galley"]"#,
        r#""iss":"https://shared.example/""#,
        r#""r\u006fle":"admin""#,
        r#""cnf":{"a":1,"a":2}"#,
        r#""cnf":[{"b":{"a":1,"a":1}}]"#,
    ] {
        assert!(!bench.lets_in(&signed(header, &with(more))).await, "{more}");
    }
    for header in [r#"{"alg":"HS256","alg":"HS256"}"#, r#"{"alg":"HS256","jwk":{"k":"a","k":"b"}}"#] {
        assert!(!bench.lets_in(&signed(header, &good)).await, "{header}");
    }
    let deep = with(&format!(r#""cnf":{}1{}"#, "[".repeat(4000), "]".repeat(4000)));
    assert!(!bench.lets_in(&signed(header, &deep)).await, "nor one that nests without end");
}

#[tokio::test]
async fn a_secret_shorter_than_its_hash_signs_nothing() {
    let bench = Bench::new();
    for secret in [SHORT, ""] {
        assert!(!bench.lets_in(&shared(&claims(SHARED, &json!({})), secret)).await, "{} bytes", secret.len());
    }
}

#[tokio::test]
async fn an_issuer_speaks_for_its_own_tenants_alone() {
    let bench = Bench::new();
    let of = |tenant: &str| bench.public(&claims(PUBLIC, &json!({"tenant": tenant})), Some("k1"));
    assert!(bench.lets_in(&of("acme")).await);
    assert!(!bench.lets_in(&of("rival")).await);
}

#[tokio::test]
async fn equal_subjects_of_two_issuers_are_two_people() {
    let bench = Bench::new();
    let who = async |token: String| bench.answer(&token).await.unwrap().context.map(|identity| identity.subject);
    assert_eq!(who(shared(&claims(SHARED, &json!({})), NEW)).await.as_deref(), Some("ana"));
    assert_eq!(who(bench.public(&claims(PUBLIC, &json!({})), Some("k1"))).await.as_deref(), Some("public-ana"));
    // Nor may the one issuer, whose subjects have no prefix, name somebody of the other's.
    assert_eq!(who(shared(&claims(SHARED, &json!({"sub": "public-ana"})), NEW)).await, None);
}

#[tokio::test]
async fn what_is_wrong_with_the_signature_keeps_everyone_out() {
    let bench = Bench::new();
    let good = shared(&claims(SHARED, &json!({})), NEW);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let admin = URL_SAFE_NO_PAD.encode(claims(SHARED, &json!({"role": "admin"})).to_string());
    let header = good.split('.').next().unwrap();
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let payload = good.split('.').nth(1).unwrap();
    for token in [
        format!("{signed}."),
        format!("{signed}.{}", &signature[1..]),
        format!("{header}.{admin}.{signature}"),
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{signature}"),
        shared(&claims(SHARED, &json!({})), "another secret"),
        shared(&claims(SHARED, &json!({})), ""),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{}.{}.{}", "a".repeat(4000), "b".repeat(4000), "c".repeat(400)),
        "x.".repeat(1024 * 512),
    ] {
        assert!(!bench.lets_in(&token).await, "{}", token.chars().take(120).collect::<String>());
    }
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let bench = Bench::new();
    // The classic: a token signed by HMAC with the issuer's public key, which everybody knows.
    let public = bench.key.public_key().to_encoded_point(false);
    let confused = encode(
        &Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) },
        &claims(PUBLIC, &json!({})),
        &EncodingKey::from_secret(public.as_bytes()),
    );
    assert!(!bench.lets_in(&confused.unwrap()).await);
    // And the other way round: an asymmetric token for the issuer that shares a secret.
    assert!(!bench.lets_in(&bench.public(&claims(SHARED, &json!({})), Some("k1"))).await);
    assert_eq!(bench.published.reads.load(Ordering::SeqCst), 0, "nobody was asked for it");
}

#[tokio::test]
async fn a_good_token_says_who_it_is_for() {
    let bench = Bench::new();
    for (token, subject) in [
        (shared(&claims(SHARED, &json!({})), NEW), "ana"),
        // Signed before the rotation.
        (shared(&claims(SHARED, &json!({})), OLD), "ana"),
        // Behind the prefix of its issuer.
        (bench.public(&claims(PUBLIC, &json!({})), Some("k1")), "public-ana"),
        // At the edges of the leeway, and with what RFC 7519 allows besides.
        (shared(&claims(SHARED, &json!({"exp": NOW - 59, "nbf": NOW + 60})), NEW), "ana"),
        (shared(&claims(SHARED, &json!({"exp": 1_795_176_100.5, "aud": ["other", "galley"]})), NEW), "ana"),
    ] {
        let identity = bench.answer(&token).await.unwrap().context.unwrap();
        assert_eq!((identity.tenant.as_str(), identity.subject.as_str()), ("acme", subject));
        assert_eq!(identity.role, "editor");
    }
}

#[tokio::test]
async fn an_unknown_key_id_reads_the_keys_again_but_not_for_everyone() {
    let bench = Bench::new();
    let reads = || bench.published.reads.load(Ordering::SeqCst);
    assert!(bench.lets_in(&bench.public(&claims(PUBLIC, &json!({})), Some("k1"))).await);
    assert_eq!(reads(), 1);
    for _ in 0..20 {
        assert!(!bench.lets_in(&bench.public(&claims(PUBLIC, &json!({})), Some("foreign"))).await);
    }
    assert!(!bench.lets_in(&bench.public(&claims(PUBLIC, &json!({})), None)).await);
    assert_eq!(reads(), 1, "not again within 30 seconds");
    // The issuer has rotated its key.
    *bench.published.document.lock().unwrap() = Ok(document(&[jwk(&key(9), "k0"), jwk(&bench.key, "k2")]));
    bench.app.clock.advance(SignedDuration::from_secs(31));
    assert!(bench.lets_in(&bench.public(&claims(PUBLIC, &json!({})), Some("k2"))).await);
    assert_eq!(reads(), 2);
    assert!(!bench.lets_in(&bench.public(&claims(PUBLIC, &json!({})), Some("k0"))).await, "another key of the set");
    // The issuer is away: who is known stays known, and nobody else is let in or told no.
    *bench.published.document.lock().unwrap() = Err("away".to_owned());
    bench.app.clock.advance(SignedDuration::from_hours(2));
    let later = json!({"exp": NOW + 9000});
    assert!(bench.lets_in(&bench.public(&claims(PUBLIC, &later), Some("k2"))).await);
    assert!(bench.answer(&bench.public(&claims(PUBLIC, &later), Some("k3"))).await.is_err());
}

/// RFC 7518, 3.2: a key of the same size as the hash output or larger. What is shorter is no key, and a blank one everyone's.
#[tokio::test]
async fn a_blank_or_short_shared_secret_lets_nobody_in() {
    for secret in ["", " \n", "thirty-one bytes are too few..."] {
        let mut bench = Bench::new();
        let issuers = json!([{"issuer": SHARED, "audience": "galley", "algorithm": "HS256", "secret": "s"}]);
        let issuers = Issuers::parse(Some(&issuers.to_string())).unwrap();
        let secrets = MemorySecrets { cached: vec![secret], fresh: vec![] };
        bench.app.tokens = Tokens::new(issuers, secrets, bench.published.clone());
        for signed_with in [secret, secret.trim()] {
            let token = shared(&claims(SHARED, &json!({})), signed_with);
            let answer = bench.answer(&token).await;
            assert!(answer.is_err(), "as when there is no secret at all: {secret:?}");
        }
    }
}

#[tokio::test]
async fn a_published_key_that_is_for_something_else_lets_nobody_in() {
    let bench = Bench::new();
    let token = bench.public(&claims(PUBLIC, &json!({})), Some("k1"));
    for (name, value) in [("use", json!("enc")), ("key_ops", json!(["encrypt"])), ("alg", json!("ES384"))] {
        let mut key = jwk(&bench.key, "k1");
        key[name] = value;
        *bench.published.document.lock().unwrap() = Ok(document(&[key]));
        assert!(!bench.lets_in(&token).await, "{name}");
        bench.app.clock.advance(SignedDuration::from_secs(31));
    }
    // One that nobody here understands takes no other with it, nor does one of the same id for something else.
    let odd = json!({"kty": "EC", "crv": "secp256k1", "kid": "k0", "x": "AA", "y": "AA"});
    let mut other = jwk(&bench.key, "k1");
    other["use"] = json!("enc");
    let keys = [odd, json!("a key"), json!({"kty": "quantum"}), other, jwk(&bench.key, "k1")];
    *bench.published.document.lock().unwrap() = Ok(document(&keys));
    assert!(bench.lets_in(&token).await);
}

#[tokio::test]
async fn an_issuer_that_fails_is_not_asked_for_every_token() {
    let bench = Bench::new();
    let reads = || bench.published.reads.load(Ordering::SeqCst);
    let token = |kid: &str| bench.public(&claims(PUBLIC, &json!({"exp": NOW + 900_000})), Some(kid));
    for wrong in [Err("500".to_owned()), Ok("<html>".to_owned()), Ok(r#"{"keys":{}}"#.to_owned())] {
        *bench.published.document.lock().unwrap() = wrong;
        let before = reads();
        for _ in 0..10 {
            assert!(bench.answer(&token("k1")).await.is_err(), "neither let in nor told no");
            assert!(bench.answer(&token("unknown")).await.is_err());
        }
        assert_eq!(reads(), before + 1);
        bench.app.clock.advance(SignedDuration::from_secs(31));
    }
    // Known keys that have got old are used meanwhile, and the issuer is asked for them twice a minute.
    *bench.published.document.lock().unwrap() = Ok(document(&[jwk(&bench.key, "k1")]));
    assert!(bench.lets_in(&token("k1")).await);
    *bench.published.document.lock().unwrap() = Err("500".to_owned());
    bench.app.clock.advance(SignedDuration::from_hours(2));
    let before = reads();
    for _ in 0..10 {
        assert!(bench.lets_in(&token("k1")).await);
    }
    assert_eq!(reads(), before + 1);
    bench.app.clock.advance(SignedDuration::from_hours(23));
    assert!(bench.answer(&token("k1")).await.is_err(), "a day later they may have been withdrawn");
}

#[tokio::test]
async fn nobody_waits_for_a_slow_issuer_but_whose_key_is_unknown() {
    let bench = Bench::new();
    let reads = || bench.published.reads.load(Ordering::SeqCst);
    let token = |kid: &str| bench.public(&claims(PUBLIC, &json!({"exp": NOW + 90_000})), Some(kid));
    let text = "galley_0123456789";
    let key = StoredKey::new(text, principal(Role::Viewer), bench.app.clock.now());
    bench.app.store.put_key(key, None).await.unwrap();
    bench.published.hangs.store(true, Ordering::SeqCst);
    let (one, another) = (token("k1"), token("k1"));
    let mut waiting = Box::pin(future::join(bench.answer(&one), bench.answer(&another)));
    assert!((&mut waiting).now_or_never().is_none());
    assert_eq!(reads(), 1, "one asks for both");
    let by_key = Box::pin(bench.answer(text)).now_or_never();
    assert!(by_key.expect("a key waits for no issuer").unwrap().is_authorized);
    let by_secret = shared(&claims(SHARED, &json!({})), NEW);
    assert!(
        Box::pin(bench.answer(&by_secret))
            .now_or_never()
            .expect("nor does another issuer's token")
            .unwrap()
            .is_authorized
    );
    bench.published.answers.notify_one();
    let (one, another) = waiting.await;
    assert!(one.unwrap().is_authorized && another.unwrap().is_authorized);
    assert_eq!(reads(), 1);
    // An hour later it is slow again: who asks for newer keys waits half a second, and the others not at all.
    bench.app.clock.advance(SignedDuration::from_mins(61));
    let (one, another) = (token("k1"), token("k1"));
    let mut asks = Box::pin(bench.answer(&one));
    assert!((&mut asks).now_or_never().is_none());
    assert!(Box::pin(bench.answer(&another)).now_or_never().expect("old keys work meanwhile").unwrap().is_authorized);
    bench.app.clock.advance(SignedDuration::from_secs(1));
    assert!(asks.now_or_never().expect("half a second at most").unwrap().is_authorized);
    assert!(
        Box::pin(bench.answer(&another)).now_or_never().expect("it is left alone for a while").unwrap().is_authorized
    );
    assert_eq!(reads(), 2);
}

#[tokio::test]
async fn an_issuer_that_is_always_slow_is_heard_before_its_keys_are_a_day_old() {
    let bench = Bench::new();
    let token = |kid: &str| bench.public(&claims(PUBLIC, &json!({"exp": NOW + 90_000})), Some(kid));
    let (withdrawn, another) = (token("k1"), token("k1"));
    assert!(bench.lets_in(&withdrawn).await);
    // From now on it answers after more than half a second, and without the key that was withdrawn.
    bench.published.hangs.store(true, Ordering::SeqCst);
    *bench.published.document.lock().unwrap() = Ok(document(&[jwk(&key(9), "k2")]));
    bench.app.clock.advance(SignedDuration::from_mins(121));
    let mut asks = Box::pin(bench.answer(&withdrawn));
    assert!((&mut asks).now_or_never().is_none());
    bench.app.clock.advance(SignedDuration::from_secs(1));
    assert!((&mut asks).now_or_never().is_none(), "it is waited for");
    assert!(Box::pin(bench.answer(&another)).now_or_never().expect("by one alone").unwrap().is_authorized);
    bench.published.answers.notify_one();
    assert!(!asks.await.unwrap().is_authorized);
    assert!(!bench.lets_in(&another).await, "and then it is withdrawn for all");
}

#[tokio::test]
async fn nobody_of_a_suspended_tenant_gets_in_by_a_key_or_a_token_until_it_is_served_again() {
    let bench = Bench::new();
    let key = "galley_of-ana";
    let stored = StoredKey::new(key, principal(Role::Admin), bench.app.clock.now());
    bench.app.store.put_key(stored, None).await.unwrap();
    let token = bench.public(&claims(PUBLIC, &json!({"exp": NOW + 900})), Some("k1"));
    let lets_in = async |expected: bool| {
        for credential in [key, &token] {
            assert_eq!(bench.lets_in(credential).await, expected, "{credential}");
        }
    };
    lets_in(true).await;
    tenants::turn(&bench.app.store, "other", Standing::Suspended).await;
    bench.app.clock.advance(SignedDuration::from_secs(30));
    lets_in(true).await;
    tenants::turn(&bench.app.store, "acme", Standing::Suspended).await;
    bench.app.clock.advance(SignedDuration::from_secs(30));
    lets_in(false).await;
    tenants::turn(&bench.app.store, "acme", Standing::Active).await;
    bench.app.clock.advance(SignedDuration::from_secs(30));
    lets_in(true).await;
}
