//! Wires the admin function and runs it.

use std::sync::Arc;

use admin::{
    App, callbacks::Callbacks, keys::Keys, models::Models, operation::Operation, people::People, privacy::PrivacyDesk,
    sources::SourceDesk, spending::Costs, switches::Switches, tenants::Tenants,
};
use galley_adapters::{
    aws::Aws,
    clock::{SystemClock, SystemEntropy},
    courier::{HttpCourier, StandIns},
    dynamodb::Table,
    llm::{Http, ProviderKeys, Providers},
    outside::Desk,
    secrets::SecretsManager,
    sqs::{DeadLetterQueues, Queues},
};
use galley_domain::webhook::source::Sources;
use galley_edge::{
    config::{self, CatalogueSettings},
    cursor::Cursors,
    http::serve,
    telemetry,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let (work, quick) = (settings.text("GALLEY_WORK_DLQ_URL")?, settings.text("GALLEY_QUICK_DLQ_URL")?);
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let clock = SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? };
    let secrets = SecretsManager::new(&aws);
    let cursors = Cursors { secrets: secrets.clone(), secret_id: settings.text("GALLEY_CURSOR_SECRET")? };
    let queue =
        Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?).quick(settings.text("GALLEY_QUICK_QUEUE_URL")?);
    let callbacks = Callbacks { secrets: secrets.clone(), secret_id: settings.text("GALLEY_CALLBACK_SECRET")? };
    let caps = settings.caps("GALLEY_USD_PER_TASK", "GALLEY_USD_PER_DAY", "GALLEY_USD_PER_MONTH")?;
    let (catalogue, custom_price) = settings.catalogue(&CatalogueSettings {
        file: "GALLEY_CATALOGUE_FILE",
        base_url: "GALLEY_LLM_BASE_URL",
        model: "GALLEY_LLM_MODEL",
        input_price: "GALLEY_LLM_INPUT_PRICE",
        output_price: "GALLEY_LLM_OUTPUT_PRICE",
    })?;
    let (keys, http) = (ProviderKeys::new(secrets.clone(), settings.text("GALLEY_PROVIDER_KEYS")?), Http::default());
    let providers = Providers::new(&catalogue, keys.clone(), http.clone())?;
    let providers =
        if settings.switch("GALLEY_BEDROCK")? { providers.with_bedrock(&catalogue, &aws)? } else { providers };
    let sources = Sources {
        store: store.clone(),
        vault: secrets,
        entropy: SystemEntropy,
        clock,
        default_tenant: settings.parsed("GALLEY_DEFAULT_TENANT")?,
        secret_prefix: settings.text("GALLEY_WEBHOOK_SECRET_PREFIX")?,
    };
    let stats = store.clone();
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
        models: Models {
            store: store.clone(),
            clock,
            models: providers,
            outside: Desk::new(catalogue.services.clone(), keys, http, HttpCourier::new(StandIns::default())),
            catalogue: Arc::new(catalogue),
            custom_price,
            caps,
        },
        costs: Costs { store: store.clone(), clock, caps },
        switches: Switches { store: store.clone(), clock, cursors: cursors.clone() },
        operation: Operation { store, clock, queue, letters: DeadLetterQueues::new(&aws, work, quick) },
    };
    serve(stats, |call| app.handle(call)).await
}
