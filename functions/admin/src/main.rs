//! Wires the admin function and runs it.

use admin::{
    App, callbacks::Callbacks, keys::Keys, operation::Operation, people::People, privacy::PrivacyDesk,
    sources::SourceDesk, tenants::Tenants,
};
use galley_adapters::{
    aws::Aws,
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    secrets::SecretsManager,
    sqs::{DeadLetterQueues, Queues},
};
use galley_domain::webhook::source::Sources;
use galley_edge::{config, cursor::Cursors, http::answer, telemetry};
use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let (work, quick) = (settings.text("GALLEY_WORK_DLQ_URL")?, settings.text("GALLEY_QUICK_DLQ_URL")?);
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let clock = SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? };
    let secrets = SecretsManager::new(&aws);
    let cursors = Cursors { secrets: secrets.clone(), secret_id: settings.text("GALLEY_CURSOR_SECRET")? };
    let queue =
        Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?).quick(settings.text("GALLEY_QUICK_QUEUE_URL")?);
    let callbacks = Callbacks { secrets: secrets.clone(), secret_id: settings.text("GALLEY_CALLBACK_SECRET")? };
    let sources = Sources {
        store: store.clone(),
        vault: secrets,
        entropy: SystemEntropy,
        clock,
        default_tenant: settings.parsed("GALLEY_DEFAULT_TENANT")?,
        secret_prefix: settings.text("GALLEY_WEBHOOK_SECRET_PREFIX")?,
    };
    let app = &App {
        keys: Keys { store: store.clone(), clock, entropy: SystemEntropy, cursors: cursors.clone() },
        sources: SourceDesk { sources, cursors: cursors.clone() },
        callbacks,
        privacy: PrivacyDesk {
            store: store.clone(),
            queue: queue.clone(),
            clock,
            entropy: SystemEntropy,
            cursors: cursors.clone(),
        },
        people: People { store: store.clone(), clock, cursors: cursors.clone() },
        tenants: Tenants { store: store.clone() },
        operation: Operation { store, clock, queue, letters: DeadLetterQueues::new(&aws, work, quick) },
    };
    run(service_fn(|request: Request| async move { Ok::<_, Error>(answer(request, |call| app.handle(call)).await) }))
        .await
}
