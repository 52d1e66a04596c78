//! Wires the query-models function and runs it.

use std::process::ExitCode;

use galley_adapters::{
    callback_sender::{HttpCallbackSender, StandIns},
    clock::SystemClock,
    dynamodb::Table,
    llm::Providers,
    secrets::SecretsManager,
    web_research::WebResearch,
};
use galley_edge::http::serve;
use galley_start::ModelAccess;
use query_models::{App, Deps};

/// The dependencies of the deployed function.
#[derive(Debug)]
struct Deployed;

impl Deps for Deployed {
    type Store = Table;
    type Clock = SystemClock;
    type Models = Providers<SecretsManager>;
    type Web = WebResearch<SecretsManager>;
}

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, clock, caps) = (start.table()?, SystemClock::default(), start.settings.caps()?);
        let ModelAccess { catalogue, custom_price, providers: models, keys, http } =
            start.model_access(&start.secrets())?;
        let sender = HttpCallbackSender::new(StandIns::default());
        let web = WebResearch::new(catalogue.services.clone(), keys, http, sender);
        let app = App::<Deployed> { store: store.clone(), clock, models, web, catalogue, custom_price, caps };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
