//! Wires the sweep-tasks function and runs it.

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_edge::{config, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use sweep_tasks::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let queue =
        Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?).quick(settings.text("GALLEY_QUICK_QUEUE_URL")?);
    let app = &App { store: Table::new(&aws, settings.text("GALLEY_TABLE")?), queue, clock: SystemClock };
    run(service_fn(|_: LambdaEvent<Value>| async move { Ok::<_, Error>(app.handle().await) })).await
}
