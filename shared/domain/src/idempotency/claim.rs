//! Idempotency: a claim is taken in the same transaction as its effect, so the first answer is there to be replayed
//! exactly when the effect is. There is no state in between.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::ids::{IdempotencyKey, Subject, TenantId};

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
