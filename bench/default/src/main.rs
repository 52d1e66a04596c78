//! create-task as it would be with the settings that everything comes with: the multi-threaded runtime, the system's roots, and
//! the release profile untouched. What ours is measured against.

use create_task::App;
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_domain::intake::create::Creator;
use galley_edge::{
    config::{self, Setting},
    http::{counting::Counter, serve},
    telemetry,
};
use lambda_http::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let (limits, clock) = (settings.limits()?, SystemClock { timings: settings.timings()? });
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let stats = Table::new(&aws, settings.text(Setting::Table)?);
    let creator = Creator {
        store: stats.clone(),
        queue: Queues::new(&aws).work(settings.text(Setting::WorkQueueUrl)?),
        clock,
        models: settings.known_models()?,
    };
    let counter = Counter { store: stats.clone(), clock, limits };
    let app = &App { creator, quota: limits.quota };
    serve(stats, counter, |call| app.handle(call)).await
}
