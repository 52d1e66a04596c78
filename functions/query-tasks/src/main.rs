//! Wires the query-tasks function and runs it.

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager};
use galley_domain::tenant::Limits;
use galley_edge::{config, cursor::Cursors, http::answer, telemetry};
use lambda_http::{Error, Request, run, service_fn};
use query_tasks::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let app = &App {
        store: Table::new(&aws, settings.text("GALLEY_TABLE")?),
        cursors: Cursors { secrets: SecretsManager::new(&aws), secret_id: settings.text("GALLEY_CURSOR_SECRET")? },
        clock: SystemClock::default(),
        limits: Limits {
            create_per_minute: settings.limit("GALLEY_CREATE_PER_MINUTE")?,
            read_per_minute: settings.limit("GALLEY_READ_PER_MINUTE")?,
            bulk_per_minute: settings.limit("GALLEY_BULK_PER_MINUTE")?,
            quota: settings.quota("GALLEY_USER_TASKS_PER_DAY", "GALLEY_ORG_TASKS_PER_DAY")?,
        },
    };
    run(service_fn(|request: Request| async move { Ok::<_, Error>(answer(request, |call| app.handle(call)).await) }))
        .await
}
