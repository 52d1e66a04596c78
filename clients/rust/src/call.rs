//! A request, by its row in the table of routes: method, path and whether it may be repeated follow from that.

use galley_api::route::Route;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use uuid::Uuid;

use crate::error::Error;

/// What a segment of a path may hold as it is (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request that can be sent, and sent again.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Whether each value is a segment of its path.
    pub(crate) fits: bool,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) repeats: Repeats,
}

/// Whether a request whose answer was lost may be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// The second time has no second effect.
    Safely,
    Never,
}

impl Call {
    /// `values` fill the names of the route's path, in their order. A create gets an idempotency key of its own.
    pub fn to(route: Route, values: &[&str]) -> Self {
        let method = Method::from_bytes(route.method().as_bytes()).unwrap_or(Method::GET);
        let key = route.takes_idempotency_key().then(|| Uuid::now_v7().to_string());
        let (path, fits) = (filled(route.path(), values), values.iter().all(|value| fits(value)));
        let repeats = if route.is_repeatable() { Repeats::Safely } else { Repeats::Never };
        Self { path, fits, repeats, ..Self::bare(method, String::new(), key) }
    }

    /// Any request. One of a route that is newer than this client is repeated only if it reads.
    pub fn raw(method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        let known = Route::at(method.as_str(), path.split('?').next().unwrap_or_default());
        match known {
            Some(route) => Self { path, ..Self::to(route, &[]) }.with(method),
            None => Self::bare(method, path, None),
        }
    }

    /// A HEAD is its route's GET without a body.
    fn with(self, method: Method) -> Self {
        Self { method, ..self }
    }

    fn bare(method: Method, path: String, idempotency_key: Option<String>) -> Self {
        let repeats = if method.is_safe() { Repeats::Safely } else { Repeats::Never };
        Self { method, path, fits: true, query: Vec::new(), headers: Vec::new(), body: None, idempotency_key, repeats }
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A key of the caller's own: the same key and body give the first answer again, also from another process.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self.repeats = Repeats::Safely;
        self
    }

    /// Only if the task is still at `version`; otherwise the answer is 412.
    #[must_use]
    pub fn if_version(self, version: u64) -> Self {
        self.header("if-match", format!("\"{version}\""))
    }

    /// # Errors
    /// When `body` is nothing that JSON can say.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        self.body = Some(serde_json::to_vec(body).map_err(Error::Unwritable)?);
        Ok(self)
    }

    /// JSON that is written already: a webhook is sent byte for byte as it was signed.
    #[must_use]
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }
}

fn filled(pattern: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let segments = pattern.split('/').map(|segment| match (segment.starts_with('{'), values.len()) {
        (true, 1..) => values.next().map(|value| utf8_percent_encode(value, SEGMENT).to_string()).unwrap_or_default(),
        _ => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// `.` and `..` lead elsewhere, also where they are escaped, and nothing leads to the list.
fn fits(value: &str) -> bool {
    !matches!(value, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_segment() {
        let path = |id| Call::to(Route::GetTask, &[id]).path;
        assert_eq!(path("../../admin/keys"), "/api/content/tasks/..%2F..%2Fadmin%2Fkeys");
        assert_eq!(path("a?b#c d"), "/api/content/tasks/a%3Fb%23c%20d");
        assert_eq!(Call::to(Route::Redeliver, &["t", "d"]).path, "/api/content/tasks/t/deliveries/d/redeliver");
    }

    #[test]
    fn every_create_has_a_key_and_no_other_post_is_repeated_without_one() {
        for route in Route::ALL {
            let call = Call::to(*route, &[]);
            assert_eq!(call.idempotency_key.is_some(), route.takes_idempotency_key(), "{route:?}");
            assert_eq!(call.repeats == Repeats::Safely, route.is_repeatable(), "{route:?}");
        }
        assert_eq!(Call::to(Route::EditDraft, &["t"]).repeats, Repeats::Never);
        assert_eq!(Call::to(Route::PatchSettings, &[]).repeats, Repeats::Never);
        assert_eq!(Call::to(Route::Webhook, &["s"]).repeats, Repeats::Never);
    }

    #[test]
    fn a_raw_call_is_that_of_its_route() {
        let call = Call::raw(Method::POST, "/api/content/tasks?x=1");
        assert!(call.idempotency_key.is_some() && call.repeats == Repeats::Safely);
        assert_eq!(call.path, "/api/content/tasks?x=1");
        let newer = Call::raw(Method::POST, "/api/newer/than/this");
        assert!(newer.idempotency_key.is_none() && newer.repeats == Repeats::Never);
        assert_eq!(Call::raw(Method::HEAD, "/api/usage").method, Method::HEAD);
    }

    #[test]
    fn each_create_has_another_key() {
        let key = || Call::to(Route::CreateTask, &[]).idempotency_key;
        assert_ne!(key(), key());
    }
}
