//! Wires the health function and runs it.

use std::process::ExitCode;

use galley_adapters::{dynamodb::Table, secrets::SecretsManager, sqs::Queues};
use galley_domain::kernel::error::BoxError;
use galley_edge::{config::Setting, http::serve};
use health::{App, Part, Probe, docs::Document};

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

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, settings) = (start.table()?, &start.settings);
        let probe = Parts {
            table: store.clone(),
            queues: Queues::new(&start.aws),
            work_url: settings.text(Setting::WorkQueueUrl)?,
            quick_url: settings.text(Setting::QuickQueueUrl)?,
            work_dlq_url: settings.text(Setting::WorkDlqUrl)?,
            quick_dlq_url: settings.text(Setting::QuickDlqUrl)?,
            secrets: start.secrets(),
            secret_id: settings.text(Setting::CursorSecret)?,
        };
        let (clock, providers) = (start.clock()?, settings.known_models()?.providers());
        let function_version = std::env::var("AWS_LAMBDA_FUNCTION_VERSION").unwrap_or_default();
        let document = Document::of(settings.parsed_or_default(Setting::Contact)?);
        let app = App { probe, store: store.clone(), clock, providers, function_version, document };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
