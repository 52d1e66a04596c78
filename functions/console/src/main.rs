//! Wires the console's function and runs it.

use std::process::ExitCode;

use console::{App, BUILT, SignIn};
use galley_edge::{
    config::Setting,
    http::{counting::NoPrincipals, serve},
    telemetry::requests::Uncounted,
};

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let github = start.settings.optional(Setting::GithubClientId);
        let sign_in = if github.is_some() { SignIn::KeysAndGithub } else { SignIn::Keys };
        let app = App { built: BUILT.as_ref(), sign_in };
        serve(Uncounted, NoPrincipals, async |call| console::handle(&call, app)).await
    })
}
