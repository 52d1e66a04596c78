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
        // As it is written from now on: what is encoded is longer than what was typed, and has to be read again.
        let fits = text.len() <= Self::MAX_BYTES && url.as_str().len() <= Self::MAX_BYTES;
        if url.scheme() == "https" && named && bare && fits { Ok(Self(url)) } else { Err(RULE) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_can_be_read_again() {
        let longest = |path: &str| format!("https://a.example.com/{path}");
        let room = PublicUrl::MAX_BYTES - longest("").len();
        let host = format!("https://{}.example.com", vec!["a".repeat(60); 33].join("."));
        for text in [
            longest(&"x".repeat(room)),
            longest(&"é".repeat(room / 6)),
            longest(&"x y".repeat(room / 5)),
            "https://a.example.com".to_owned(),
            "https://bücher.example.com/?q=ü#ü".to_owned(),
        ] {
            let url = PublicUrl::try_from(text).unwrap();
            assert_eq!(PublicUrl::try_from(String::from(url.clone())), Ok(url));
        }
        let over = [longest(&"é".repeat(room / 2)), longest(&"x y".repeat(room / 4)), longest(&"x".repeat(room + 1))];
        let padded = format!("{host}{}", "a".repeat(PublicUrl::MAX_BYTES - host.len()));
        for text in over.into_iter().chain([padded]) {
            assert!(PublicUrl::try_from(text.clone()).is_err(), "{} as typed", text.len());
        }
    }
}
