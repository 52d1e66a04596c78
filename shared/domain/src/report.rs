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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{QueueError, StoreError};

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
