//! People whom admins have let in.

pub use galley_api::{access::NewPerson, article::DisplayName};
use jiff::Timestamp;
use std::{collections::BTreeSet, future::Future};

use crate::{
    access::role::Role,
    kernel::{
        error::StoreError,
        ids::{GroupName, Subject, TenantId},
        paging::{Page, PageKey},
    },
};

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

/// Somebody whom an admin has let in. The provider says who they are, this says what they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub subject: Subject,
    pub tenant: TenantId,
    pub role: Role,
    /// What readers of their articles see.
    pub display_name: Option<DisplayName>,
    /// The groups that they are in.
    pub groups: BTreeSet<GroupName>,
    pub added_at: Timestamp,
    pub added_by: Subject,
}
