//! Wires the query-tasks function and runs it.

use std::process::ExitCode;

use galley_adapters::clock::{SystemClock, SystemEntropy};
use galley_domain::tenancy::flags::FlagCache;
use galley_edge::http::serve;
use query_tasks::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, cursors) = (start.table()?, start.cursors(&start.secrets())?);
        let (clock, limits) = (SystemClock::default(), start.settings.limits()?);
        let app =
            App { store: store.clone(), cursors, clock, entropy: SystemEntropy, limits, flags: FlagCache::default() };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
