//! What is said of an article beside its text.

use crate::rule::text_field;

text_field!(
    /// How a person is named to the public. An admin sets it.
    DisplayName, 1..=80, "must be 1 to 80 characters, without control or hidden characters"
);
text_field!(
    /// How a tenant tells its readers that a text was made with a model: one line of plain text.
    Disclosure, 1..=300, "must be one line of 1 to 300 characters, without control or hidden characters"
);
