//! Who somebody is and what that allows. Deny by default: no role, no entry.

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{Subject, TenantId};

/// Ordered: each role may do all that the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Author,
    Editor,
    Admin,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Author, Self::Editor, Self::Admin];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Author => "author",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// At least this role, and then only the caller's own tenant.
    Tenant(Role),
    /// An admin of the reserved tenant `system`.
    System,
}

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
