//! The settings of a target that is an account on Bluesky, or on another server of the AT Protocol.

use serde::{Deserialize, Serialize};

use crate::{
    rule::RuleBroken,
    target::kind::{Field, Kind, Needed, Settings, Shape},
    url::PublicUrl,
};

/// An account that posts by its server's API, with an app password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bluesky {
    pub handle: Handle,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_url: Option<PublicUrl>,
}

impl Settings for Bluesky {
    const KIND: &'static Kind = &Kind {
        name: "bluesky",
        title: "Bluesky",
        connect: "Connect a Bluesky",
        about: "An account on Bluesky. A thread goes out as posts that answer one another, anything else as one post that leads to it.",
        url: "Of its server: https://bsky.social, unless the account has one of its own",
        usual_url: "https://bsky.social",
        secret: "App password",
        fields: &[
            Field {
                name: "handle",
                label: "Handle",
                about: "The account's name, such as editors.bsky.social, without an @.",
                shape: Shape::Text { pattern: Handle::PATTERN, most: Handle::MOST, example: "editors.bsky.social" },
                needed: Needed::Always,
            },
            Field {
                name: "site_url",
                label: "Address of the articles",
                about: "An article's page is at this address and its slug. Without it, its post has no link.",
                shape: Shape::Url,
                needed: Needed::No,
            },
        ],
    };

    fn place(&self) -> Vec<&str> {
        vec![self.handle.as_str()]
    }
}

/// A name of an account, which is one of the domain name system (<https://atproto.com/specs/handle>).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(String);

impl Handle {
    const PATTERN: &str = "^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$";
    const MOST: usize = 253;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Handle {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let top = text.rsplit('.').next().unwrap_or_default();
        let fits = text.len() <= Self::MOST && text.contains('.') && text.split('.').all(is_label);
        if fits && top.starts_with(|first: char| first.is_ascii_alphabetic()) {
            Ok(Self(text))
        } else {
            Err(RuleBroken("must be a handle such as editors.bsky.social, without an @"))
        }
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> Self {
        handle.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_handle_is_refused() {
        for text in [
            "",
            "ana",
            "@ana.bsky.social",
            "ana.bsky.social.",
            "ana..social",
            "-a.social",
            "a.1",
            "ä.social",
            "a b.c",
            "a/b.c",
        ] {
            assert!(Handle::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["ana.bsky.social", "example.com", "x-1.test"] {
            assert!(Handle::try_from(text.to_owned()).is_ok(), "{text}");
        }
    }
}
