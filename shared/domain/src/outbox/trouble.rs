//! What keeps an article from a target.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a call came to that did not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub effect: Effect,
    pub why: Why,
    /// How long the target asks to be left alone.
    pub after: Option<Duration>,
}

/// Whether a call that failed did something all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It may have: look before anything is sent again.
    Unknown,
    /// Nothing, and it may be tried again.
    None,
    /// Nothing, and the same again would come to the same.
    Never,
}

/// What kept something from being published. Says nothing of the target's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TargetTrouble))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    #[error("the host's address is not public")]
    AddressNotPublic,
    #[error("the host has no address")]
    Unresolvable,
    #[error("no connection")]
    Unreachable,
    #[error("no answer in time")]
    Timeout,
    #[error("it answers with a redirect, which is not followed: name the address that it leads to")]
    Redirected,
    #[error("it has no such interface at this address")]
    NoInterface,
    #[error(
        "it does not know who asks: the user name or the password is wrong, or its host removes the Authorization header"
    )]
    NotLoggedIn,
    #[error("it does not accept the credentials")]
    CredentialsRefused,
    #[error("its user may not do this")]
    NotAllowed,
    #[error("it has no such repository, or none that its token may see")]
    NoRepository,
    #[error("its repository has no such branch")]
    NoBranch,
    #[error("its branch is protected: let the token's user push to it, or have changes proposed")]
    BranchProtected,
    #[error("it asks for fewer requests")]
    RateLimited,
    #[error("it has an error of its own")]
    Broken,
    #[error("its answer cannot be read")]
    Unreadable,
    #[error("it does not take the article as it is")]
    Rejected,
    #[error("a post of it is longer than the target takes")]
    TooLong,
    #[error("the target has no secret")]
    NoSecret,
    #[error("the target was removed")]
    TargetRemoved,
    #[error("the approved text is not there any more")]
    TextMissing,
    #[error("no try came to its end")]
    Interrupted,
    #[error("the target has another address since, and the copy is where it was")]
    AnotherAddress,
    #[error("the copy was changed there by hand")]
    EditedThere,
    #[error("the copy was removed there by hand")]
    RemovedThere,
    #[error("it stands there without its picture, which could not be fetched, or which the target does not take")]
    WithoutPicture,
}

impl Why {
    /// Whether the next article would meet with the same: then it is the target that is broken.
    pub const fn blames_the_target(self) -> bool {
        match self {
            Self::AddressNotPublic
            | Self::Unresolvable
            | Self::Unreachable
            | Self::Timeout
            | Self::Redirected
            | Self::NoInterface
            | Self::NotLoggedIn
            | Self::CredentialsRefused
            | Self::NotAllowed
            | Self::NoRepository
            | Self::NoBranch
            | Self::BranchProtected
            | Self::Broken
            | Self::Unreadable
            | Self::NoSecret => true,
            Self::RateLimited
            | Self::Rejected
            | Self::TooLong
            | Self::TargetRemoved
            | Self::TextMissing
            | Self::Interrupted
            | Self::AnotherAddress
            | Self::EditedThere
            | Self::RemovedThere
            | Self::WithoutPicture => false,
        }
    }
}
