//! Wires the sweep-tasks function and runs it.

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_edge::{config, context::deadline, telemetry};
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
    let clock = SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? };
    let app = &App { store: Table::new(&aws, settings.text("GALLEY_TABLE")?), queue, clock };
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let deadline = deadline(&event.context);
        Ok::<_, Error>(app.handle(deadline).await)
    }))
    .await
}
