//! Wires the admin function and runs it.

use std::process::ExitCode;

use admin::{App, Deps};
use galley_adapters::{
    callback_sender::HttpCallbackSender,
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    secrets::SecretsManager,
    sqs::{DeadLetterQueues, Queues},
    targets::HttpTargets,
};
use galley_domain::{outbox::manage::Targets, webhooks::source::Sources};
use galley_edge::{config::Setting, http::serve};

/// The dependencies of the deployed function.
#[derive(Debug)]
struct Deployed;

impl Deps for Deployed {
    type Store = Table;
    type Clock = SystemClock;
    type Entropy = SystemEntropy;
    type Secrets = SecretsManager;
    type Queue = Queues;
    type Letters = DeadLetterQueues;
    type Target = HttpTargets;
}

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (settings, store, secrets, clock) = (start.settings, start.table()?, start.secrets(), start.clock()?);
        let (work, quick) = (settings.text(Setting::WorkDlqUrl)?, settings.text(Setting::QuickDlqUrl)?);
        let sources = Sources {
            store: store.clone(),
            vault: secrets.clone(),
            entropy: SystemEntropy,
            clock,
            default_tenant: settings.parsed(Setting::DefaultTenant)?,
            secret_prefix: settings.text(Setting::WebhookSecretPrefix)?,
        };
        let targets = Targets {
            store: store.clone(),
            vault: secrets.clone(),
            entropy: SystemEntropy,
            clock,
            secret_prefix: settings.text(Setting::TargetSecretPrefix)?,
            target: HttpTargets::new(HttpCallbackSender::new(settings.dev_only(Setting::CallbackStandIns)?)),
        };
        let app = App::<Deployed> {
            store: store.clone(),
            clock,
            entropy: SystemEntropy,
            queue: start.queues()?,
            letters: DeadLetterQueues::new(&start.aws, work, quick),
            cursors: start.cursors(&secrets)?,
            sources,
            targets,
            secrets,
            known: settings.known_models()?,
            callback_secret: settings.text(Setting::CallbackSecret)?,
        };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
