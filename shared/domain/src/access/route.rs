//! Who may use which route.

pub use galley_api::route::{OfFunction, Query, Route};

use crate::access::role::{Forbidden, Principal};

impl Principal {
    /// # Errors
    /// `Forbidden` when the route asks for more than this principal is.
    pub fn may(&self, route: Route) -> Result<(), Forbidden> {
        if route.access().admits(self.role, self.tenant.is_system()) { Ok(()) } else { Err(Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::role::{
            Access::Public,
            Role::{self, Admin, Author, Editor, Viewer},
        },
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
    fn a_key_for_a_scraper_reads_the_metrics_and_may_do_nothing_else() {
        for role in [Viewer, Author, Editor] {
            let allowed = Route::ALL.iter().filter(|route| principal("system", role).may(**route).is_ok());
            let allowed: Vec<&Route> = allowed.filter(|route| route.access() != Public).collect();
            assert_eq!(allowed, [&Route::Metrics], "{role:?}");
        }
        for role in Role::ALL {
            assert_eq!(principal("acme", role).may(Route::Metrics), Err(Forbidden), "{role:?} of a tenant");
        }
        assert_eq!(principal("system", Admin).may(Route::Metrics), Ok(()));
    }

    #[test]
    fn an_author_edits_but_does_not_decide() {
        let author = principal("acme", Author);
        assert_eq!(author.may(Route::EditDraft), Ok(()));
        assert_eq!(author.may(Route::Approve), Err(Forbidden));
    }
}
