//! Wires the query-tasks function and runs it.

use std::process::ExitCode;

use galley_adapters::clock::{SystemClock, SystemEntropy};
use galley_domain::tenancy::flags::FlagCache;
use galley_edge::{config::Setting, http::serve};
use query_tasks::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, cursors) = (start.table()?, start.cursors(&start.secrets())?);
        let (clock, limits) = (SystemClock::default(), start.settings.limits()?);
        let feed_per_minute = start.settings.limit(Setting::FeedPerMinute)?;
        let (store_of_app, flags) = (store.clone(), FlagCache::default());
        let app = App { store: store_of_app, cursors, clock, entropy: SystemEntropy, limits, flags, feed_per_minute };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
