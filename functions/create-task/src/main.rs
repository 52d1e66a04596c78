//! Wires the create-task function and runs it.

use create_task::{App, Limits};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_domain::create::Creator;
use galley_edge::{config, http::answer, telemetry};
use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let limits = Limits::from_settings(&settings)?;
    let aws = Aws::from_environment()?;
    let creator = Creator {
        store: Table::new(&aws, settings.text("GALLEY_TABLE")?),
        queue: Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?),
        clock: SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? },
        models: settings.known_models("GALLEY_CATALOGUE_FILE", "GALLEY_LLM_MODEL")?,
    };
    let app = &App { creator, limits };
    run(service_fn(|request: Request| async move { Ok::<_, Error>(answer(request, |call| app.handle(call)).await) }))
        .await
}
