//! What of a model's answer was no part of the text, and was taken off when it was read: an editor can look it up.

use serde::{Deserialize, Serialize};

use crate::text;

/// Enough to know it again.
const LONGEST_QUOTE: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RemovedWhat))]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// What the model thought before it answered. It is counted, not quoted.
    Reasoning,
    /// The marks of a code block around the whole answer, or the front matter before it.
    Fence,
    /// What was said to whoever asked, rather than to a reader.
    Chatter,
    /// Characters that show nothing, each replaced by one that says so.
    ControlCharacters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RemovedPlace))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Before,
    Within,
    After,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Removed {
    pub what: What,
    pub place: Place,
    /// Its beginning, where it may be shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// In characters, all of it.
    pub length: usize,
}

impl Removed {
    pub fn quoted(what: What, place: Place, removed: &str) -> Self {
        let removed = removed.trim();
        Self { what, place, text: text::excerpt(removed, LONGEST_QUOTE), length: removed.chars().count() }
    }

    pub const fn counted(what: What, place: Place, length: usize) -> Self {
        Self { what, place, text: String::new(), length }
    }
}
