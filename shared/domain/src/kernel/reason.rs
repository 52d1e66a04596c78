//! Why an operator does what cannot be undone, for the record.

use serde::Deserialize;

use crate::kernel::{printable, rule::RuleBroken};

const LEAST: usize = 3;
const MOST: usize = 500;

/// One line of 3 to 500 characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct OperatorReason(String);

impl OperatorReason {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OperatorReason {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let text = text.trim();
        let fits = text.chars().count() <= MOST && printable::seen_chars(text) >= LEAST;
        if fits && printable::is_printable(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RuleBroken("must be 3 to 500 characters, without control or hidden characters"))
        }
    }
}

galley_api::schema::scalar!(OperatorReason, galley_api::schema::text().min_length(Some(LEAST)).max_length(Some(MOST)));
