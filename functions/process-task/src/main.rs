//! Wires the process-task function, which serves both queues, and runs it.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use galley_adapters::{
    aws::Aws,
    clock::SystemClock,
    courier::HttpCourier,
    dynamodb::Table,
    llm::{Http, ProviderKeys, Providers},
    outside::Desk,
    secrets::SecretsManager,
    sqs::{Queues, Records},
};
use galley_domain::{
    create::Creator,
    deliver::Deliverer,
    flags::FlagCache,
    generate::worker::{WorkLimits, Worker},
    models::known::KnownModels,
    privacy::jobs::Clerk,
    webhook::process::Processor,
};
use galley_edge::{
    config::{self, CatalogueSettings},
    context::deadline,
    telemetry,
};
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use process_task::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let queues =
        Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?).quick(settings.text("GALLEY_QUICK_QUEUE_URL")?);
    let secrets = SecretsManager::new(&aws);
    let clock = SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? };
    let (catalogue, custom_price) = settings.catalogue(&CatalogueSettings {
        file: "GALLEY_CATALOGUE_FILE",
        base_url: "GALLEY_LLM_BASE_URL",
        model: "GALLEY_LLM_MODEL",
        input_price: "GALLEY_LLM_INPUT_PRICE",
        output_price: "GALLEY_LLM_OUTPUT_PRICE",
    })?;
    let courier = HttpCourier::new(settings.parsed_or_default("GALLEY_CALLBACK_STAND_INS")?);
    let (keys, http) = (ProviderKeys::new(secrets.clone(), settings.text("GALLEY_PROVIDER_KEYS")?), Http::default());
    let models = Providers::new(&catalogue, keys.clone(), http.clone())?;
    let models = if settings.switch("GALLEY_BEDROCK")? { models.with_bedrock(&catalogue, &aws)? } else { models };
    let outside = Desk::new(catalogue.services.clone(), keys, http, courier.clone());
    let catalogue = Arc::new(catalogue);
    let limits = WorkLimits {
        attempts: settings.limit("GALLEY_MAX_ATTEMPTS")?,
        attempt: SignedDuration::from_secs(settings.limit("GALLEY_ATTEMPT_SECONDS")?.into()),
        call: Duration::from_secs(settings.limit("GALLEY_LLM_CALL_SECONDS")?.into()),
        caps: settings.caps("GALLEY_USD_PER_TASK", "GALLEY_USD_PER_DAY", "GALLEY_USD_PER_MONTH")?,
    };
    let quota = settings.quota("GALLEY_USER_TASKS_PER_DAY", "GALLEY_ORG_TASKS_PER_DAY")?;
    // What the settings name is in it already.
    let known = KnownModels { catalogue: Some(Arc::clone(&catalogue)), endpoint: None };
    let creator = Creator { store: store.clone(), queue: queues.clone(), clock, models: known };
    let deliverer = Deliverer {
        store: store.clone(),
        queue: queues.clone(),
        secrets,
        secret_id: settings.text("GALLEY_CALLBACK_SECRET")?,
        clock,
        courier,
    };
    let app = &App {
        clerk: Clerk { store: store.clone(), queue: queues.clone(), clock },
        worker: Worker {
            store,
            queue: queues.clone(),
            clock,
            models,
            outside,
            catalogue,
            custom_price,
            limits,
            flags: FlagCache::default(),
        },
        processor: Processor { creator, quota },
        deliverer,
        records: Records::new(&aws, settings.text("GALLEY_OWN_QUEUE_URL")?, settings.text("GALLEY_DLQ_URL")?),
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = deadline(&event.context);
        Ok::<_, Error>(app.handle(event.payload, &event.context.request_id, deadline).await)
    }))
    .await
}
