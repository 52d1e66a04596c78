//! Who may come in: keys, people, their sessions, and who says who they are.

use std::future::Future;

use jiff::{Timestamp, civil::Date};

use super::{BoxError, Page, PageKey, StoreError};
use crate::{
    access::Principal,
    ids::{KeyId, SessionId, Subject, TenantId},
    sign_in::{Begun, Person, Session},
    streams::{Holder, Opened, Place},
};

/// An API key as it is kept: its name and whom it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub id: KeyId,
    /// Its first characters, by which people know it.
    pub prefix: String,
    pub principal: Principal,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used: Option<Date>,
    pub revoked: bool,
}

pub trait KeyStore: Send + Sync {
    fn key(&self, id: &KeyId) -> impl Future<Output = Result<Option<StoredKey>, StoreError>> + Send;

    fn put_key(&self, key: StoredKey) -> impl Future<Output = Result<(), StoreError>> + Send;

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

/// Sign-ins that have begun, and sessions.
pub trait SessionStore: Send + Sync {
    fn keep_begun(&self, state: &str, begun: &Begun) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes it away: of two who ask, one gets it.
    fn take_begun(&self, state: &str) -> impl Future<Output = Result<Option<Begun>, StoreError>> + Send;

    fn start_session(&self, session: &Session) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn session(&self, id: &SessionId) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Puts the hash `next` in the place of `present`. `None` when that is not the present one, or the session is over.
    fn refresh_session(
        &self,
        id: &SessionId,
        present: &str,
        next: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Ends it, if there is one.
    fn end_session(&self, id: &SessionId) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Who holds how many streams open.
pub trait StreamStore: Send + Sync {
    /// Takes one of the holder's `most` places until `until`, which names the place: who asks again, because the answer
    /// was lost, gets the same.
    fn open_stream(
        &self,
        holder: &Holder,
        most: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<Opened, StoreError>> + Send;

    /// Gives a place back, unless it is somebody else's by now.
    fn close_stream(&self, place: &Place) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// People whom admins have let in.
pub trait PersonStore: Send + Sync {
    fn person(
        &self,
        tenant: &TenantId,
        subject: &Subject,
    ) -> impl Future<Output = Result<Option<Person>, StoreError>> + Send;

    fn put_person(&self, person: &Person) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A page of a tenant's people, the newest first.
    fn people(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Person>, StoreError>> + Send;

    /// `false` when the tenant has no such person.
    fn remove_person(
        &self,
        tenant: &TenantId,
        subject: &Subject,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Somebody who says who people are.
pub trait IdentityProvider: Send + Sync {
    /// Where a person says that we may know.
    fn authorize_url(&self, state: &str, challenge: &str) -> String;

    /// Who it was. `None`: the code is not one of theirs, or was used.
    fn identify(&self, code: &str, verifier: &str) -> impl Future<Output = Result<Option<Subject>, BoxError>> + Send;
}
