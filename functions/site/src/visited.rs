//! What a visit is to, by the domain that it came to.

use galley_domain::{
    kernel::ids::TenantId,
    publishing::hosts::{ALL, Hosts, Shows},
};
use galley_edge::http::visit::Visit;

use crate::place::Place;

/// What a visit is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visited {
    /// A path of a tenant's site, beginning with `/`, or empty.
    Site(Place, String),
    /// The `robots.txt` of a domain that shows every tenant.
    Robots,
    /// A domain that shows nothing, or no tenant's path.
    Nothing,
}

impl Visited {
    pub(crate) fn by(visit: &Visit, hosts: &Hosts) -> Self {
        match hosts.shown_at(visit.name()) {
            Some(Shows::One(tenant)) => {
                let place = Place::new(tenant.clone(), String::new(), origin(visit));
                Self::Site(place, visit.path().to_owned())
            }
            Some(Shows::All) => Self::of_all(visit, hosts),
            None if visit.is_at_its_own_domain() => Self::of_all(visit, hosts),
            None => Self::Nothing,
        }
    }

    fn of_all(visit: &Visit, hosts: &Hosts) -> Self {
        if visit.path() == "/robots.txt" {
            return Self::Robots;
        }
        let Some(rest) = visit.path().strip_prefix(ALL) else { return Self::Nothing };
        let (tenant, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let Ok(tenant) = TenantId::new(tenant) else { return Self::Nothing };
        let (base, known_as) = (format!("{ALL}{tenant}"), hosts.site(&tenant, &origin(visit)));
        Self::Site(Place::new(tenant, base, known_as), path.to_owned())
    }
}

/// Plain HTTP is spoken on this machine alone.
fn origin(visit: &Visit) -> String {
    let scheme = if visit.is_on_this_machine() { "http" } else { "https" };
    format!("{scheme}://{}", visit.domain())
}
