//! Wires the ingest-webhook function and runs it.

use std::process::ExitCode;

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager, sqs::Queues};
use galley_edge::{
    config::{self, Setting},
    http::{counting::NoPrincipals, serve},
    telemetry,
};
use ingest_webhook::App;
use lambda_http::Error;

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
    let app = &App {
        store: stats.clone(),
        queue: Queues::new(&aws).quick(settings.text(Setting::QuickQueueUrl)?),
        secrets: SecretsManager::new(&aws),
        clock: SystemClock { timings: settings.timings()? },
        default_tenant: settings.parsed(Setting::DefaultTenant)?,
        secret_prefix: settings.text(Setting::WebhookSecretPrefix)?,
        webhooks_per_minute: settings.limit(Setting::WebhooksPerMinute)?,
    };
    serve(stats, NoPrincipals, |call| app.handle(call)).await
}
