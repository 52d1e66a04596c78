//! GitHub as an identity provider
//! (<https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>). Only the user's identity is
//! requested, and GitHub's token is dropped at once.

use std::time::Duration;

use galley_domain::{
    access::sign_in::IdentityProvider,
    kernel::{error::BoxError, ids::Subject},
    secrets::store::Secrets,
};
use reqwest::{Client, RequestBuilder, Url, header::ACCEPT, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};

const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 64 * 1024;

/// How this deployment is known to GitHub.
#[derive(Clone, Debug)]
pub struct GithubApp {
    pub client_id: String,
    /// Names the client secret.
    pub secret_id: String,
    /// Where GitHub sends people back to.
    pub redirect_url: String,
    /// `https://github.com`, or an enterprise's own.
    pub url: String,
    pub api_url: String,
}

#[derive(Clone, Debug)]
pub struct Github<X> {
    app: GithubApp,
    url: Url,
    api_url: Url,
    secrets: X,
    client: Client,
}

#[derive(Debug, thiserror::Error)]
pub enum GithubError {
    #[error("{0} must be an https URL, or one of this machine on the stage dev")]
    Url(&'static str),
    #[error("the HTTP client could not be built")]
    Client(#[source] BoxError),
    #[error("an answer is over 64 KiB")]
    TooLarge,
    #[error("the client secret has no value")]
    NoSecret,
}

/// Checks a URL from the configuration.
fn url(name: &'static str, text: &str, dev: bool) -> Result<Url, GithubError> {
    let url = Url::parse(text).map_err(|_| GithubError::Url(name))?;
    let local = url.host_str().is_some_and(|host| matches!(host, "127.0.0.1" | "localhost"));
    let safe = url.scheme() == "https" || (dev && local && url.scheme() == "http");
    if safe { Ok(url) } else { Err(GithubError::Url(name)) }
}

impl<X: Secrets> Github<X> {
    /// `dev` allows URLs of this machine for GitHub and for the page that people return to.
    ///
    /// # Errors
    /// See `GithubError`.
    pub fn new(app: GithubApp, secrets: X, dev: bool) -> Result<Self, GithubError> {
        url("GALLEY_GITHUB_REDIRECT_URL", &app.redirect_url, dev)?;
        let at = url("GALLEY_GITHUB_URL", &app.url, dev)?;
        let api_url = url("GALLEY_GITHUB_API_URL", &app.api_url, dev)?;
        // reqwest takes the process's provider, and a second call for the same one changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(Policy::none())
            .user_agent(concat!("Galley/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| GithubError::Client(error.into()))?;
        Ok(Self { app, url: at, api_url, secrets, client })
    }

    async fn secret(&self) -> Result<SecretString, BoxError> {
        let newest = self.secrets.active(&self.app.secret_id).await?.into_iter().next();
        let newest = newest.filter(|secret| !secret.expose_secret().trim().is_empty());
        Ok(newest.ok_or(GithubError::NoSecret)?)
    }
}

#[derive(Deserialize)]
struct Exchanged {
    /// Absent where the code is refused: GitHub answers 200 with an `error` then.
    access_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
}

impl<X: Secrets> IdentityProvider for Github<X> {
    fn authorize_url(&self, state: &str, challenge: &str) -> String {
        let mut url = self.url.clone();
        url.set_path("/login/oauth/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &self.app.client_id)
            .append_pair("redirect_uri", &self.app.redirect_url)
            .append_pair("state", state)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        url.into()
    }

    async fn identify(&self, code: &str, verifier: &str) -> Result<Option<Subject>, BoxError> {
        let secret = self.secret().await?;
        let form = [
            ("client_id", self.app.client_id.as_str()),
            ("client_secret", secret.expose_secret()),
            ("code", code),
            ("redirect_uri", &self.app.redirect_url),
            ("code_verifier", verifier),
        ];
        let body = form_urlencoded(&form);
        let exchange = self
            .client
            .post(self.url.join("/login/oauth/access_token")?)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body);
        let exchanged: Exchanged = read(exchange).await?;
        let Some(token) = exchanged.access_token else { return Ok(None) };
        let ask = self.client.get(self.api_url.join("/user")?).bearer_auth(token.expose_secret());
        let user: User = read(ask.header(ACCEPT, "application/vnd.github+json")).await?;
        // The number, because a login name may later belong to another person.
        Ok(Some(Subject::new(format!("github-{}", user.id))?))
    }
}

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, BoxError> {
    let mut response = request.send().await.map_err(reqwest::Error::without_url)?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(GithubError::TooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_back_by_https_alone_but_on_the_stage_dev() {
        for (text, dev, safe) in [
            ("https://galley.example/api/auth/github/callback", false, true),
            ("http://galley.example/api/auth/github/callback", true, false),
            ("http://127.0.0.1:8787/api/auth/github/callback", true, true),
            ("http://127.0.0.1:8787/api/auth/github/callback", false, false),
            ("javascript:alert(1)", true, false),
            ("", true, false),
        ] {
            assert_eq!(url("x", text, dev).is_ok(), safe, "{text} {dev}");
        }
    }
}
