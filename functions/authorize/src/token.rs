//! JWTs. The issuer decides the algorithm and the keys, never the token: its header only names which of them. What is
//! checked: algorithm, signature, `iss`, `aud`, `exp`, `nbf`, and the claims that say who somebody is.

use std::{collections::HashMap, sync::Arc};

use futures_util::lock::Mutex;
use galley_domain::{
    access::{Principal, Role},
    ids::{SessionId, Subject, TenantId},
    ports::{BoxError, Clock, KeySets, SecretError, Secrets},
    secret::Hs256Key,
    sign_in::ISSUER,
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{DecodingKey, Validation, dangerous, decode, decode_header, jwk::JwkSet};
use serde_json::{Map, Value};

use crate::issuers::{Issuer, Issuers};

/// Clocks differ by so much.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// A stream of unknown key ids must not become a stream of requests to the issuer.
const REFRESHED_AT_MOST: SignedDuration = SignedDuration::from_secs(30);
const KEPT: SignedDuration = SignedDuration::from_mins(60);

/// Why a token is not taken. For the log: the caller learns nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("it is no token of an issuer that is trusted")]
    Unknown,
    #[error("its algorithm is not the issuer's")]
    Algorithm,
    #[error("the issuer has no such key")]
    NoKey,
    #[error("its signature or its claims do not hold")]
    Invalid(#[source] jsonwebtoken::errors::Error),
    #[error("its time is over, or has not come")]
    Time,
    #[error("its claims do not say who it is for")]
    Claims,
    #[error("its session is over")]
    Session,
}

/// What stops an answer: API Gateway then answers 500 and caches nothing.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    #[error("the issuer's keys could not be read")]
    KeySet(#[source] BoxError),
    #[error("the issuer's secret could not be read")]
    Secret(#[source] SecretError),
}

/// Whom a token stands for, and which session of ours it belongs to.
#[derive(Debug)]
pub struct Verified {
    pub principal: Principal,
    pub session: Option<SessionId>,
}

/// Verifies tokens.
#[derive(Debug)]
pub struct Tokens<X, K> {
    issuers: Issuers,
    secrets: X,
    key_sets: K,
    cache: Arc<Mutex<HashMap<String, (Timestamp, JwkSet)>>>,
}

impl<X: Secrets, K: KeySets> Tokens<X, K> {
    pub fn new(issuers: Issuers, secrets: X, key_sets: K) -> Self {
        Self { issuers, secrets, key_sets, cache: Arc::default() }
    }

    /// Whether `credential` can be a token at all. An API key has no dots.
    pub fn looks_like_one(&self, credential: &str) -> bool {
        !self.issuers.is_empty() && credential.split('.').count() == 3
    }

    /// Whom `token` stands for.
    ///
    /// # Errors
    /// `Unavailable` outside, `Refused` inside.
    pub async fn verify(&self, token: &str, clock: &impl Clock) -> Result<Result<Verified, Refused>, Unavailable> {
        let Ok(header) = decode_header(token) else { return Ok(Err(Refused::Unknown)) };
        let claimed = dangerous::insecure_decode::<Map<String, Value>>(token).ok();
        let named = claimed.as_ref().and_then(|claims| claims.claims.get("iss")?.as_str());
        let Some(issuer) = named.and_then(|name| self.issuers.get(name)) else { return Ok(Err(Refused::Unknown)) };
        if header.alg != issuer.algorithm {
            return Ok(Err(Refused::Algorithm));
        }
        let keys = self.keys(issuer, header.kid.as_deref(), clock).await?;
        if keys.is_empty() {
            return Ok(Err(Refused::NoKey));
        }
        let mut validation = Validation::new(issuer.algorithm);
        validation.set_issuer(&[&issuer.issuer]);
        validation.set_audience(&[&issuer.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // By the clock of this process below, which tests can set.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let mut refused = Refused::NoKey;
        for key in &keys {
            match decode::<Map<String, Value>>(token, key, &validation) {
                Ok(found) => return Ok(verified(issuer, &found.claims, clock.now())),
                Err(error) => refused = Refused::Invalid(error),
            }
        }
        Ok(Err(refused))
    }

    /// The keys that may have signed: every active version of a secret, or the public key of that id.
    async fn keys(
        &self,
        issuer: &Issuer,
        kid: Option<&str>,
        clock: &impl Clock,
    ) -> Result<Vec<DecodingKey>, Unavailable> {
        if let Some(secret) = &issuer.secret {
            let keys = Hs256Key::active(&self.secrets, secret).await.map_err(Unavailable::Secret)?;
            return Ok(keys.iter().map(|key| DecodingKey::from_secret(key.bytes())).collect());
        }
        let (Some(url), Some(kid)) = (&issuer.jwks_url, kid) else { return Ok(Vec::new()) };
        // Held while reading, so that a burst of requests reads once.
        let mut cache = self.cache.lock().await;
        let now = clock.now();
        let age = cache.get(url).map(|(read_at, _)| now.duration_since(*read_at));
        let known = cache.get(url).and_then(|(_, set)| public_key(set, kid));
        let fresh = age.is_some_and(|age| if known.is_some() { age < KEPT } else { age < REFRESHED_AT_MOST });
        if fresh {
            return Ok(known.into_iter().collect());
        }
        let read = self.key_sets.key_set(url).await.and_then(|text| Ok(serde_json::from_str::<JwkSet>(&text)?));
        match (read, known) {
            (Ok(set), _) => {
                let key = public_key(&set, kid);
                cache.insert(url.clone(), (now, set));
                Ok(key.into_iter().collect())
            }
            // An issuer that does not answer for a moment locks nobody out whose key is known.
            (Err(error), Some(key)) => {
                tracing::warn!(issuer = issuer.issuer, %error, "an issuer's keys are old and could not be read again");
                Ok(vec![key])
            }
            (Err(error), None) => Err(Unavailable::KeySet(error)),
        }
    }
}

fn public_key(set: &JwkSet, kid: &str) -> Option<DecodingKey> {
    set.find(kid).and_then(|jwk| DecodingKey::from_jwk(jwk).ok())
}

fn verified(issuer: &Issuer, claims: &Map<String, Value>, now: Timestamp) -> Result<Verified, Refused> {
    let principal = principal(issuer, claims, now)?;
    let session = if issuer.issuer == ISSUER {
        let named = claims.get("sid").and_then(Value::as_str).and_then(|text| SessionId::new(text).ok());
        Some(named.ok_or(Refused::Claims)?)
    } else {
        None
    };
    Ok(Verified { principal, session })
}

/// Who the verified claims name.
fn principal(issuer: &Issuer, claims: &Map<String, Value>, now: Timestamp) -> Result<Principal, Refused> {
    let time = |name: &str| -> Result<Option<Timestamp>, Refused> {
        let Some(value) = claims.get(name) else { return Ok(None) };
        // RFC 7519 allows fractions of a second.
        let seconds = value.as_i64().or_else(|| value.as_f64().filter(|s| s.abs() < 1e12).map(whole));
        let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        at.map(Some).ok_or(Refused::Time)
    };
    let expires = time("exp")?.ok_or(Refused::Time)?;
    let over = expires.checked_add(LEEWAY).is_ok_and(|at| at <= now);
    let early = time("nbf")?.is_some_and(|at| at.checked_sub(LEEWAY).is_ok_and(|at| at > now));
    if over || early {
        return Err(Refused::Time);
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let tenant = text(&issuer.tenant_claim).and_then(|text| TenantId::new(text).ok()).ok_or(Refused::Claims)?;
    let subject = text(&issuer.subject_claim).and_then(|text| Subject::new(text).ok()).ok_or(Refused::Claims)?;
    let role = text(&issuer.role_claim).and_then(Role::from_name).ok_or(Refused::Claims)?;
    if !issuer.speaks_for(&tenant) {
        return Err(Refused::Claims);
    }
    Ok(Principal { tenant, subject, role })
}

#[expect(clippy::cast_possible_truncation, reason = "bounded by its caller")]
const fn whole(seconds: f64) -> i64 {
    seconds as i64
}
