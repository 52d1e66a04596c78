//! Wires the auth function and runs it.

use std::process::ExitCode;

use auth::{App, Cookies, Door};
use galley_adapters::{
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    github::{Github, GithubApp},
    secrets::SecretsManager,
};
use galley_domain::access::sign_in::SignIn;
use galley_edge::{config::Setting, http::serve};
use galley_start::Start;
use lambda_http::Error;

/// Sign-in with GitHub.
type GithubDoor = Door<Table, Github<SecretsManager>, SystemEntropy, SystemClock>;

fn main() -> ExitCode {
    galley_start::run(env!("CARGO_PKG_NAME"), async |start| {
        let (store, secrets, clock) = (start.table()?, start.secrets(), SystemClock::default());
        let app = App {
            github: github(&start, &store, &secrets)?,
            store: store.clone(),
            clock,
            secrets,
            session_secret: start.settings.text(Setting::SessionSecret)?,
            per_minute: start.settings.limit(Setting::AuthPerMinute)?,
            site_url: start.settings.text(Setting::SiteUrl)?,
            hosts: start.settings.parsed_or_default(Setting::SiteHosts)?,
        };
        serve(store.clone(), start.counter(&store)?, |call| app.handle(call)).await
    })
}

/// Without a GitHub app nobody can sign in with GitHub; existing sessions can still be shown and ended.
fn github(start: &Start, store: &Table, secrets: &SecretsManager) -> Result<Option<GithubDoor>, Error> {
    let settings = &start.settings;
    let Some(client_id) = settings.optional(Setting::GithubClientId) else { return Ok(None) };
    let app = GithubApp {
        client_id,
        secret_id: settings.needed(Setting::GithubSecret, Setting::GithubClientId)?,
        redirect_url: settings.needed(Setting::GithubRedirectUrl, Setting::GithubClientId)?,
        url: settings.text(Setting::GithubUrl)?,
        api_url: settings.text(Setting::GithubApiUrl)?,
    };
    let cookies = Cookies::for_page(&app.redirect_url);
    let provider = Github::new(app, secrets.clone(), settings.text(Setting::Stage)? == "dev")?;
    let sign_in = SignIn { store: store.clone(), provider, entropy: SystemEntropy, clock: SystemClock::default() };
    Ok(Some(Door { sign_in, cookies }))
}
