//! Wires the smoke-test function and runs it.

use std::process::ExitCode;

use galley_adapters::{aws::Aws, clock::SystemClock, deployments::CodeDeploy};
use galley_domain::kernel::clock::Clock;
use galley_edge::telemetry;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use smoke_test::{App, Hook};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::ended(start().await)
}

async fn start() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let app = &App { deployments: CodeDeploy::new(&aws)? };
    run(service_fn(|event: LambdaEvent<Hook>| async move {
        let span = telemetry::invocation(&event.context.request_id, &SystemClock::default().trace_id());
        let tried = app.handle(event.payload).instrument(span).await;
        telemetry::finished().await;
        tried
    }))
    .await
}
