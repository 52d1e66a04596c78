//! The hook that runs before a new version of a function gets traffic: invokes it with an event that changes nothing,
//! and tells `CodeDeploy` whether to go on. A version that cannot start, as for a missing setting or right, is refused.

mod probes;

use galley_domain::{
    kernel::error::BoxError,
    operations::canary::{Deployments, Target},
};
use galley_edge::telemetry::chain;
use serde::Deserialize;

use probes::Probe;

/// `CodeDeploy`'s event of a lifecycle hook
/// (<https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html>).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Hook {
    pub deployment_id: String,
    pub lifecycle_event_hook_execution_id: String,
}

/// What this function runs on.
#[derive(Debug)]
pub struct App<D> {
    pub deployments: D,
}

/// Why a version may not go on.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the deployment's version cannot be read")]
    NoTarget(#[source] BoxError),
    #[error("there is no probe for {0}")]
    NoProbe(String),
    #[error("the new version does not answer")]
    NoAnswer(#[source] BoxError),
    #[error("the new version answered something else: {0}")]
    Unexpected(String),
}

impl<D: Deployments> App<D> {
    /// # Errors
    /// When `CodeDeploy` cannot be told; it gives up by itself after an hour.
    pub async fn handle(&self, hook: Hook) -> Result<(), BoxError> {
        let tried = self.try_version(&hook).await;
        match &tried {
            Ok(Target { function, version }) => tracing::info!(function, version, "the new version answers"),
            Err(error) => tracing::error!(error = chain(error), "the new version is refused"),
        }
        self.deployments.tell(&hook.deployment_id, &hook.lifecycle_event_hook_execution_id, tried.is_ok()).await
    }

    async fn try_version(&self, hook: &Hook) -> Result<Target, Failed> {
        let target = self.deployments.target(&hook.deployment_id).await.map_err(Failed::NoTarget)?;
        let probe = Probe::of(&target.function).ok_or_else(|| Failed::NoProbe(target.function.clone()))?;
        let answer = self.deployments.invoke(&target, &probe.event()).await.map_err(Failed::NoAnswer)?;
        if probe.is_answered_by(&answer) {
            Ok(target)
        } else {
            Err(Failed::Unexpected(answer.chars().take(300).collect()))
        }
    }
}
