//! Wires the sweep-tasks function and runs it.

use std::process::ExitCode;

use galley_domain::kernel::clock::Clock;
use galley_edge::{context::deadline, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use sweep_tasks::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let app = &App { store: start.table()?, queue: start.queues()?, clock: start.clock()? };
        run(service_fn(|LambdaEvent { context, .. }: LambdaEvent<Value>| async move {
            let work = app.handle(deadline(&context));
            Ok::<_, Error>(telemetry::within(&context.request_id, &app.clock.trace_id(), work).await)
        }))
        .await
    })
}
