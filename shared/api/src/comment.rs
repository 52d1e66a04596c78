//! Request bodies of comments on a task.

use serde::{Deserialize, Serialize};

use crate::{ids::CommentId, rule::prose};

prose!(
    /// What somebody says of a text. `@` and a subject mentions that person.
    CommentText,
    1..=4000,
    "must be 1 to 4000 characters, without control or hidden characters"
);
prose!(
    /// The words of the text that a comment is about, as a reader sees them.
    Quote,
    1..=500,
    "must be 1 to 500 characters, without control or hidden characters"
);
prose!(
    /// What stands before or after a quote, by which it is told from the same words elsewhere.
    Beside,
    1..=64,
    "must be 1 to 64 characters, without control or hidden characters"
);

/// The place in a text that a comment is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The revision that was read.
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub revision: u32,
    pub quote: Quote,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Beside>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Beside>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    pub text: CommentText,
    /// Without it, the comment is about the task as a whole.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// The comment that it replies to, which is no reply itself.
    #[serde(default)]
    pub parent: Option<CommentId>,
}

/// A change of a comment; what is left out stays.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommentPatch {
    /// Whoever wrote it may say it in other words.
    #[serde(default)]
    pub text: Option<CommentText>,
    /// For editors: whether it is done with. Of a comment that replies to nothing.
    #[serde(default)]
    pub resolved: Option<bool>,
}
