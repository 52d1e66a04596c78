//! Wires the health function and runs it.

use std::process::ExitCode;

use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager, sqs::Queues};
use galley_domain::kernel::error::BoxError;
use galley_edge::{
    config::{self, Setting},
    http::{counting::Counter, serve},
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
async fn main() -> ExitCode {
    telemetry::ended(start().await)
}

async fn start() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let store = Table::new(&aws, settings.text(Setting::Table)?);
    let probe = Parts {
        table: store.clone(),
        queues: Queues::new(&aws),
        work_url: settings.text(Setting::WorkQueueUrl)?,
        quick_url: settings.text(Setting::QuickQueueUrl)?,
        work_dlq_url: settings.text(Setting::WorkDlqUrl)?,
        quick_dlq_url: settings.text(Setting::QuickDlqUrl)?,
        secrets: SecretsManager::new(&aws),
        secret_id: settings.text(Setting::CursorSecret)?,
    };
    let known = settings.known_models()?;
    let clock = SystemClock { timings: settings.timings()? };
    let app = &App {
        probe,
        store: store.clone(),
        clock,
        providers: known.providers(),
        function_version: std::env::var("AWS_LAMBDA_FUNCTION_VERSION").unwrap_or_default(),
    };
    let counter = Counter { store, clock, limits: settings.limits()? };
    serve(Uncounted, counter, |call| app.handle(call)).await
}
