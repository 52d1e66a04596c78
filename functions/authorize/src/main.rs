//! Wires the authorizer and runs it.

use authorize::{App, AuthorizerRequest, issuers::Issuers, token::Tokens};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, jwks::HttpKeySets, secrets::SecretsManager};
use galley_edge::{config, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let issuers = Issuers::parse(settings.optional("GALLEY_JWT_ISSUERS").as_deref())?
        .with_sessions(settings.text("GALLEY_SESSION_SECRET")?);
    let app = &App {
        store: Table::new(&aws, settings.text("GALLEY_TABLE")?),
        clock: SystemClock::default(),
        tokens: Tokens::new(issuers, SecretsManager::new(&aws), HttpKeySets::new()?),
    };
    run(service_fn(|event: LambdaEvent<AuthorizerRequest>| async move {
        app.handle(event.payload).await.map_err(|error| {
            tracing::error!(error = telemetry::chain(&*error), "the credential could not be looked up");
            error
        })
    }))
    .await
}
