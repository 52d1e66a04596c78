//! Who may use which route.

pub use galley_api::route::{OfFunction, Query, Route};

use crate::access::role::{
    Access::{Public, System, Tenant},
    Forbidden, Principal,
};

impl Principal {
    /// # Errors
    /// `Forbidden` when the route asks for more than this principal is.
    pub fn may(&self, route: Route) -> Result<(), Forbidden> {
        let allowed = match route.access() {
            Public => true,
            Tenant(least) => self.role >= least,
            System => self.is_operator(),
        };
        if allowed { Ok(()) } else { Err(Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::role::Role::{self, Admin, Author, Editor, Viewer},
        kernel::ids::{Subject, TenantId},
    };

    fn principal(tenant: &str, role: Role) -> Principal {
        Principal { tenant: TenantId::new(tenant).unwrap(), subject: Subject::new("ana").unwrap(), role }
    }

    #[test]
    fn a_viewer_decides_nothing() {
        let viewer = principal("acme", Viewer);
        let writes = |route: &&Route| route.method() != "GET" && route.access() != Public;
        // A ticket lets its owner read what they may read anyway.
        let harmless = [Route::SignOut, Route::StreamTicket];
        for route in Route::ALL.iter().filter(writes).filter(|route| !harmless.contains(route)) {
            assert_eq!(viewer.may(*route), Err(Forbidden), "{route:?}");
        }
        assert_eq!(viewer.may(Route::GetTask), Ok(()));
    }

    #[test]
    fn only_the_system_tenants_admin_sees_what_crosses_tenants() {
        assert_eq!(principal("acme", Admin).may(Route::Health), Err(Forbidden));
        assert_eq!(principal("system", Editor).may(Route::Health), Err(Forbidden));
        assert_eq!(principal("system", Admin).may(Route::Health), Ok(()));
    }

    #[test]
    fn an_author_edits_but_does_not_decide() {
        let author = principal("acme", Author);
        assert_eq!(author.may(Route::EditDraft), Ok(()));
        assert_eq!(author.may(Route::Approve), Err(Forbidden));
    }
}
