//! The settings of a target that is an account on a Mastodon.

use serde::{Deserialize, Serialize};

use crate::{
    rule::choice,
    target::kind::{Field, Kind, Needed, Settings, Shape},
    url::PublicUrl,
};

/// An account that posts by its server's API, with a token of an application of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mastodon {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_url: Option<PublicUrl>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
}

choice!(
    /// Who finds a post: everybody, or whoever follows the account or has its address.
    Visibility { Public => "public", Unlisted => "unlisted" } default Public
);

impl Settings for Mastodon {
    const KIND: &'static Kind = &Kind {
        name: "mastodon",
        title: "Mastodon",
        connect: "Connect a Mastodon",
        about: "An account on a Mastodon. A thread goes out as posts that answer one another, anything else as one post that leads to it.",
        url: "Of its server: https://…",
        usual_url: "",
        secret: "Access token",
        fields: &[
            Field {
                name: "site_url",
                label: "Address of the articles",
                about: "An article's page is at this address and its slug. Without it, its post has no link.",
                shape: Shape::Url,
                needed: Needed::No,
            },
            Field {
                name: "visibility",
                label: "Who finds the posts",
                about: "Who finds the posts. Without it: everybody.",
                shape: Shape::Choice(&[("public", "Everybody"), ("unlisted", "Followers, and who has the address")]),
                needed: Needed::No,
            },
        ],
    };
}
