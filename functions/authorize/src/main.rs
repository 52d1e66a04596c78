//! Wires the authorizer and runs it.

use authorize::{App, AuthorizerRequest};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table};
use galley_edge::{config, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let app = &App { store: Table::new(&aws, settings.text("GALLEY_TABLE")?), clock: SystemClock::default() };
    run(service_fn(|event: LambdaEvent<AuthorizerRequest>| async move {
        app.handle(event.payload).await.map_err(|error| {
            tracing::error!(error = telemetry::chain(&error), "the credential could not be looked up");
            Error::from(error)
        })
    }))
    .await
}
