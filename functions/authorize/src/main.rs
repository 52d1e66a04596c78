//! Wires the authorizer and runs it.

use std::process::ExitCode;

use authorize::{App, AuthorizerRequest, issuers::Issuers, token::Tokens};
use galley_adapters::{clock::SystemClock, jwks::HttpKeySets};
use galley_domain::tenancy::flags::FlagCache;
use galley_edge::{telemetry, trace};
use lambda_runtime::{LambdaEvent, run, service_fn};

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let issuers = Issuers::from_settings(&start.settings)?;
        let tokens = Tokens::new(issuers, start.secrets(), HttpKeySets::new()?);
        let app = &App { store: start.table()?, clock: SystemClock::default(), tokens, flags: FlagCache::default() };
        run(service_fn(|LambdaEvent { payload, context }: LambdaEvent<AuthorizerRequest>| async move {
            let trace = trace::of(|name| payload.headers.get(name).map(String::as_str), &context.request_id);
            telemetry::within(&context.request_id, &trace.id, app.handle(payload)).await
        }))
        .await
    })
}
