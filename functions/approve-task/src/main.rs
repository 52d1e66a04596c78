//! Wires the approve-task function and runs it.

use std::process::ExitCode;

use approve_task::App;
use galley_domain::review::decide::Decider;
use galley_edge::http::serve;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, queue, clock) = (start.table()?, start.queues()?, start.clock()?);
        let app = App { decider: Decider { store: store.clone(), queue, clock }, limits: start.settings.limits()? };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
