//! Wires the stream-task function and runs it.

use std::{process::ExitCode, sync::Arc};

use authorize::{issuers::Issuers, token::Tokens};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, jwks::HttpKeySets, secrets::SecretsManager};
use galley_edge::{
    config::{self, Setting},
    telemetry,
};
use lambda_http::{Error, Request, run_with_streaming_response, service_fn};
use stream_task::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::ended(start().await)
}

async fn start() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let issuers = Issuers::parse(settings.optional(Setting::JwtIssuers).as_deref())
        .map_err(|error| format!("{} is malformed: {error}", Setting::JwtIssuers))?
        .with_sessions(settings.text(Setting::SessionSecret)?);
    let (store, clock) = (Table::new(&aws, settings.text(Setting::Table)?), SystemClock::default());
    let app = &Arc::new(App {
        authorizer: authorize::App {
            store: store.clone(),
            clock,
            tokens: Tokens::new(issuers, SecretsManager::new(&aws), HttpKeySets::new()?),
        },
        store,
        clock,
        limits: settings.limits()?,
        most_streams: settings.limit(Setting::StreamsPerPrincipal)?,
    });
    run_with_streaming_response(service_fn(|request: Request| {
        let app = Arc::clone(app);
        async move { Ok::<_, Error>(app.handle(request).await) }
    }))
    .await
}
