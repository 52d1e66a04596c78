//! Wires the health function and runs it.

use futures_util::future;
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, secrets::SecretsManager, sqs::Queues};
use galley_edge::{
    config,
    http::serve,
    telemetry::{self, requests::Uncounted},
};
use health::{App, Part, Probe};
use lambda_http::Error;

/// The table, both queues and the secrets.
#[derive(Debug)]
struct Parts {
    table: Table,
    queues: Queues,
    work_url: String,
    quick_url: String,
    secrets: SecretsManager,
    secret_id: String,
}

impl Probe for Parts {
    async fn parts(&self) -> Vec<Part> {
        let (table, work, quick, secrets) = future::join4(
            self.table.reachable(),
            self.queues.depth(&self.work_url),
            self.queues.depth(&self.quick_url),
            self.secrets.reachable(&self.secret_id),
        )
        .await;
        vec![
            Part { name: "table", state: table.map(|()| None).map_err(Into::into) },
            Part { name: "work queue", state: work.map(Some).map_err(Into::into) },
            Part { name: "quick queue", state: quick.map(Some).map_err(Into::into) },
            Part { name: "secrets", state: secrets.map(|()| None).map_err(Into::into) },
        ]
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let probe = Parts {
        table: Table::new(&aws, settings.text("GALLEY_TABLE")?),
        queues: Queues::new(&aws),
        work_url: settings.text("GALLEY_WORK_QUEUE_URL")?,
        quick_url: settings.text("GALLEY_QUICK_QUEUE_URL")?,
        secrets: SecretsManager::new(&aws),
        secret_id: settings.text("GALLEY_CURSOR_SECRET")?,
    };
    let app = &App { probe, clock: SystemClock::default() };
    serve(Uncounted, |call| app.handle(call)).await
}
