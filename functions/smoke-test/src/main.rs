//! Wires the smoke-test function and runs it.

use std::process::ExitCode;

use galley_adapters::{clock::SystemClock, deployments::CodeDeploy};
use galley_domain::kernel::clock::Clock;
use galley_edge::telemetry;
use lambda_runtime::{LambdaEvent, run, service_fn};
use smoke_test::{App, Hook};

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let app = &App { deployments: CodeDeploy::new(&start.aws)? };
        run(service_fn(|LambdaEvent { payload, context }: LambdaEvent<Hook>| async move {
            let trace_id = SystemClock::default().trace_id();
            telemetry::within(&context.request_id, &trace_id, app.handle(payload)).await
        }))
        .await
    })
}
