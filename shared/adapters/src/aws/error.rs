//! Errors when AWS clients are built.

use galley_domain::kernel::error::BoxError;

#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("AWS_CA_BUNDLE names {0}, which does not read")]
    Roots(String, #[source] std::io::Error),
    #[error("AWS_CA_BUNDLE names {0}, in which there is no certificate")]
    NoRoots(String),
    #[error("the TLS context could not be built")]
    Tls(#[source] BoxError),
}
