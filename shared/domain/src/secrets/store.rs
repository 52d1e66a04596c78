//! Where secrets are read from and put.

use secrecy::SecretString;
use std::future::Future;

use crate::kernel::{error::BoxError, ids::Generation};

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret does not exist")]
    Missing,
    /// The store says no, and will until somebody changes what it is told: a right, a key, a name.
    #[error("the secret may not be read")]
    Refused(#[source] BoxError),
    #[error("the secret could not be read")]
    Unavailable(#[source] BoxError),
}

pub trait Secrets: Send + Sync {
    /// Every version of a secret that is in force, the newest first.
    fn active(&self, id: &str) -> impl Future<Output = Result<Vec<SecretString>, SecretError>> + Send;

    /// As `active`, but not from a cache older than what the caller has just seen fail.
    fn refreshed(&self, id: &str) -> impl Future<Output = Result<Vec<SecretString>, SecretError>> + Send;

    /// As `active`, of a secret whose `generation` is in force, or a newer one whose holder is not told of it yet. What is older
    /// is none: a store that is behind is `Unavailable`.
    fn of_generation(
        &self,
        id: &str,
        generation: &Generation,
    ) -> impl Future<Output = Result<Vec<SecretString>, SecretError>> + Send;
}

/// Where secrets are put.
pub trait Vault: Send + Sync {
    /// Puts the version of `generation`, made if need be; the one before stays in force until the next.
    fn rotate(
        &self,
        id: &str,
        secret: &SecretString,
        generation: &Generation,
    ) -> impl Future<Output = Result<(), SecretError>> + Send;

    /// As `rotate`, where no other version stays in force.
    fn replace(
        &self,
        id: &str,
        secret: &SecretString,
        generation: &Generation,
    ) -> impl Future<Output = Result<(), SecretError>> + Send;

    /// Removes a secret for good; one that is not there is removed already.
    fn discard(&self, id: &str) -> impl Future<Output = Result<(), SecretError>> + Send;
}
