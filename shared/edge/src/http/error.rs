//! Errors as RFC 9457 problems. What the client reads and what the log keeps are two things: `ApiError` has no
//! `Display`, and its cause never reaches the reply.

pub use galley_api::problem::{FieldError, HeldBy, Problem, ProblemBody};
use galley_domain::{
    access::limits::RateState,
    idempotency::claim::{ClaimError, Claimed},
    kernel::error::StoreError,
    queue::message::QueueError,
    secrets::store::SecretError,
};

use super::reply::Reply;
use crate::telemetry::paths::outline;

/// The most problems that an answer lists, so that its size does not depend on the request.
pub(super) const MOST_TOLD: usize = 20;
/// The most characters of a name or a rule.
const MOST_CHARS: usize = 200;

/// A client's own words come back in a problem, and they may be long.
fn in_short(error: &FieldError) -> FieldError {
    let short = |text: &str| match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    FieldError { field: short(&error.field), message: short(&error.message) }
}

#[derive(Debug)]
pub struct ApiError {
    problem: Problem,
    detail: Option<String>,
    errors: Vec<FieldError>,
    blockers: Vec<HeldBy>,
    state: Option<&'static str>,
    headers: Vec<(&'static str, String)>,
    rate: Option<RateState>,
    /// For the log alone.
    cause: Option<String>,
}

impl ApiError {
    pub const fn new(problem: Problem) -> Self {
        Self {
            problem,
            detail: None,
            errors: Vec::new(),
            blockers: Vec::new(),
            state: None,
            headers: Vec::new(),
            rate: None,
            cause: None,
        }
    }

    pub fn invalid(field: &str, rule: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError { field: field.to_owned(), message: rule.into() }])
    }

    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Problem::Invalid) }
    }

    /// A fault of ours: `what` goes to the log, and the client gets no details.
    pub fn internal(what: &str) -> Self {
        Self { cause: Some(what.to_owned()), ..Self::new(Problem::Internal) }
    }

    /// A part that we depend on did not answer. A retry may help, unless the error is final.
    pub fn unavailable(cause: &(dyn std::error::Error + 'static)) -> Self {
        if StoreError::is_final(cause) {
            return Self::internal(&crate::telemetry::chain(cause));
        }
        Self { cause: Some(crate::telemetry::chain(cause)), ..Self::new(Problem::Unavailable) }
            .header("retry-after", "2")
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What it is about, field by field.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    #[must_use]
    pub fn blockers(mut self, blockers: Vec<HeldBy>) -> Self {
        self.blockers = blockers;
        self
    }

    #[must_use]
    pub const fn state(mut self, state: &'static str) -> Self {
        self.state = Some(state);
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn rate(mut self, rate: RateState) -> Self {
        self.rate = Some(rate);
        self
    }

    /// As `rate`, where it is known.
    #[must_use]
    pub fn rated(self, rate: Option<RateState>) -> Self {
        match rate {
            Some(rate) => self.rate(rate),
            None => self,
        }
    }

    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// The window's state that it tells.
    pub(super) const fn rate_told(&self) -> Option<RateState> {
        self.rate
    }

    pub const fn problem(&self) -> Problem {
        self.problem
    }

    /// `4xx` or `5xx`.
    pub const fn status_class(&self) -> &'static str {
        if self.problem.status() >= 500 { "5xx" } else { "4xx" }
    }

    pub(super) fn log(&self, path: &str) {
        let (status, kind) = (self.problem.status(), self.problem.uri());
        let cause = self.cause.as_deref().unwrap_or_default();
        let path = outline(path);
        let path = path.as_str();
        if self.problem.is_fault() {
            tracing::error!(path, status, kind, cause, "the request failed");
        } else {
            tracing::info!(path, status, kind, cause, "the request was refused");
        }
    }

    pub fn body(&self, request_id: &str, path: &str) -> ProblemBody {
        ProblemBody {
            kind: self.problem.uri().into(),
            title: self.problem.title().into(),
            status: self.problem.status(),
            detail: self.told_detail(),
            instance: path.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.errors.iter().take(MOST_TOLD).map(in_short).collect(),
            blockers: self.blockers.clone(),
            state: self.state.map(Into::into),
        }
    }

    /// Says how many problems are left out, if any are.
    fn told_detail(&self) -> Option<String> {
        let more = self.errors.len().saturating_sub(MOST_TOLD);
        if more == 0 {
            return self.detail.clone();
        }
        let untold = format!("{more} more problems are not listed");
        Some(self.detail.as_ref().map_or(untold.clone(), |detail| format!("{detail}; {untold}")))
    }

    pub(super) fn into_reply(self, request_id: &str, path: &str) -> Reply {
        let mut reply = Reply::problem(self.problem.status(), &self.body(request_id, path));
        for (name, value) in self.headers {
            reply = reply.header(name, value);
        }
        match self.rate {
            Some(rate) => reply.rate(rate),
            None => reply,
        }
    }
}

/// Lets handlers use `?` on the errors of parts that did not answer.
macro_rules! unavailable {
    ($($error:ty),+) => {
        $(impl From<$error> for ApiError {
            fn from(error: $error) -> Self {
                Self::unavailable(&error)
            }
        })+
    };
}

unavailable!(StoreError, SecretError, QueueError);

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Claimed(Claimed::KeyReused) => Self::new(Problem::KeyReused),
            // A first answer is replayed by whoever made the claim.
            ClaimError::InFlight | ClaimError::Claimed(Claimed::Replay(_)) => {
                Self::new(Problem::StillRunning).retry_after(1)
            }
            ClaimError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use galley_domain::task::store::CommitError;

    use super::*;

    #[test]
    fn a_cause_never_reaches_the_client() {
        let cause = std::io::Error::other("arn:aws:dynamodb:secret-table");
        let body = serde_json::to_string(&ApiError::unavailable(&cause).body("r1", "/x")).unwrap();
        assert!(!body.contains("secret-table"));
        let body = serde_json::to_string(&ApiError::internal("the hidden reason").body("r1", "/x")).unwrap();
        assert!(!body.contains("hidden"));
    }

    #[test]
    fn an_answer_does_not_grow_with_the_problems_of_a_body() {
        let wrong = |at: usize| FieldError { field: format!("f{at}{}", "x".repeat(5000)), message: "m".repeat(5000) };
        let body = ApiError::invalid_fields((0..5000).map(wrong).collect()).body("r", "/");
        assert_eq!((body.errors.len(), body.detail.as_deref()), (20, Some("4980 more problems are not listed")));
        assert!(body.errors.iter().all(|error| error.field.chars().count() == 201 && error.field.ends_with('…')));
        assert!(serde_json::to_string(&body).unwrap().len() < 16_000);
        let few = ApiError::invalid("topic", "is required").body("r", "/");
        assert_eq!((few.detail, few.errors[0].message.as_str()), (None, "is required"));
    }

    #[test]
    fn nobody_is_asked_to_try_again_what_will_never_work() {
        let refused = StoreError::invalid("Item size has exceeded the maximum allowed size");
        let error = ApiError::unavailable(&refused);
        assert_eq!((error.problem(), error.headers.len()), (Problem::Internal, 0));
        // It stays final when another error wraps it.
        let handed_on = CommitError::from(StoreError::invalid("Item size has exceeded the maximum allowed size"));
        assert_eq!(ApiError::unavailable(&handed_on).problem(), Problem::Internal);
        let down = ApiError::unavailable(&StoreError::Unavailable("throttled".into()));
        assert_eq!((down.problem(), down.headers.len()), (Problem::Unavailable, 1));
    }
}
