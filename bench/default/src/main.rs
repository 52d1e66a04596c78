//! create-task as it would be with the settings that everything comes with: the multi-threaded runtime, the system's roots, and
//! the release profile untouched. What ours is measured against.

use create_task::{App, Limits};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_domain::intake::create::Creator;
use galley_edge::{
    config::{self, Setting},
    http::serve,
    telemetry,
};
use lambda_http::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let limits = Limits::from_settings(&settings)?;
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let stats = Table::new(&aws, settings.text(Setting::Table)?);
    let creator = Creator {
        store: stats.clone(),
        queue: Queues::new(&aws).work(settings.text(Setting::WorkQueueUrl)?),
        clock: SystemClock { timings: settings.timings()? },
        models: settings.known_models()?,
    };
    let app = &App { creator, limits };
    serve(stats, |call| app.handle(call)).await
}
