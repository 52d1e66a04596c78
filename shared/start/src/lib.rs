//! Starts a function: telemetry, settings, AWS, the runtime. Also builds the parts that several functions share.
//! Cargo features choose what a function links, because its size determines its cold start (ADR 22).

use std::process::ExitCode;

use galley_adapters::aws::Aws;
use galley_edge::{config, telemetry};
use lambda_runtime::Error;
use tokio::runtime::Builder;

#[cfg(feature = "llm")]
mod models;
mod parts;
mod start;

#[cfg(feature = "llm")]
pub use models::ModelAccess;
pub use start::Start;

/// Starts the function of this name and serves until Lambda ends the instance. A failed start is reported with its cause.
pub fn run(function: &str, serve: impl AsyncFnOnce(Start) -> Result<(), Error>) -> ExitCode {
    telemetry::ended(started(function, serve))
}

fn started(function: &str, serve: impl AsyncFnOnce(Start) -> Result<(), Error>) -> Result<(), Error> {
    // One invocation at a time needs no second thread.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        telemetry::init(function)?;
        let (settings, aws) = (config::environment(), Aws::from_environment()?);
        telemetry::export_by(|url| aws.collector(url))?;
        serve(Start { settings, aws }).await
    })
}
