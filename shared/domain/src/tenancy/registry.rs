//! Which tenants there are. A tenant is on the list from its first key or the first attempt at a task on, or from when an operator puts it there; the
//! list decides nothing, it is what operators go through.

use std::future::Future;

use jiff::Timestamp;

use crate::kernel::{
    error::StoreError,
    ids::TenantId,
    paging::{Page, PageKey},
};

/// A tenant on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub tenant: TenantId,
    pub since: Timestamp,
}

pub trait RegistryStore: Send + Sync {
    /// Puts a tenant on the list; one that is there stays as it is.
    fn register(&self, registered: &Registered) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn registered(&self, tenant: &TenantId) -> impl Future<Output = Result<Option<Registered>, StoreError>> + Send;

    /// A page of all tenants, by name.
    fn all_registered(
        &self,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Registered>, StoreError>> + Send;
}
