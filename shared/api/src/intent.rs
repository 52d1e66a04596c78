//! What somebody asks for in a sentence.

use crate::rule::text_field;

text_field!(
    /// One sentence or a few, on one line.
    IntentText,
    1..=500,
    "must be 1 to 500 characters on one line, without control or hidden characters"
);
