//! The settings of a target that is a WordPress.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{
    rule::RuleBroken,
    target::kind::{Field, Kind, Needed, Settings, Shape},
};

/// A WordPress that is written to by its REST API, with an application password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordPress {
    pub username: UserName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<NonZeroU32>,
}

impl Settings for WordPress {
    const KIND: &'static Kind = &Kind {
        name: "wordpress",
        title: "WordPress",
        connect: "Connect a WordPress",
        about: "A WordPress site, opened with an application password of one of its users.",
        url: "https://…, the site’s own address",
        usual_url: "",
        secret: "Application password",
        fields: &[
            Field {
                name: "username",
                label: "User name there",
                about: "The name that the application password belongs to.",
                shape: Shape::Text { pattern: UserName::PATTERN, most: UserName::MOST, example: "editor" },
                needed: Needed::Always,
            },
            Field {
                name: "author",
                label: "Author’s id there",
                about: "The id of the user whose name articles bear there. Without it: the user's that writes them.",
                shape: Shape::Whole { least: 1 },
                needed: Needed::No,
            },
        ],
    };
}

/// A user's name as WordPress makes them: 1 to 60 letters, digits, spaces within, `_`, `.`, `@` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl UserName {
    const PATTERN: &str = "^[A-Za-z0-9_.@-]([A-Za-z0-9 _.@-]{0,58}[A-Za-z0-9_.@-])?$";
    const MOST: usize = 60;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserName {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let fits = (1..=Self::MOST).contains(&text.len()) && text.trim() == text;
        if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" _.@-".contains(&b)) {
            Ok(Self(text))
        } else {
            Err(RuleBroken("must be 1 to 60 of A-Z, a-z, 0-9, spaces within, '_', '.', '@' and '-'"))
        }
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_of_a_user_is_refused() {
        for name in ["", "a:b", " a", "a\u{7}"] {
            assert!(UserName::try_from(name.to_owned()).is_err(), "{name:?}");
        }
    }
}
