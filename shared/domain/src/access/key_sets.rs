//! Where issuers of tokens publish their keys.

use std::future::Future;

use crate::kernel::error::BoxError;

/// Where issuers of tokens publish their keys (RFC 7517).
pub trait KeySets: Send + Sync {
    /// The document at `url`, as text.
    fn key_set(&self, url: &str) -> impl Future<Output = Result<String, BoxError>> + Send;
}
