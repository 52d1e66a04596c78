//! Which domain shows what. A domain that nobody named shows nothing: whoever points one at the API gets no tenant's pages under it.

use std::{collections::BTreeMap, str::FromStr};

use galley_domain::kernel::ids::TenantId;
use galley_edge::http::visit::Visit;

use crate::place::Place;

/// Under which every tenant is, where a domain shows more than one.
const ALL: &str = "/site/";

/// Domains and what they show, as `blog.example=acme,pages.example=*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(BTreeMap<String, Shows>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shows {
    /// Every tenant, each under `/site/{tenant}/`.
    All,
    /// One tenant alone, at its root.
    One(TenantId),
}

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

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be domains with their tenant, as in `blog.example=acme,pages.example=*`, each domain and each tenant once"
)]
pub struct InvalidHosts;

impl FromStr for Hosts {
    type Err = InvalidHosts;

    fn from_str(text: &str) -> Result<Self, InvalidHosts> {
        let mut hosts = BTreeMap::new();
        for pair in text.split(',') {
            let (domain, tenant) = pair.trim().split_once('=').ok_or(InvalidHosts)?;
            if !is_domain(domain) {
                return Err(InvalidHosts);
            }
            let shows = match tenant {
                "*" => Shows::All,
                tenant => Shows::One(TenantId::new(tenant).map_err(|_| InvalidHosts)?),
            };
            // With two homes, nobody knows which the addresses in feeds are of.
            let is_second = shows != Shows::All && hosts.values().any(|known| *known == shows);
            if is_second || hosts.insert(domain.to_owned(), shows).is_some() {
                return Err(InvalidHosts);
            }
        }
        Ok(Self(hosts))
    }
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(known) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

impl Hosts {
    pub(crate) fn visited(&self, visit: &Visit) -> Visited {
        let name = visit.name();
        match self.0.get(name) {
            Some(Shows::One(tenant)) => {
                let place = Place::new(tenant.clone(), String::new(), &origin(visit), Some(name));
                Visited::Site(place, visit.path().to_owned())
            }
            Some(Shows::All) => self.of_all(visit),
            None if visit.is_at_its_own_domain() => self.of_all(visit),
            None => Visited::Nothing,
        }
    }

    fn of_all(&self, visit: &Visit) -> Visited {
        if visit.path() == "/robots.txt" {
            return Visited::Robots;
        }
        let Some(rest) = visit.path().strip_prefix(ALL) else { return Visited::Nothing };
        let (tenant, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let Ok(tenant) = TenantId::new(tenant) else { return Visited::Nothing };
        let home = self.0.iter().find(|(_, shows)| **shows == Shows::One(tenant.clone()));
        let base = format!("{ALL}{tenant}");
        Visited::Site(Place::new(tenant, base, &origin(visit), home.map(|(name, _)| name.as_str())), path.to_owned())
    }
}

/// Plain HTTP is spoken on this machine alone.
fn origin(visit: &Visit) -> String {
    let scheme = if visit.is_on_this_machine() { "http" } else { "https" };
    format!("{scheme}://{}", visit.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_map_of_domains_is_refused() {
        for text in [
            "blog.example",
            "=acme",
            "blog.example=",
            "blog.example=ACME!",
            "Blog.example=acme",
            "https://blog.example=acme",
            "blog.example:443=acme",
            "blog..example=acme",
            "-a.example=acme",
            "localhost=acme",
            "*.example=acme",
            "a.example=acme,a.example=beta",
            "a.example=acme,b.example=acme",
            "a.example=acme,",
        ] {
            assert_eq!(text.parse::<Hosts>(), Err(InvalidHosts), "{text}");
        }
        assert_eq!("a.example=acme, b.example=*,c.example=*".parse::<Hosts>().map(|hosts| hosts.0.len()), Ok(3));
    }
}
