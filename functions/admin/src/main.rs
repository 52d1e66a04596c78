//! Wires the admin function and runs it.

use std::{process::ExitCode, sync::Arc};

use admin::{
    App, Counter, callbacks::Callbacks, flags::FlagAdmin, keys::Keys, ledger::Ledger, models::Models,
    operation::Operation, people::People, privacy::PrivacyAdmin, sources::SourceAdmin, spending::Costs,
    tenants::Tenants,
};
use galley_adapters::{
    aws::Aws,
    callback_sender::{HttpCallbackSender, StandIns},
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    llm::{Http, ProviderKeys, Providers},
    secrets::SecretsManager,
    sqs::{DeadLetterQueues, Queues},
    web_research::WebResearch,
};
use galley_domain::webhooks::source::Sources;
use galley_edge::{
    config::{self, Setting},
    cursor::Cursors,
    http::{counting, serve},
    telemetry,
};
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
    let (work, quick) = (settings.text(Setting::WorkDlqUrl)?, settings.text(Setting::QuickDlqUrl)?);
    let store = Table::new(&aws, settings.text(Setting::Table)?);
    let clock = SystemClock { timings: settings.timings()? };
    let secrets = SecretsManager::new(&aws);
    let cursors = Cursors { secrets: secrets.clone(), secret_id: settings.text(Setting::CursorSecret)? };
    let queue =
        Queues::new(&aws).work(settings.text(Setting::WorkQueueUrl)?).quick(settings.text(Setting::QuickQueueUrl)?);
    let callbacks = Callbacks { secrets: secrets.clone(), secret_id: settings.text(Setting::CallbackSecret)? };
    let caps = settings.caps()?;
    let (catalogue, custom_price) = settings.catalogue()?;
    let (keys, http) = (ProviderKeys::new(secrets.clone(), settings.text(Setting::ProviderKeys)?), Http::default());
    let providers = Providers::new(&catalogue, keys.clone(), http.clone())?;
    let providers =
        if settings.switch(Setting::Bedrock)? { providers.with_bedrock(&catalogue, &aws)? } else { providers };
    let sources = Sources {
        store: store.clone(),
        vault: secrets,
        entropy: SystemEntropy,
        clock,
        default_tenant: settings.parsed(Setting::DefaultTenant)?,
        secret_prefix: settings.text(Setting::WebhookSecretPrefix)?,
    };
    let stats = store.clone();
    let counter = counting::Counter { store: store.clone(), clock, limits: settings.limits()? };
    let app = &App {
        keys: Keys { store: store.clone(), clock, entropy: SystemEntropy, cursors: cursors.clone() },
        sources: SourceAdmin { sources, cursors: cursors.clone() },
        callbacks,
        privacy: PrivacyAdmin {
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
            web: WebResearch::new(catalogue.services.clone(), keys, http, HttpCallbackSender::new(StandIns::default())),
            catalogue: Arc::new(catalogue),
            custom_price,
            caps,
        },
        costs: Costs { store: store.clone(), clock, caps },
        ledger: Ledger { store: store.clone(), clock },
        flags: FlagAdmin { store: store.clone(), clock, cursors: cursors.clone() },
        counter: Counter { store: store.clone(), clock },
        operation: Operation { store, clock, queue, letters: DeadLetterQueues::new(&aws, work, quick), cursors },
    };
    serve(stats, counter, |call| app.handle(call)).await
}
