//! Wires the query-tasks function and runs it.

use std::process::ExitCode;

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager};
use galley_edge::{
    config::{self, Setting},
    cursor::Cursors,
    http::{counting::Counter, serve},
    telemetry,
};
use lambda_http::Error;
use query_tasks::App;

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
    let (limits, clock) = (settings.limits()?, SystemClock::default());
    let counter = Counter { store: stats.clone(), clock, limits };
    let app = &App {
        store: stats.clone(),
        cursors: Cursors { secrets: SecretsManager::new(&aws), secret_id: settings.text(Setting::CursorSecret)? },
        clock,
        limits,
    };
    serve(stats, counter, |call| app.handle(call)).await
}
