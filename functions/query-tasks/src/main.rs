//! Wires the query-tasks function and runs it.

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager};
use galley_domain::tenant::Limits;
use galley_edge::{config, cursor::Cursors, http::serve, telemetry};
use lambda_http::Error;
use query_tasks::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let stats = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let app = &App {
        store: stats.clone(),
        cursors: Cursors { secrets: SecretsManager::new(&aws), secret_id: settings.text("GALLEY_CURSOR_SECRET")? },
        clock: SystemClock::default(),
        limits: Limits {
            create_per_minute: settings.limit("GALLEY_CREATE_PER_MINUTE")?,
            read_per_minute: settings.limit("GALLEY_READ_PER_MINUTE")?,
            bulk_per_minute: settings.limit("GALLEY_BULK_PER_MINUTE")?,
            quota: settings.quota("GALLEY_USER_TASKS_PER_DAY", "GALLEY_ORG_TASKS_PER_DAY")?,
        },
    };
    serve(stats, |call| app.handle(call)).await
}
