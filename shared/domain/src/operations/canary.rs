//! A new version of a function, asked before it gets calls.

use std::future::Future;

use crate::kernel::error::BoxError;

/// A version that is about to get calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub function: String,
    pub version: String,
}

/// What a hook of a deployment asks and says.
pub trait Deployments: Send + Sync {
    /// Which version a deployment is about.
    fn target(&self, deployment: &str) -> impl Future<Output = Result<Target, BoxError>> + Send;

    /// What a version answers to an event, as it stands.
    fn invoke(
        &self,
        target: &Target,
        event: &serde_json::Value,
    ) -> impl Future<Output = Result<String, BoxError>> + Send;

    /// Whether the deployment may go on.
    fn tell(&self, deployment: &str, hook: &str, may: bool) -> impl Future<Output = Result<(), BoxError>> + Send;
}
