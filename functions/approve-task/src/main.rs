//! Wires the approve-task function and runs it.

use approve_task::{App, bulk_per_minute};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, sqs::Queues};
use galley_domain::decide::Decider;
use galley_edge::{config, http::answer, telemetry};
use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let decider = Decider {
        store: Table::new(&aws, settings.text("GALLEY_TABLE")?),
        queue: Queues::new(&aws)
            .work(settings.text("GALLEY_WORK_QUEUE_URL")?)
            .quick(settings.text("GALLEY_QUICK_QUEUE_URL")?),
        clock: SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? },
    };
    let app = &App { decider, bulk_per_minute: bulk_per_minute(&settings)? };
    run(service_fn(|request: Request| async move { Ok::<_, Error>(answer(request, |call| app.handle(call)).await) }))
        .await
}
