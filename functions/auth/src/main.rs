//! Wires the auth function and runs it.

use std::process::ExitCode;

use auth::{App, Cookies, Door};
use galley_adapters::{
    aws::Aws,
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    github::{Github, GithubApp},
    secrets::SecretsManager,
};
use galley_domain::access::sign_in::SignIn;
use galley_edge::{
    config::{self, Setting},
    http::{counting::Counter, serve},
    telemetry,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::ended(start().await)
}

async fn start() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"))?;
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let secrets = SecretsManager::new(&aws);
    let clock = SystemClock::default();
    let store = Table::new(&aws, settings.text(Setting::Table)?);
    let session_secret = settings.text(Setting::SessionSecret)?;
    let per_minute = settings.limit(Setting::AuthPerMinute)?;
    // Without an app of GitHub's nobody signs in this way; sessions that there are can still be shown and ended.
    let github = match settings.optional(Setting::GithubClientId) {
        None => None,
        Some(client_id) => {
            let app = GithubApp {
                client_id,
                secret_id: settings.needed(Setting::GithubSecret, Setting::GithubClientId)?,
                redirect_url: settings.needed(Setting::GithubRedirectUrl, Setting::GithubClientId)?,
                url: settings.text(Setting::GithubUrl)?,
                api_url: settings.text(Setting::GithubApiUrl)?,
            };
            let cookies = Cookies::for_page(&app.redirect_url);
            let provider = Github::new(app, secrets.clone(), settings.text(Setting::Stage)? == "dev")?;
            let sign_in = SignIn { store: store.clone(), provider, entropy: SystemEntropy, clock };
            Some(Door { sign_in, cookies })
        }
    };
    let stats = store.clone();
    let counter = Counter { store: store.clone(), clock, limits: settings.limits()? };
    let app = &App { github, store, clock, secrets, session_secret, per_minute };
    serve(stats, counter, |call| app.handle(call)).await
}
