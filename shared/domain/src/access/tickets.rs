//! Tickets for streams. A browser's `EventSource` sends no header of its own, so it shows a ticket in its query: for one stream of
//! one task, once, within thirty seconds. Kept as a hash, without a name. A stream that a ticket has opened lasts no longer than what
//! its owner proved their identity with.

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    access::{
        acts::Credential,
        keys::KeyStore,
        role::{Principal, Role},
        sign_in::SessionStore,
        streams::Holder,
    },
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError},
        ids::{KeyId, SessionId, TaskId, TenantId},
    },
};
use std::future::Future;

/// How long a ticket may be shown.
pub const LASTS: SignedDuration = SignedDuration::from_secs(30);
/// Every ticket begins with this, so that it is known for a secret wherever it stands.
const MARK: &str = "galley_ticket_";
const RANDOM_CHARS: usize = 64;

/// What an identity was proven with, by which it can be asked again whether it still holds. Without a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Key(KeyId),
    Token { session: Option<SessionId>, expires_at: Timestamp },
}

impl Proof {
    /// Of what kind it is, as acts tell it.
    pub fn credential(&self) -> Credential {
        match self {
            Self::Key(id) => Credential::Key { key_id: id.clone() },
            Self::Token { session: Some(_), .. } => Credential::Session,
            Self::Token { session: None, .. } => Credential::Token,
        }
    }
}

/// Whom a ticket stands for, without a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    pub tenant: TenantId,
    pub role: Role,
    pub holder: Holder,
    pub proof: Proof,
}

impl Bearer {
    pub fn of(principal: &Principal, proof: Proof) -> Self {
        let (tenant, role) = (principal.tenant.clone(), principal.role);
        Self { tenant, role, holder: Holder::of(principal), proof }
    }

    /// Whether the proof still identifies the same caller: a key may have been revoked, a session ended, a token have expired.
    ///
    /// # Errors
    /// When that cannot be looked up.
    pub async fn is_still_known(
        &self,
        store: &(impl KeyStore + SessionStore),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match &self.proof {
            Proof::Key(id) => Ok(store.key(id).await?.is_some_and(|key| {
                let Principal { tenant, role, .. } = &key.principal;
                key.lasts(now)
                    && *tenant == self.tenant
                    && *role == self.role
                    && Holder::of(&key.principal) == self.holder
            })),
            Proof::Token { expires_at, .. } if now >= *expires_at => Ok(false),
            Proof::Token { session: None, .. } => Ok(true),
            Proof::Token { session: Some(id), .. } => {
                Ok(store.session(id).await?.is_some_and(|session| session.lasts(now)))
            }
        }
    }
}

/// A ticket's name: the hash of its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(String);

impl TicketId {
    /// `None`: no ticket of ours looks like this.
    pub fn of(text: &str) -> Option<Self> {
        let random = text.strip_prefix(MARK)?;
        let is_ours = random.len() == RANDOM_CHARS
            && random.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        is_ours.then(|| Self(hex::encode(Sha256::digest(text))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A ticket as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub task: TaskId,
    pub bearer: Bearer,
    pub expires_at: Timestamp,
}

/// A ticket as it is handed out; its text is nowhere else.
#[derive(Debug)]
pub struct MadeTicket {
    pub text: SecretString,
    pub expires_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a ticket for a stream of a task that its bearer may read.
///
/// # Errors
/// See `TicketError`; there is no ticket then.
pub async fn make(
    store: &impl TicketStore,
    entropy: &impl Entropy,
    clock: &impl Clock,
    task: &TaskId,
    bearer: Bearer,
) -> Result<MadeTicket, TicketError> {
    let text = SecretString::from(format!("{MARK}{}", hex::encode(entropy.secret().map_err(TicketError::Entropy)?)));
    let expires_at = clock.now() + LASTS;
    let ticket = Ticket { task: task.clone(), bearer, expires_at };
    let id = TicketId::of(text.expose_secret()).ok_or_else(|| TicketError::Entropy("it has no form".into()))?;
    store.keep_ticket(&id, &ticket).await?;
    Ok(MadeTicket { text, expires_at })
}

/// Whom the ticket lets in, to this task. `None` whatever the reason: unknown, used, late, of another task, or its owner is nobody by
/// now.
///
/// # Errors
/// When that cannot be looked up.
pub async fn admit(
    store: &(impl TicketStore + KeyStore + SessionStore),
    text: &str,
    task: &TaskId,
    now: Timestamp,
) -> Result<Option<Bearer>, StoreError> {
    let Some(id) = TicketId::of(text) else { return Ok(None) };
    let taken = store.take_ticket(&id).await?.filter(|ticket| ticket.task == *task && now < ticket.expires_at);
    let Some(Ticket { bearer, .. }) = taken else { return Ok(None) };
    Ok(bearer.is_still_known(store, now).await?.then_some(bearer))
}

pub trait TicketStore: Send + Sync {
    fn keep_ticket(&self, id: &TicketId, ticket: &Ticket) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes it away, whatever it is shown for: of two who ask, one gets it.
    fn take_ticket(&self, id: &TicketId) -> impl Future<Output = Result<Option<Ticket>, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_have_made_looks_like_a_ticket() {
        let good = format!("{MARK}{}", "0a".repeat(32));
        assert!(TicketId::of(&good).is_some());
        assert_ne!(TicketId::of(&good).unwrap().as_str(), good);
        for bad in
            ["", "galley_ticket_", &good[1..], &good.to_uppercase(), &format!("{good}0"), &good.replace('a', "g")]
        {
            assert_eq!(TicketId::of(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_kept_of_a_ticket_names_nobody() {
        let principal = Principal {
            tenant: TenantId::new("acme").unwrap(),
            subject: crate::kernel::ids::Subject::new("ana-maria").unwrap(),
            role: Role::Viewer,
        };
        let proof = Proof::Token { session: None, expires_at: Timestamp::UNIX_EPOCH };
        let kept = serde_json::to_string(&Bearer::of(&principal, proof)).unwrap();
        assert!(!kept.contains("ana-maria"), "{kept}");
    }
}
