//! Errors that prevent a credential from being checked.

use galley_domain::{kernel::error::BoxError, secrets::store::SecretError};

/// The credential cannot be checked: API Gateway then answers 500 and caches nothing.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    #[error("the issuer's keys could not be read")]
    KeySet(#[source] BoxError),
    #[error("the issuer's secret could not be read")]
    Secret(#[source] SecretError),
}
