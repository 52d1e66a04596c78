//! API keys: made for somebody of a tenant, shown once, kept as a hash.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    access::{Forbidden, Principal, Role},
    ids::{KeyId, Subject, TenantId},
    ports::{BoxError, Clock, Entropy, KeyStore, StoreError, StoredKey},
    request::moment,
};

/// Every key begins with this, so that leaked ones are found by scanners.
const MARK: &str = "galley_";
/// How much of a key lists show.
const SHOWN: usize = 12;
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// What is asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    pub subject: Subject,
    pub role: Role,
    #[serde(default, deserialize_with = "moment")]
    pub expires_at: Option<Timestamp>,
    /// Another tenant than the caller's: for the operator alone, who lets tenants in.
    #[serde(default)]
    pub tenant: Option<TenantId>,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("must lie in the future, at most a year ahead")]
    InvalidExpiry,
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoredKey {
    /// What is kept of the key `text`.
    pub fn new(text: &str, principal: Principal, created_at: Timestamp) -> Self {
        Self {
            id: KeyId::of(text),
            prefix: text.chars().take(SHOWN).collect(),
            principal,
            created_at,
            expires_at: None,
            last_used: None,
            revoked: false,
        }
    }
}

/// Makes a key. The text is nowhere but in the answer.
///
/// # Errors
/// See `KeyError`; no key was made.
pub async fn make(
    store: &impl KeyStore,
    entropy: &impl Entropy,
    clock: &impl Clock,
    by: &Principal,
    asked: NewKey,
) -> Result<(StoredKey, SecretString), KeyError> {
    let now = clock.now();
    if asked.expires_at.is_some_and(|at| at <= now || at > now + FURTHEST) {
        return Err(KeyError::InvalidExpiry);
    }
    let tenant = asked.tenant.unwrap_or_else(|| by.tenant.clone());
    if tenant != by.tenant && !by.is_operator() {
        return Err(Forbidden.into());
    }
    let text = format!("{MARK}{}", hex::encode(entropy.secret().map_err(KeyError::Entropy)?));
    let principal = Principal { tenant, subject: asked.subject, role: asked.role };
    let key = StoredKey { expires_at: asked.expires_at, ..StoredKey::new(&text, principal, now) };
    store.put_key(key.clone()).await?;
    Ok((key, SecretString::from(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_and_roles_are_refused() {
        for body in [
            r#"{"subject":"ana","role":"owner"}"#,
            r#"{"subject":"a","role":"viewer"}"#,
            r#"{"subject":"ana","role":"viewer","revoked":false}"#,
            r#"{"subject":"ana"}"#,
        ] {
            assert!(serde_json::from_str::<NewKey>(body).is_err(), "{body}");
        }
    }
}
