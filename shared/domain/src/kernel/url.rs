//! Addresses that clients name.

use serde::Deserialize;
use serde::Serialize;
use url::Host;
use url::Url;

use crate::kernel::rule::RuleBroken;

/// Where state changes are reported: https, and a host that the public can resolve. That the address behind the
/// name is public too is checked again when it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(Url);

impl PublicUrl {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        const RULE: RuleBroken = RuleBroken("must be an https URL of at most 2048 characters with a public host name");
        let url = Url::parse(&text).map_err(|_| RULE)?;
        let named = match url.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.contains('.')
                    && ![".localhost", ".local", ".internal", ".test"].iter().any(|suffix| name.ends_with(suffix))
            }
            // Nobody's public service is addressed by number; refusing all of them needs no list of ranges.
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
        };
        let bare = url.username().is_empty() && url.password().is_none();
        if url.scheme() == "https" && named && bare && text.len() <= 2048 { Ok(Self(url)) } else { Err(RULE) }
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> String {
        url.0.into()
    }
}
