//! API keys: made for somebody of a tenant, shown once, kept as a hash.

pub use galley_api::access::NewKey;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::kernel::paging::{Page, PageKey};
use crate::{
    access::{
        acts::{Acting, Actor, Recording},
        role::{Forbidden, Principal},
    },
    idempotency::claim::{ClaimError, ClaimRecord, Keyed, Once},
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError},
        ids::{KeyId, Subject, TenantId},
    },
};
use jiff::civil::Date;
use std::future::Future;

/// Every key begins with this, so that leaked ones are found by scanners.
const MARK: &str = "galley_";
/// How much of a key lists show.
const SHOWN: usize = 12;
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 366);

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("must lie in the future, at most a year ahead")]
    InvalidExpiry,
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

impl StoredKey {
    /// What is kept of the key `text`.
    pub fn new(text: &str, principal: Principal, created_at: Timestamp) -> Self {
        Self {
            id: KeyId::of(text),
            prefix: text.chars().take(SHOWN).collect(),
            principal,
            created_at,
            made_by: None,
            expires_at: None,
            last_used: None,
            revoked: false,
        }
    }
}

impl StoredKey {
    /// Whether one of its tenant's people made it, of this name.
    pub fn is_made_by(&self, subject: &Subject) -> bool {
        self.made_by.as_ref().and_then(Actor::subject) == Some(subject)
    }

    /// Whether it identifies anybody.
    pub fn lasts(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|at| now < at)
    }
}

/// Makes a key, once under an idempotency key. The text is nowhere but in the first answer.
///
/// # Errors
/// See `KeyError`; no key was made.
pub async fn make(
    store: &(impl KeyStore + Recording),
    entropy: &impl Entropy,
    clock: &impl Clock,
    acting: &Acting,
    asked: NewKey,
    keyed: &Keyed<StoredKey>,
) -> Result<Once<(StoredKey, SecretString)>, KeyError> {
    let now = clock.now();
    if asked.expires_at.is_some_and(|at| at <= now || at > now + FURTHEST) {
        return Err(KeyError::InvalidExpiry);
    }
    let by = &acting.principal;
    let tenant = asked.tenant.unwrap_or_else(|| by.tenant.clone());
    if tenant != by.tenant && !by.is_operator() {
        return Err(Forbidden.into());
    }
    let text = format!("{MARK}{}", hex::encode(entropy.secret().map_err(KeyError::Entropy)?));
    let principal = Principal { tenant, subject: asked.subject, role: asked.role };
    let made_by = Some(Actor::seen_by(&principal.tenant, by));
    let key = StoredKey { made_by, expires_at: asked.expires_at, ..StoredKey::new(&text, principal, now) };
    let (claim, act) = (keyed.record(&key, now), acting.act(clock, &key.principal.tenant, &key.id));
    let written = store.with_act(act).put_key(key.clone(), claim).await;
    Ok(Once::of((key, SecretString::from(text)), written)?)
}

/// An API key as it is kept: its name and whom it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub id: KeyId,
    /// Its first characters, by which people know it.
    pub prefix: String,
    pub principal: Principal,
    pub created_at: Timestamp,
    /// `None`: a deployment's first, or one of an older release.
    pub made_by: Option<Actor>,
    pub expires_at: Option<Timestamp>,
    pub last_used: Option<Date>,
    pub revoked: bool,
}

pub trait KeyStore: Send + Sync {
    fn key(&self, id: &KeyId) -> impl Future<Output = Result<Option<StoredKey>, StoreError>> + Send;

    /// Keeps a key, and the claim of the request that makes it. Its tenant is on the list of tenants from then on.
    fn put_key(
        &self,
        key: StoredKey,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<(), ClaimError>> + Send;

    /// A page of a tenant's keys, newest first, the revoked ones too.
    fn keys(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<StoredKey>, StoreError>> + Send;

    /// Revokes a key of the tenant's and names somebody else as its owner.
    fn erase_key(
        &self,
        tenant: &TenantId,
        id: &KeyId,
        pseudonym: &Subject,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Revokes a key of this tenant, for good. `false`: it has no such key.
    fn revoke_key(&self, tenant: &TenantId, id: &KeyId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps the day on which a key was last used.
    fn key_used(&self, id: &KeyId, on: Date) -> impl Future<Output = Result<(), StoreError>> + Send;
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
