//! Wires the approve-task function and runs it.

use std::process::ExitCode;

use approve_task::App;
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_domain::review::decide::Decider;
use galley_edge::{
    config::{self, Setting},
    http::{counting::Counter, serve},
    telemetry,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::ended(start().await)
}

async fn start() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let stats = Table::new(&aws, settings.text(Setting::Table)?);
    let (limits, clock) = (settings.limits()?, SystemClock { timings: settings.timings()? });
    let decider = Decider {
        store: stats.clone(),
        queue: Queues::new(&aws)
            .work(settings.text(Setting::WorkQueueUrl)?)
            .quick(settings.text(Setting::QuickQueueUrl)?),
        clock,
    };
    let counter = Counter { store: stats.clone(), clock, limits };
    let app = &App { decider, limits };
    serve(stats, counter, |call| app.handle(call)).await
}
