//! Wires the stream-task function and runs it.

use std::sync::Arc;

use authorize::{issuers::Issuers, token::Tokens};
use galley_adapters::{aws::Aws, clock::SystemClock, dynamodb::Table, jwks::HttpKeySets, secrets::SecretsManager};
use galley_edge::{config, telemetry};
use lambda_http::{Error, Request, run_with_streaming_response, service_fn};
use stream_task::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let issuers = Issuers::parse(settings.optional("GALLEY_JWT_ISSUERS").as_deref())?
        .with_sessions(settings.text("GALLEY_SESSION_SECRET")?);
    let (store, clock) = (Table::new(&aws, settings.text("GALLEY_TABLE")?), SystemClock::default());
    let app = &Arc::new(App {
        authorizer: authorize::App {
            store: store.clone(),
            clock,
            tokens: Tokens::new(issuers, SecretsManager::new(&aws), HttpKeySets::new()?),
        },
        store,
        clock,
        read_per_minute: settings.limit("GALLEY_READ_PER_MINUTE")?,
    });
    run_with_streaming_response(service_fn(|request: Request| {
        let app = Arc::clone(app);
        async move { Ok::<_, Error>(app.handle(request).await) }
    }))
    .await
}
