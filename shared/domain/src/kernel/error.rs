//! Errors as one line for a log.

use std::error::Error;

/// Others' errors may be as long as they like; what is kept of them is not.
const LONGEST: usize = 1000;

/// An error and all its causes, outermost first.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (**error).source());
    let mut line = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

pub type BoxError = Box<dyn Error + Send + Sync>;

/// The table could not be asked, or what it holds cannot be read. Neither is the client's doing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the table did not answer as it should")]
    Unavailable(#[source] BoxError),
    /// Will not work however often: what was to be written is not as the table takes it, or too large.
    #[error("the table refuses the write for good")]
    Invalid(#[source] ForGood),
    #[error("the stored {item} cannot be read")]
    Unreadable {
        item: &'static str,
        #[source]
        source: BoxError,
    },
    #[error("the stored {item} has schema version {found}, newer than this code")]
    NewerSchema { item: &'static str, found: u32 },
}

/// Marks a refusal that no repetition changes. Found among an error's causes, whatever passes that error on.
#[derive(Debug, thiserror::Error)]
#[error("not to be tried again")]
pub struct ForGood(#[source] BoxError);

impl StoreError {
    pub fn invalid(cause: impl Into<BoxError>) -> Self {
        Self::Invalid(ForGood(cause.into()))
    }

    /// Whether an error is, or comes from, a write that will not work however often.
    pub fn is_final(error: &(dyn Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| (**error).source())
            .any(|error| error.downcast_ref::<ForGood>().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::error::StoreError, queue::message::QueueError};

    #[test]
    fn an_error_without_end_fits_beside_what_it_is_kept_with() {
        let error = QueueError("é".repeat(500_000).into());
        assert_eq!(chain(&error).chars().count(), LONGEST + 1);
    }

    #[test]
    fn every_cause_is_named() {
        let inner = QueueError("the wire is cut".into());
        let error = StoreError::Unavailable(inner.into());
        assert_eq!(
            chain(&error),
            "the table did not answer as it should: the queue did not take the message: the wire is cut"
        );
    }
}
