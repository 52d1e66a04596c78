//! What can go wrong, by what a caller does next.

use std::{fmt, time::Duration};

use galley_api::problem::{FieldError, HeldBy, Problem as Known, ProblemBody};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API refused.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// Something before the functions answered, or something that is not Galley.
    #[error("{status}: {message}")]
    Refused { status: u16, message: String, retry_after: Option<Duration> },
    /// No answer came. Whether the request had an effect is unknown, unless the connection was never made.
    #[error("no answer from {host}")]
    NoAnswer {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the answer is not what the API promises")]
    Unreadable(#[source] serde_json::Error),
    #[error("the answer is over {0} bytes")]
    TooLong(usize),
    /// An answer of 2xx in the place of a stream: it is something else that answers there.
    #[error("{0} answers with no stream of events")]
    NoStream(String),
    #[error("the body cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("the HTTP client cannot start")]
    Start(#[source] reqwest::Error),
    /// `wait_until` ran out of time.
    #[error("the task is still {status} after {}", seconds(.after.as_secs()))]
    StillWaiting { status: String, after: Duration },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("the address must be a URL such as https://api.example.com")]
    NoUrl,
    #[error("the address must not carry credentials, a query or a fragment")]
    Extra,
    #[error("what is named in a path must not be empty, . or ..")]
    Segment,
    #[error("a key is sent by https alone, or to this machine")]
    Insecure,
}

/// A refusal of the API (RFC 9457).
#[derive(Clone, Debug)]
pub struct Problem {
    pub body: ProblemBody,
    /// How long to wait before another try, where the answer says so.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// Its name, e.g. `rate-limited`.
    pub fn kind(&self) -> &str {
        self.body.kind.strip_prefix("urn:galley:problem:").unwrap_or(&self.body.kind)
    }

    /// `None`: it is newer than this client.
    pub fn known(&self) -> Option<Known> {
        Known::ALL.iter().copied().find(|known| known.uri() == self.body.kind)
    }

    pub fn status(&self) -> u16 {
        self.body.status
    }

    /// The fields that break a rule.
    pub fn fields(&self) -> &[FieldError] {
        &self.body.errors
    }

    pub fn blockers(&self) -> &[HeldBy] {
        &self.body.blockers
    }

    pub fn request_id(&self) -> &str {
        &self.body.request_id
    }
}

fn seconds(count: u64) -> String {
    format!("{count} {}", if count == 1 { "second" } else { "seconds" })
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.body.title)?;
        self.body.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
    }
}

impl std::error::Error for Problem {}

impl Error {
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status()),
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    pub fn is(&self, known: Known) -> bool {
        self.problem().is_some_and(|problem| problem.body.kind == known.uri())
    }

    /// Whether another credential is needed, or any. A gateway says 403 of a key that it does not know, and that is no problem
    /// of the API; a role that is too low is one.
    pub fn is_about_credentials(&self) -> bool {
        matches!(self, Self::Refused { status: 403, .. })
            || self.status() == Some(401) && !self.is(Known::SignatureInvalid)
    }

    /// Whether the request may have been done although this came of it.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::NoAnswer { source, .. } => !source.is_connect(),
            _ => matches!(self.status(), Some(500..)),
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) => problem.retry_after,
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_second_is_told_as_one() {
        let told = |seconds| {
            Error::StillWaiting { status: "pending".to_owned(), after: Duration::from_secs(seconds) }.to_string()
        };
        assert_eq!(
            [told(1), told(2)],
            ["the task is still pending after 1 second", "the task is still pending after 2 seconds"]
        );
    }
}
