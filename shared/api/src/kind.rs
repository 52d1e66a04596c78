//! The kinds of content that Galley makes, and how long a text is to be.

use serde::Deserialize;
use serde::Serialize;

use crate::rule::{RuleBroken, choice};

choice!(TaskType {
    BlogPost => "blog_post", SocialMedia => "social_media", Email => "email", Newsletter => "newsletter",
} default BlogPost);

/// Words asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct TargetLength(u32);

impl TargetLength {
    pub const MIN: u32 = 200;
    pub const MAX: u32 = 5000;

    pub const fn words(self) -> u32 {
        self.0
    }
}

impl Default for TargetLength {
    fn default() -> Self {
        Self(1500)
    }
}

impl TryFrom<u32> for TargetLength {
    type Error = RuleBroken;
    fn try_from(words: u32) -> Result<Self, RuleBroken> {
        if (Self::MIN..=Self::MAX).contains(&words) {
            Ok(Self(words))
        } else {
            Err(RuleBroken("must be 200 to 5000 words"))
        }
    }
}

impl From<TargetLength> for u32 {
    fn from(length: TargetLength) -> u32 {
        length.0
    }
}

crate::schema::scalar!(
    TargetLength,
    crate::schema::whole()
        .minimum(Some(TargetLength::MIN))
        .maximum(Some(TargetLength::MAX))
        .description(Some("Words."))
);
