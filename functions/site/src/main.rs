//! Wires the site's function and runs it.

use std::process::ExitCode;

use galley_adapters::clock::SystemClock;
use galley_domain::tenancy::flags::FlagCache;
use galley_edge::{config::Setting, http::visit};
use site::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let hosts = start.settings.parsed_or_default(Setting::SiteHosts)?;
        let app = App { store: start.table()?, clock: SystemClock::default(), hosts, flags: FlagCache::default() };
        visit::serve(|visit| app.handle(visit)).await
    })
}
