//! Wires the admin function and runs it.

use admin::App;
use galley_adapters::{
    aws::Aws,
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    secrets::SecretsManager,
    sqs::{DeadLetterQueues, Queues},
};
use galley_edge::{config, cursor::Cursors, http::answer, telemetry};
use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let (work, quick) = (settings.text("GALLEY_WORK_DLQ_URL")?, settings.text("GALLEY_QUICK_DLQ_URL")?);
    let app = &App {
        store: Table::new(&aws, settings.text("GALLEY_TABLE")?),
        queue: Queues::new(&aws)
            .work(settings.text("GALLEY_WORK_QUEUE_URL")?)
            .quick(settings.text("GALLEY_QUICK_QUEUE_URL")?),
        letters: DeadLetterQueues::new(&aws, work, quick),
        entropy: SystemEntropy,
        cursors: Cursors { secrets: SecretsManager::new(&aws), secret_id: settings.text("GALLEY_CURSOR_SECRET")? },
        clock: SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? },
    };
    run(service_fn(|request: Request| async move { Ok::<_, Error>(answer(request, |call| app.handle(call)).await) }))
        .await
}
