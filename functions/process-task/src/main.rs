//! Wires the process-task function, which serves both queues, and runs it.

use std::{process::ExitCode, sync::Arc, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use galley_adapters::{
    aws::Aws,
    callback_sender::HttpCallbackSender,
    clock::SystemClock,
    dynamodb::Table,
    llm::{Http, ProviderKeys, Providers},
    secrets::SecretsManager,
    sqs::{Queues, Records},
    web_research::WebResearch,
};
use galley_domain::{
    generation::worker::{WorkLimits, Worker},
    intake::{create::Creator, known_models::KnownModels},
    outbox::deliver::Deliverer,
    privacy::jobs::PrivacyWorker,
    tenancy::flags::FlagCache,
    webhooks::process::Processor,
};
use galley_edge::{
    config::{self, Setting},
    context::deadline,
    telemetry,
};
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use process_task::App;

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
    let queues =
        Queues::new(&aws).work(settings.text(Setting::WorkQueueUrl)?).quick(settings.text(Setting::QuickQueueUrl)?);
    let secrets = SecretsManager::new(&aws);
    let clock = SystemClock { timings: settings.timings()? };
    let (catalogue, custom_price) = settings.catalogue()?;
    let sender = HttpCallbackSender::new(settings.dev_only(Setting::CallbackStandIns)?);
    let (keys, http) = (ProviderKeys::new(secrets.clone(), settings.text(Setting::ProviderKeys)?), Http::default());
    let models = Providers::new(&catalogue, keys.clone(), http.clone())?;
    let models = if settings.switch(Setting::Bedrock)? { models.with_bedrock(&catalogue, &aws)? } else { models };
    let web = WebResearch::new(catalogue.services.clone(), keys, http, sender.clone());
    let catalogue = Arc::new(catalogue);
    let limits = WorkLimits {
        attempts: settings.limit(Setting::MaxAttempts)?,
        attempt: SignedDuration::from_secs(settings.limit(Setting::AttemptSeconds)?.into()),
        call: Duration::from_secs(settings.limit(Setting::LlmCallSeconds)?.into()),
        caps: settings.caps()?,
    };
    let quota = settings.quota()?;
    // What the settings name is in it already.
    let known = KnownModels { catalogue: Some(Arc::clone(&catalogue)), endpoint: None };
    let creator = Creator { store: store.clone(), queue: queues.clone(), clock, models: known };
    let deliverer = Deliverer {
        store: store.clone(),
        queue: queues.clone(),
        secrets,
        secret_id: settings.text(Setting::CallbackSecret)?,
        clock,
        sender,
    };
    let app = &App {
        clerk: PrivacyWorker { store: store.clone(), queue: queues.clone(), clock },
        worker: Worker {
            store,
            queue: queues.clone(),
            clock,
            models,
            web,
            catalogue,
            custom_price,
            limits,
            flags: FlagCache::default(),
        },
        processor: Processor { creator, quota },
        deliverer,
        records: Records::new(&aws, settings.text(Setting::OwnQueueUrl)?, settings.text(Setting::OwnDlqUrl)?),
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = deadline(&event.context);
        // Boxed: its futures are nested deeper than the compiler follows from here.
        Ok::<_, Error>(Box::pin(app.handle(event.payload, &event.context.request_id, deadline)).await)
    }))
    .await
}
