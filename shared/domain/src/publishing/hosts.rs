//! Which domain shows what. A domain that nobody named shows nothing: whoever points one at the site gets no tenant's pages under it.

use std::{collections::BTreeMap, str::FromStr};

use crate::kernel::ids::TenantId;

/// Under which every tenant is, where a domain shows more than one.
pub const ALL: &str = "/site/";

/// Domains and what they show, as `blog.example=acme,pages.example=*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(BTreeMap<String, Shows>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Every tenant, each under `/site/{tenant}/`.
    All,
    /// One tenant alone, at its root.
    One(TenantId),
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
    pub fn shown_at(&self, domain: &str) -> Option<&Shows> {
        self.0.get(domain)
    }

    /// The tenant's own domain.
    fn home(&self, tenant: &TenantId) -> Option<&str> {
        let home = self.0.iter().find(|(_, shows)| matches!(shows, Shows::One(shown) if shown == tenant));
        home.map(|(domain, _)| domain.as_str())
    }

    /// Where readers find a tenant's articles: at its own domain, or among the others at `origin`.
    pub fn site(&self, tenant: &TenantId, origin: &str) -> String {
        match self.home(tenant) {
            Some(domain) => format!("https://{domain}"),
            None => format!("{origin}{ALL}{tenant}"),
        }
    }
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

    #[test]
    fn a_tenant_is_at_its_own_domain_or_among_the_others() {
        let hosts: Hosts = "blog.example=acme,pages.example=*".parse().unwrap();
        let [acme, beta] = ["acme", "beta"].map(|name| TenantId::new(name).unwrap());
        assert_eq!(hosts.site(&acme, "https://site.example"), "https://blog.example");
        assert_eq!(hosts.site(&beta, "https://site.example"), "https://site.example/site/beta");
    }
}
