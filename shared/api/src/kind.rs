//! The kinds of content that Galley makes, and how long a text is to be.

use crate::rule::{bounded_number, choice};

choice!(TaskType {
    BlogPost => "blog_post", SocialMedia => "social_media", Email => "email", Newsletter => "newsletter",
} default BlogPost);

bounded_number! {
    /// Words asked for.
    TargetLength: u32, 200..=5000, "must be 200 to 5000 words"
}

impl TargetLength {
    pub const fn words(self) -> u32 {
        self.0
    }
}

impl Default for TargetLength {
    fn default() -> Self {
        Self(1500)
    }
}
