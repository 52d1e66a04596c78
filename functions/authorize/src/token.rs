//! JWTs. The issuer's configuration decides the algorithm and the keys, never the token: its header only names a key. The
//! checks: each name comes once, no critical parameter that is not understood, algorithm, signature, `iss`,
//! `aud`, `exp`, `nbf`, and the claims that identify the caller.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::{
    access::{key_sets::KeySets, role::Principal, sign_in::ISSUER},
    kernel::{clock::Clock, ids::SessionId},
    secrets::{key::Hs256Key, store::Secrets},
};
use galley_edge::http::json;
use jiff::Timestamp;
use jsonwebtoken::{DecodingKey, Validation, decode, errors::ErrorKind};
use serde_json::{Map, Value};

use crate::{
    claims::{self, BrokenClaim},
    issuers::{Issuer, Issuers},
    keys::PublicKeys,
    unavailable::Unavailable,
};

/// Header parameters that change a token's meaning and are not supported (RFC 7515 4.1.11, RFC 7797).
const NOT_UNDERSTOOD: [&str; 2] = ["crit", "b64"];

/// Why a token is refused. Only for the log: the caller does not learn the reason.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("it is no token of an issuer that is trusted")]
    Unknown,
    #[error("its header asks for what is not understood")]
    Critical,
    #[error("its algorithm is not the issuer's")]
    Algorithm,
    #[error("the issuer has no such key")]
    NoKey,
    #[error("its signature or its claims do not hold")]
    Invalid(#[source] jsonwebtoken::errors::Error),
    #[error(transparent)]
    Claims(#[from] BrokenClaim),
    #[error("its session is over")]
    Session,
}

/// The caller that a token identifies, the Galley session that it belongs to, and until when it identifies anybody.
#[derive(Debug)]
pub struct Verified {
    pub principal: Principal,
    pub session: Option<SessionId>,
    pub expires_at: Timestamp,
}

/// Verifies tokens.
#[derive(Debug)]
pub struct Tokens<X, K> {
    issuers: Issuers,
    secrets: X,
    public_keys: PublicKeys<K>,
}

impl<X: Secrets, K: KeySets> Tokens<X, K> {
    pub fn new(issuers: Issuers, secrets: X, key_sets: K) -> Self {
        let public_keys = PublicKeys::of(&issuers, key_sets);
        Self { issuers, secrets, public_keys }
    }

    /// Whether `credential` has the form of a token. An API key has no dots.
    pub fn looks_like_one(&self, credential: &str) -> bool {
        !self.issuers.is_empty() && credential.split('.').count() == 3
    }

    /// The caller that `token` identifies.
    ///
    /// # Errors
    /// `Unavailable` when the keys cannot be read; the inner `Refused` when the token is not valid.
    pub async fn verify(&self, token: &str, clock: &impl Clock) -> Result<Result<Verified, Refused>, Unavailable> {
        let Some((header, claims)) = parts(token) else { return Ok(Err(Refused::Unknown)) };
        let named = claims.get("iss").and_then(Value::as_str);
        let Some(issuer) = named.and_then(|name| self.issuers.get(name)) else { return Ok(Err(Refused::Unknown)) };
        if NOT_UNDERSTOOD.iter().any(|name| header.contains_key(*name)) {
            return Ok(Err(Refused::Critical));
        }
        if header.get("alg").is_none_or(|named| *named != format!("{:?}", issuer.algorithm)) {
            return Ok(Err(Refused::Algorithm));
        }
        let keys = self.keys(issuer, header.get("kid").and_then(Value::as_str), clock).await?;
        if keys.is_empty() {
            return Ok(Err(Refused::NoKey));
        }
        let mut validation = Validation::new(issuer.algorithm);
        validation.set_issuer(&[&issuer.issuer]);
        validation.set_audience(&[&issuer.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // Checked below with our own clock, which tests can set.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let mut refused = Refused::NoKey;
        for key in &keys {
            match decode::<Map<String, Value>>(token, key, &validation) {
                // The claims come from the signed bytes, and were parsed above with duplicate names refused.
                Ok(_) => return Ok(verified(issuer, &claims, clock.now())),
                // Another key may have signed; what is wrong with the claims is so with every key.
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => refused = Refused::Invalid(error),
                Err(error) => return Ok(Err(Refused::Invalid(error))),
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
        self.public_keys.find(url, (kid, issuer.algorithm), clock).await
    }
}

/// A token's header and claims, if it has the form of one and every name in them comes once.
fn parts(token: &str) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let mut parts = token.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let read = |part: &str| match json::unambiguous(&URL_SAFE_NO_PAD.decode(part).ok()?)? {
        Value::Object(map) => Some(map),
        _ => None,
    };
    if parts.next().is_some() { None } else { Some((read(header)?, read(claims)?)) }
}

fn verified(issuer: &Issuer, claims: &Map<String, Value>, now: Timestamp) -> Result<Verified, Refused> {
    let (principal, expires_at) = claims::principal(issuer, claims, now)?;
    let session = if issuer.issuer == ISSUER {
        let named = claims.get("sid").and_then(Value::as_str).and_then(|text| SessionId::new(text).ok());
        Some(named.ok_or(BrokenClaim::Session)?)
    } else {
        None
    };
    Ok(Verified { principal, session, expires_at })
}
