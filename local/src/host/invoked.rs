//! The outcome of an invocation.

use serde_json::{Value, json};

/// The outcome of an invocation, as Lambda's Invoke API reports it.
#[derive(Clone, Debug)]
pub enum Invoked {
    Returned(Value),
    /// As it was streamed: what an HTTP response begins with as JSON, eight zeros, and its body.
    Streamed(Vec<u8>),
    /// The function failed, was killed or ran out of time: `errorType` and `errorMessage`.
    Failed(Value),
}

impl Invoked {
    pub(super) fn failed(kind: &str, message: &str) -> Self {
        Self::Failed(json!({"errorType": kind, "errorMessage": message}))
    }
}
