//! Wires the authorizer and runs it.

use std::process::ExitCode;

use authorize::{App, AuthorizerRequest, issuers::Issuers, token::Tokens};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, jwks::HttpKeySets, secrets::SecretsManager};
use galley_edge::{
    config::{self, Setting},
    telemetry, trace,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::Instrument;

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
    let app = &App {
        store: Table::new(&aws, settings.text(Setting::Table)?),
        clock: SystemClock::default(),
        tokens: Tokens::new(issuers, SecretsManager::new(&aws), HttpKeySets::new()?),
    };
    run(service_fn(|event: LambdaEvent<AuthorizerRequest>| async move {
        let (request_id, headers) = (&event.context.request_id, &event.payload.headers);
        let trace = trace::of(|name| headers.get(name).map(String::as_str), request_id);
        let span = telemetry::invocation(request_id, &trace.id);
        let answer = app.handle(event.payload).instrument(span).await;
        telemetry::finished().await;
        answer
    }))
    .await
}
