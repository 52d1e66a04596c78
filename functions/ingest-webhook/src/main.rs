//! Wires the ingest-webhook function and runs it.

use std::process::ExitCode;

use galley_domain::{
    tenancy::flags::FlagCache,
    webhooks::{receiver::Receiver, refusals::Refusals},
};
use galley_edge::{
    config::Setting,
    http::{counting::Senders, serve},
};
use ingest_webhook::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let store = start.table()?;
        let receiver = Receiver {
            store: store.clone(),
            queue: start.quick_queue()?,
            secrets: start.secrets(),
            clock: start.clock()?,
            default_tenant: start.settings.parsed(Setting::DefaultTenant)?,
            secret_prefix: start.settings.text(Setting::WebhookSecretPrefix)?,
            per_minute: start.settings.limit(Setting::WebhooksPerMinute)?,
            refusals: Refusals::default(),
        };
        let app = App { receiver };
        let senders = Senders { store: store.clone(), clock: start.clock()?, flags: FlagCache::default() };
        serve(store, senders, |call| app.handle(call)).await
    })
}
