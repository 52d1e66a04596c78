//! Idempotency: a claim is taken in the same transaction as its effect, so the first answer is there to be replayed
//! exactly when the effect is. There is no state in between.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::{
    error::StoreError,
    ids::{IdempotencyKey, Subject, TenantId},
};

/// How long a first answer is replayed.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A claim on doing something once: who, what, under which key, with which body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub tenant: TenantId,
    /// SHA-256 over subject, method, path and key.
    pub name: String,
    /// SHA-256 over the body.
    pub fingerprint: String,
}

/// The first answer, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedResponse {
    pub status: u16,
    pub location: Option<String>,
    pub etag: Option<String>,
    pub body: String,
}

/// A claim and the answer it will replay.
#[derive(Clone, Debug)]
pub struct ClaimRecord {
    pub claim: Claim,
    pub response: SavedResponse,
    pub expires_at: Timestamp,
}

/// What a key that was used before means for this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The same request: here is its answer.
    Replay(SavedResponse),
    /// Another body under the same key.
    KeyReused,
}

/// Somebody used the key for another body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the idempotency key was used with another body")]
pub struct KeyReused;

/// Why a write that makes a claim was not made.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    #[error("the idempotency key was used before")]
    Claimed(Claimed),
    /// The same key is being used at this very moment.
    #[error("a request with this idempotency key is still running")]
    InFlight,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of a request that takes effect once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T> {
    New(T),
    /// The same request came before; this was its answer.
    Replay(SavedResponse),
}

impl<T> Once<T> {
    /// `made`, or the first answer if `error` says that there is one.
    ///
    /// # Errors
    /// `error`, if it says anything else.
    pub fn of(made: T, written: Result<(), ClaimError>) -> Result<Self, ClaimError> {
        match written {
            Ok(()) => Ok(Self::New(made)),
            Err(error) => error.replay().map(Self::Replay),
        }
    }
}

impl ClaimError {
    /// The first answer, if that is what the key was used for.
    ///
    /// # Errors
    /// The error itself, if it is another.
    pub fn replay(self) -> Result<SavedResponse, Self> {
        match self {
            Self::Claimed(Claimed::Replay(saved)) => Ok(saved),
            other => Err(other),
        }
    }
}

/// A request's claim, if it makes one, and how what it makes is answered: without anything secret, for that is kept.
#[derive(Debug)]
pub struct Keyed<T> {
    pub claim: Option<Claim>,
    pub render: fn(&T) -> SavedResponse,
}

impl<T> Keyed<T> {
    /// What is written together with `made`.
    pub fn record(&self, made: &T, now: Timestamp) -> Option<ClaimRecord> {
        self.claim.clone().map(|claim| claim.record((self.render)(made), now))
    }
}

/// Claims, for requests whose effect is no item of the table, or none that a claim can be written with.
pub trait ClaimStore: Send + Sync {
    /// What an earlier request left under this key, if it has not expired.
    fn claimed(
        &self,
        claim: &Claim,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Claimed>, StoreError>> + Send;

    /// Keeps a claim by itself. Only for an effect that is the same when it happens twice.
    fn keep_claim(&self, record: ClaimRecord) -> impl Future<Output = Result<(), ClaimError>> + Send;
}

impl ClaimRecord {
    /// When it was made.
    pub fn made_at(&self) -> Timestamp {
        self.expires_at - KEPT
    }
}

impl Claim {
    pub fn new(
        tenant: &TenantId,
        subject: &Subject,
        method: &str,
        path: &str,
        key: &IdempotencyKey,
        body: &[u8],
    ) -> Self {
        let mut name = Sha256::new();
        for part in [subject.as_str(), method, path, key.as_str()] {
            name.update(part.len().to_be_bytes());
            name.update(part.as_bytes());
        }
        Self {
            tenant: tenant.clone(),
            name: hex::encode(name.finalize()),
            fingerprint: hex::encode(Sha256::digest(body)),
        }
    }

    pub fn record(self, response: SavedResponse, now: Timestamp) -> ClaimRecord {
        ClaimRecord { claim: self, response, expires_at: now + KEPT }
    }

    /// Reads what an earlier request left under this name.
    pub fn against(&self, fingerprint: &str, response: SavedResponse) -> Claimed {
        if self.fingerprint == fingerprint { Claimed::Replay(response) } else { Claimed::KeyReused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(path: &str, key: &str, body: &[u8]) -> Claim {
        let (tenant, subject) = (TenantId::new("acme").unwrap(), Subject::new("ana").unwrap());
        Claim::new(&tenant, &subject, "POST", path, &IdempotencyKey::new(key).unwrap(), body)
    }

    #[test]
    fn another_body_under_the_same_key_is_a_reuse() {
        let saved = SavedResponse { status: 201, location: None, etag: None, body: "{}".into() };
        let first = claim("/tasks", "k", b"a");
        assert_eq!(claim("/tasks", "k", b"b").against(&first.fingerprint, saved.clone()), Claimed::KeyReused);
        assert_eq!(claim("/tasks", "k", b"a").against(&first.fingerprint, saved.clone()), Claimed::Replay(saved));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(claim("/a", "bc", b"").name, claim("/ab", "c", b"").name);
    }
}
