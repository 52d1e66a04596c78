//! Wires the health function and runs it.

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager, sqs::Queues};
use galley_domain::ports::BoxError;
use galley_edge::{
    config,
    http::serve,
    telemetry::{self, requests::Uncounted},
};
use health::{App, Part, Probe};
use lambda_http::Error;

/// The table, the queues and the secrets.
#[derive(Debug)]
struct Parts {
    table: Table,
    queues: Queues,
    work_url: String,
    quick_url: String,
    work_dlq_url: String,
    quick_dlq_url: String,
    secrets: SecretsManager,
    secret_id: String,
}

impl Probe for Parts {
    async fn ask(&self, part: Part) -> Result<Option<u64>, BoxError> {
        let queue = match part {
            Part::Table => return Ok(self.table.reachable().await.map(|()| None)?),
            Part::Secrets => return Ok(self.secrets.reachable(&self.secret_id).await.map(|()| None)?),
            Part::WorkQueue => &self.work_url,
            Part::QuickQueue => &self.quick_url,
            Part::WorkDeadLetters => &self.work_dlq_url,
            Part::QuickDeadLetters => &self.quick_dlq_url,
        };
        Ok(Some(self.queues.depth(queue).await?))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let probe = Parts {
        table: store.clone(),
        queues: Queues::new(&aws),
        work_url: settings.text("GALLEY_WORK_QUEUE_URL")?,
        quick_url: settings.text("GALLEY_QUICK_QUEUE_URL")?,
        work_dlq_url: settings.text("GALLEY_WORK_DLQ_URL")?,
        quick_dlq_url: settings.text("GALLEY_QUICK_DLQ_URL")?,
        secrets: SecretsManager::new(&aws),
        secret_id: settings.text("GALLEY_CURSOR_SECRET")?,
    };
    let known = settings.known_models("GALLEY_CATALOGUE_FILE", "GALLEY_LLM_MODEL")?;
    let app = &App {
        probe,
        store,
        clock: SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? },
        providers: known.providers(),
        function_version: std::env::var("AWS_LAMBDA_FUNCTION_VERSION").unwrap_or_default(),
    };
    serve(Uncounted, |call| app.handle(call)).await
}
