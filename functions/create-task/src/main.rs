//! Wires the create-task function and runs it.

use std::process::ExitCode;

use create_task::App;
use galley_domain::{intake::create::Creator, plans::fire::Firing};
use galley_edge::http::serve;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, queue, clock) = (start.table()?, start.work_queue()?, start.clock()?);
        let creator = Creator { store: store.clone(), queue, clock, models: start.settings.known_models()? };
        let app = App { firing: Firing { creator, quota: start.settings.quota()? } };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}
