//! Wires the ingest-webhook function and runs it.

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager, sqs::Queues};
use galley_edge::{config, http::serve, telemetry};
use ingest_webhook::App;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let stats = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let app = &App {
        store: stats.clone(),
        queue: Queues::new(&aws).quick(settings.text("GALLEY_QUICK_QUEUE_URL")?),
        secrets: SecretsManager::new(&aws),
        clock: SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? },
        default_tenant: settings.parsed("GALLEY_DEFAULT_TENANT")?,
        secret_prefix: settings.text("GALLEY_WEBHOOK_SECRET_PREFIX")?,
        webhooks_per_minute: settings.limit("GALLEY_WEBHOOKS_PER_MINUTE")?,
    };
    serve(stats, |call| app.handle(call)).await
}
