//! When a request is sent again, and after how long.

use std::time::Duration;

use galley_api::problem::Problem as Known;

use crate::{
    call::{Call, Repeats},
    error::Error,
};

/// How often and how patiently. Waits have full jitter: anything from nothing to twice as much each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Beside the first try.
    pub most: u32,
    /// The first wait is at most this.
    pub first: Duration,
    /// No wait is longer. An answer that asks for more is an error at once.
    pub longest: Duration,
    /// Whether a change is sent again while operators hold writes. They may for hours: whoever sits before it wants to know at once.
    pub while_held: bool,
}

impl Default for Retries {
    fn default() -> Self {
        Self::USUAL
    }
}

impl Retries {
    pub const USUAL: Self =
        Self { most: 4, first: Duration::from_millis(200), longest: Duration::from_secs(65), while_held: true };
    pub const NONE: Self = Self { most: 0, first: Duration::ZERO, longest: Duration::ZERO, while_held: false };

    /// How long to wait before `call` is sent again, if it is. `jitter` is 0 to 1.
    pub(crate) fn after(self, call: &Call, error: &Error, tried: u32, jitter: f64) -> Option<Duration> {
        let is_held = error.is(Known::WritesHeld);
        if tried >= self.most || !may_repeat(call, error) || is_held && !self.while_held {
            return None;
        }
        let most = self.first.saturating_mul(2_u32.saturating_pow(tried)).min(self.longest);
        let jittered = most.mul_f64(jitter.clamp(0.0, 1.0));
        match error.retry_after() {
            Some(asked) if asked > self.longest => None,
            // Everybody was told the same time.
            Some(asked) => Some(asked.saturating_add(jittered)),
            None => Some(jittered),
        }
    }
}

/// Only where the second time cannot be a second effect.
fn may_repeat(call: &Call, error: &Error) -> bool {
    let safely = call.repeats == Repeats::Safely;
    match error {
        // Nothing was sent.
        Error::NoAnswer { source, .. } if source.is_connect() => true,
        Error::NoAnswer { .. } => safely,
        Error::Problem(problem) if problem.known() == Some(Known::StillRunning) => safely,
        // Refused before anything was done.
        Error::Problem(_) | Error::Refused { .. } if error.status() == Some(429) => true,
        Error::Problem(_) | Error::Refused { .. } => safely && matches!(error.status(), Some(500 | 502 | 503 | 504)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use galley_api::{problem::ProblemBody, route::Route};

    use super::*;
    use crate::error::Problem;

    fn told(known: Known) -> Error {
        let body = serde_json::json!({
            "type": known.uri(),
            "title": known.title(),
            "status": known.status(),
            "instance": "/api/content/tasks",
            "request_id": "r"
        });
        let body: ProblemBody = serde_json::from_value(body).unwrap();
        Error::Problem(Box::new(Problem { body, retry_after: Some(Duration::from_mins(1)) }))
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Error {
        Error::Refused { status, message: String::new(), retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn what_is_not_idempotent_is_not_repeated() {
        let retries = Retries::default();
        let (draft, create) = (Call::to(Route::EditDraft, &["t"]), Call::to(Route::CreateTask, &[]));
        for status in [500, 502, 503, 504] {
            assert_eq!(retries.after(&draft, &refused(status, None), 0, 1.0), None, "{status}");
            assert!(retries.after(&create, &refused(status, None), 0, 1.0).is_some(), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 412, 422] {
            assert_eq!(retries.after(&create, &refused(status, None), 0, 1.0), None, "{status}");
        }
        assert!(retries.after(&draft, &refused(429, Some(1)), 0, 1.0).is_some(), "nothing was done");
    }

    #[test]
    fn whoever_does_not_wait_while_writes_are_held_still_waits_for_what_is_down() {
        let call = Call::to(Route::CreateTask, &[]);
        let impatient = Retries { while_held: false, ..Retries::default() };
        let after = |retries: Retries, known| retries.after(&call, &told(known), 0, 0.0);
        assert_eq!(after(impatient, Known::WritesHeld), None);
        assert_eq!(after(impatient, Known::Unavailable), Some(Duration::from_mins(1)));
        assert_eq!(after(Retries::default(), Known::WritesHeld), Some(Duration::from_mins(1)));
    }

    #[test]
    fn a_retry_waits_at_least_as_long_as_it_was_asked_to_and_never_for_hours() {
        let (retries, call) = (Retries::default(), Call::to(Route::Me, &[]));
        assert_eq!(retries.after(&call, &refused(429, Some(7)), 0, 0.0), Some(Duration::from_secs(7)));
        assert_eq!(retries.after(&call, &refused(429, Some(3600)), 0, 0.0), None);
        assert_eq!(retries.after(&call, &refused(503, None), 3, 1.0), Some(Duration::from_millis(1600)));
        assert_eq!(retries.after(&call, &refused(503, None), 3, 0.0), Some(Duration::ZERO), "full jitter");
        assert_eq!(retries.after(&call, &refused(503, None), 4, 1.0), None, "not for ever");
    }
}
