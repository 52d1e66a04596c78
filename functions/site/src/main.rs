//! Wires the site's function and runs it.

use std::process::ExitCode;

use galley_edge::{config::Setting, http::visit};
use site::App;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let hosts = start.settings.parsed_or_default(Setting::SiteHosts)?;
        let app = App { store: start.table()?, hosts };
        visit::serve(|visit| app.handle(visit)).await
    })
}
