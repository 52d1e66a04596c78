//! Wires the stream-task function and runs it.

use std::{process::ExitCode, sync::Arc};

use authorize::{issuers::Issuers, token::Tokens};
use galley_adapters::{clock::SystemClock, jwks::HttpKeySets};
use galley_domain::tenancy::flags::FlagCache;
use galley_edge::config::Setting;
use lambda_http::{Error, Request, run_with_streaming_response, service_fn};
use stream_task::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let issuers = Issuers::from_settings(&start.settings)?;
        let tokens = Tokens::new(issuers, start.secrets(), HttpKeySets::new()?);
        let (store, clock) = (start.table()?, SystemClock::default());
        let app = &Arc::new(App {
            authorizer: authorize::App { store: store.clone(), clock, tokens, flags: FlagCache::default() },
            store,
            clock,
            limits: start.settings.limits()?,
            most_streams: start.settings.limit(Setting::StreamsPerPrincipal)?,
        });
        let answer = |request: Request| async { Ok::<_, Error>(Arc::clone(app).handle(request).await) };
        run_with_streaming_response(service_fn(answer)).await
    })
}
