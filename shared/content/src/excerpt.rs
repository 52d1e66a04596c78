//! Lines of plain text beside a text: what lists and search engines show of it.

use galley_api::printable;

use crate::{
    clean::{self, TooMuch},
    text,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExcerpt {
    #[error("the excerpt must have no control and no hidden characters")]
    Hidden,
    #[error("the excerpt {0}")]
    TooMuch(TooMuch),
}

/// A line of plain text in what a model proposes as one, if anything is to be seen in it.
pub fn proposed(proposed: &str) -> Option<String> {
    let plain = plain(&printable::stripped_prose(proposed)).ok()?;
    printable::shows(&plain).then_some(plain)
}

/// An excerpt is plain text, whatever was sent as one: tags go, entities become what they stand for. Whoever shows it escapes
/// it.
///
/// # Errors
/// The rule that is broken.
pub fn plain(sent: &str) -> Result<String, InvalidExcerpt> {
    if !printable::is_prose(sent) {
        return Err(InvalidExcerpt::Hidden);
    }
    if !sent.contains(['<', '&']) {
        return Ok(sent.to_owned());
    }
    let plain = clean::clean(sent).map(|html| text::plain_text(&html)).map_err(InvalidExcerpt::TooMuch)?;
    // What entities stand for is held to the same rule.
    if printable::is_prose(&plain) { Ok(plain) } else { Err(InvalidExcerpt::Hidden) }
}
