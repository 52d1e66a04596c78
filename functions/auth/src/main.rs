//! Wires the auth function and runs it.

use auth::{App, Cookies, Door};
use galley_adapters::{
    aws::Aws,
    clock::{SystemClock, SystemEntropy},
    dynamodb::Table,
    github::{Github, GithubApp},
    secrets::SecretsManager,
};
use galley_domain::sign_in::SignIn;
use galley_edge::{config, http::serve, telemetry};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    telemetry::export_by(|url| aws.collector(url))?;
    let secrets = SecretsManager::new(&aws);
    let clock = SystemClock::default();
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let session_secret = settings.text("GALLEY_SESSION_SECRET")?;
    let per_minute = settings.limit("GALLEY_AUTH_PER_MINUTE")?;
    // Without an app of GitHub's nobody signs in this way; sessions that there are can still be shown and ended.
    let github = match settings.optional("GALLEY_GITHUB_CLIENT_ID") {
        None => None,
        Some(client_id) => {
            let app = GithubApp {
                client_id,
                secret_id: settings.text("GALLEY_GITHUB_SECRET")?,
                redirect_url: settings.text("GALLEY_GITHUB_REDIRECT_URL")?,
                url: settings.text("GALLEY_GITHUB_URL")?,
                api_url: settings.text("GALLEY_GITHUB_API_URL")?,
            };
            let cookies = Cookies::for_page(&app.redirect_url);
            let provider = Github::new(app, secrets.clone(), settings.text("GALLEY_STAGE")? == "dev")?;
            let sign_in = SignIn { store: store.clone(), provider, entropy: SystemEntropy, clock };
            Some(Door { sign_in, cookies })
        }
    };
    let stats = store.clone();
    let app = &App { github, store, clock, secrets, session_secret, per_minute };
    serve(stats, |call| app.handle(call)).await
}
