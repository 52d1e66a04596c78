//! Wires the sweep-tasks function and runs it.

use std::process::ExitCode;

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_domain::kernel::clock::Clock;
use galley_edge::{
    config::{self, Setting},
    context::deadline,
    telemetry,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use sweep_tasks::App;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::ended(start().await)
}

async fn start() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let queue =
        Queues::new(&aws).work(settings.text(Setting::WorkQueueUrl)?).quick(settings.text(Setting::QuickQueueUrl)?);
    let clock = SystemClock { timings: settings.timings()? };
    let app = &App { store: Table::new(&aws, settings.text(Setting::Table)?), queue, clock };
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let deadline = deadline(&event.context);
        let span = telemetry::invocation(&event.context.request_id, &app.clock.trace_id());
        let swept = app.handle(deadline).instrument(span).await;
        telemetry::finished().await;
        Ok::<_, Error>(swept)
    }))
    .await
}
