//! Errors as one line for a log.

use std::error::Error;

/// An error and all its causes, outermost first.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| (**error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{QueueError, StoreError};

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
