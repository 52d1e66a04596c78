//! Who somebody is and what that allows. Deny by default: no role, no entry.

pub use galley_api::role::{Access, Role};

use crate::kernel::ids::{Subject, TenantId};

/// A caller whom the authorizer vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub tenant: TenantId,
    pub subject: Subject,
    pub role: Role,
}

/// The caller may not do this, whoever owns the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller's role does not allow this")]
pub struct Forbidden;

impl Principal {
    /// An admin of the reserved tenant, who alone sees what crosses tenants.
    pub fn is_operator(&self) -> bool {
        self.tenant.is_system() && self.role == Role::Admin
    }
}
