//! Tokens, the refusals first: whatever is wrong with one, nobody gets in and nothing is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken test bed is a failed test")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use authorize::{App, AuthorizerRequest, AuthorizerResponse, issuers::Issuers, token::Tokens};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::ports::{BoxError, Clock, KeySets};
use galley_testkit::{MemoryStore, clock::TestClock, fakes::MemorySecrets};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint, pkcs8::EncodePrivateKey};
use serde_json::{Value, json};

const SHARED: &str = "issuer/shared";
const PUBLIC: &str = "https://issuer.example/";
const NOW: i64 = 1_795_176_000;

/// An issuer's published keys, counting how often they are read.
#[derive(Clone, Debug)]
struct Published {
    document: Arc<std::sync::Mutex<Result<String, String>>>,
    reads: Arc<AtomicUsize>,
}

impl KeySets for Published {
    async fn key_set(&self, _: &str) -> Result<String, BoxError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
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
             "tenants": ["acme"]},
        ]);
        let key = key(7);
        let published = Published {
            document: Arc::new(std::sync::Mutex::new(Ok(document(&[jwk(&key, "k1")])))),
            reads: Arc::default(),
        };
        let issuers = Issuers::parse(Some(&issuers.to_string())).unwrap();
        let secrets = MemorySecrets {
            cached: vec!["the new one, of thirty-two bytes", "the old one, of thirty-two bytes"],
            fresh: vec![],
        };
        let app = App {
            store: MemoryStore::default(),
            clock: TestClock::at("2026-11-20T12:00:00Z"),
            tokens: Tokens::new(issuers, secrets, published.clone()),
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
        json!({"role": ["admin"]}),
        json!({"role": null}),
    ] {
        assert!(
            !bench.lets_in(&shared(&claims(SHARED, &changes), "the new one, of thirty-two bytes")).await,
            "{changes}"
        );
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
async fn what_is_wrong_with_the_signature_keeps_everyone_out() {
    let bench = Bench::new();
    let good = shared(&claims(SHARED, &json!({})), "the new one, of thirty-two bytes");
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
    for token in [
        shared(&claims(SHARED, &json!({})), "the new one, of thirty-two bytes"),
        // Signed before the rotation.
        shared(&claims(SHARED, &json!({})), "the old one, of thirty-two bytes"),
        bench.public(&claims(PUBLIC, &json!({})), Some("k1")),
        // At the edges of the leeway, and with what RFC 7519 allows besides.
        shared(&claims(SHARED, &json!({"exp": NOW - 59, "nbf": NOW + 60})), "the new one, of thirty-two bytes"),
        shared(
            &claims(SHARED, &json!({"exp": 1_795_176_100.5, "aud": ["other", "galley"]})),
            "the new one, of thirty-two bytes",
        ),
    ] {
        let identity = bench.answer(&token).await.unwrap().context.unwrap();
        assert_eq!((identity.tenant.as_str(), identity.subject.as_str()), ("acme", "ana"));
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
