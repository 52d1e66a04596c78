//! Wires the process-task function, which serves both queues, and runs it.

use std::{process::ExitCode, sync::Arc, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use galley_adapters::{
    callback_sender::HttpCallbackSender,
    clock::SystemClock,
    dynamodb::Table,
    llm::Providers,
    secrets::SecretsManager,
    sqs::{Queues, Records},
    targets::HttpTargets,
    web_research::WebResearch,
};
use galley_domain::{
    generation::worker::{WorkLimits, Worker},
    intake::{create::Creator, known_models::KnownModels},
    outbox::{deliver::Deliverer, place::Placer},
    plans::fire::Firing,
    privacy::worker::PrivacyWorker,
    tenancy::flags::FlagCache,
    webhooks::process::Processor,
};
use galley_edge::{
    config::{ConfigError, Lookup, Setting, Settings},
    context::deadline,
};
use galley_start::ModelAccess;
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use process_task::{App, Deps};

/// The dependencies of the deployed function.
#[derive(Debug)]
struct Deployed;

impl Deps for Deployed {
    type Store = Table;
    type Queue = Queues;
    type Clock = SystemClock;
    type Models = Providers<SecretsManager>;
    type Web = WebResearch<SecretsManager>;
    type Records = Records;
    type Secrets = SecretsManager;
    type Sender = HttpCallbackSender;
    type Target = HttpTargets;
}

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (settings, store, queue, clock) = (start.settings, start.table()?, start.queues()?, start.clock()?);
        let secrets = start.secrets();
        let seconds = |setting| Ok::<_, ConfigError>(Duration::from_secs(settings.limit(setting)?.into()));
        let sender = HttpCallbackSender::new(settings.dev_only(Setting::CallbackStandIns)?)
            .waiting(seconds(Setting::CallbackSeconds)?, seconds(Setting::LinkSeconds)?);
        let ModelAccess { catalogue, custom_price, providers: models, keys, http } = start.model_access(&secrets)?;
        let web = WebResearch::new(catalogue.services.clone(), keys, http, sender.clone())
            .waiting(seconds(Setting::SearchSeconds)?);
        // The catalogue already has the endpoint that the settings name.
        let known = KnownModels { catalogue: Some(Arc::clone(&catalogue)), endpoint: None };
        let creator = Creator { store: store.clone(), queue: queue.clone(), clock, models: known };
        let secret_id = settings.text(Setting::CallbackSecret)?;
        let placer = Placer {
            store: store.clone(),
            queue: queue.clone(),
            secrets: secrets.clone(),
            secret_prefix: settings.text(Setting::TargetSecretPrefix)?,
            clock,
            target: HttpTargets::new(sender.clone()),
        };
        let deliverer = Deliverer { store: store.clone(), queue: queue.clone(), secrets, secret_id, clock, sender };
        let privacy = PrivacyWorker { store: store.clone(), queue: queue.clone(), clock };
        let (limits, flags) = (work_limits(settings)?, FlagCache::default());
        let worker = Worker { store, queue, clock, models, web, catalogue, custom_price, limits, flags };
        let quota = settings.quota()?;
        let firing = Firing { creator: creator.clone(), quota };
        let processor = Processor { creator, quota };
        let (own, letters) = (settings.text(Setting::OwnQueueUrl)?, settings.text(Setting::OwnDlqUrl)?);
        let app = &App::<Deployed> {
            worker,
            processor,
            deliverer,
            placer,
            privacy,
            firing,
            records: Records::new(&start.aws, own, letters),
        };
        run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
            let deadline = deadline(&event.context);
            // Boxed: the nested futures exceed the compiler's depth limit here.
            Ok::<_, Error>(Box::pin(app.handle(event.payload, &event.context.request_id, deadline)).await)
        }))
        .await
    })
}

fn work_limits(settings: Settings<Lookup>) -> Result<WorkLimits, ConfigError> {
    Ok(WorkLimits {
        attempts: settings.limit(Setting::MaxAttempts)?,
        attempt: SignedDuration::from_secs(settings.limit(Setting::AttemptSeconds)?.into()),
        outage: SignedDuration::from_secs(settings.parsed::<u32>(Setting::OutageSeconds)?.into()),
        call: Duration::from_secs(settings.limit(Setting::LlmCallSeconds)?.into()),
        caps: settings.caps()?,
    })
}
