//! Who somebody is and what that allows. Deny by default: no role, no entry.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{Subject, TenantId},
    route::Route,
};

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
    /// # Errors
    /// `Forbidden` when the route asks for more than this principal is.
    pub fn may(&self, route: Route) -> Result<(), Forbidden> {
        let allowed = match route.access() {
            Access::Public => true,
            Access::Tenant(least) => self.role >= least,
            Access::System => self.is_operator(),
        };
        if allowed { Ok(()) } else { Err(Forbidden) }
    }

    /// An admin of the reserved tenant, who alone sees what crosses tenants.
    pub fn is_operator(&self) -> bool {
        self.tenant.is_system() && self.role == Role::Admin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(tenant: &str, role: Role) -> Principal {
        Principal { tenant: TenantId::new(tenant).unwrap(), subject: Subject::new("ana").unwrap(), role }
    }

    #[test]
    fn a_viewer_decides_nothing() {
        let viewer = principal("acme", Role::Viewer);
        let writes = |route: &&Route| route.method() != "GET" && route.access() != Access::Public;
        for route in Route::ALL.iter().filter(writes).filter(|route| **route != Route::SignOut) {
            assert_eq!(viewer.may(*route), Err(Forbidden), "{route:?}");
        }
        assert_eq!(viewer.may(Route::GetTask), Ok(()));
    }

    #[test]
    fn only_the_system_tenants_admin_sees_what_crosses_tenants() {
        assert_eq!(principal("acme", Role::Admin).may(Route::Health), Err(Forbidden));
        assert_eq!(principal("system", Role::Editor).may(Route::Health), Err(Forbidden));
        assert_eq!(principal("system", Role::Admin).may(Route::Health), Ok(()));
    }

    #[test]
    fn an_author_edits_but_does_not_decide() {
        let author = principal("acme", Role::Author);
        assert_eq!(author.may(Route::EditDraft), Ok(()));
        assert_eq!(author.may(Route::Approve), Err(Forbidden));
    }
}
