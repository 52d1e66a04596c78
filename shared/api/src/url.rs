//! URLs that clients name.

use serde::Deserialize;
use serde::Serialize;
use url::Host;
use url::Url;

use crate::rule::RuleBroken;

/// Where state changes are reported: https, and a host that the public can resolve. That the address behind the
/// name is public too is checked again when it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(Url);

impl PublicUrl {
    pub const MAX_BYTES: usize = 2048;

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host's name alone.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
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
            // Public services have names, so all IP addresses are refused; no list of ranges is needed.
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
        };
        let bare = url.username().is_empty() && url.password().is_none();
        if url.scheme() == "https" && named && bare && text.len() <= Self::MAX_BYTES {
            Ok(Self(url))
        } else {
            Err(RULE)
        }
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> String {
        url.0.into()
    }
}

crate::schema::scalar!(
    PublicUrl,
    crate::schema::text()
        .max_length(Some(PublicUrl::MAX_BYTES))
        .format(Some(utoipa::openapi::SchemaFormat::Custom("uri".to_owned())))
        .description(Some("https, with a public host name."))
);
