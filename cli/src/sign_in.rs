//! Signing in with a browser of this machine (RFC 8252): it brings a code to where this program listens, and only this program knows
//! the verifier that the code is good with. What follows is a session, whose token is replaced while it is used.

mod loopback;

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_client::{Client, Error, SecretString, api::route::Route, call::Call};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    fail::Failure,
    profiles::{Locked, Renewal},
    say::safe,
};

use loopback::{Came, Door};

/// As long as the API knows a sign-in that has begun.
const WAITS: Duration = Duration::from_mins(10);

/// What the API answers to a sign-in and to a renewal.
#[derive(Debug, Deserialize)]
struct Tokens {
    access_token: SecretString,
    refresh_token: SecretString,
    /// Seconds.
    expires_in: i64,
}

/// A session: its token, and how the next is got.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) token: SecretString,
    pub(crate) renewal: Renewal,
}

impl From<Tokens> for SignedIn {
    fn from(tokens: Tokens) -> Self {
        let expires_at = Timestamp::now() + SignedDuration::from_secs(tokens.expires_in.clamp(0, 86_400));
        Self { token: tokens.access_token, renewal: Renewal { refresh_token: tokens.refresh_token, expires_at } }
    }
}

/// What is sent has a secret in it.
fn private(url: &str) -> Result<Client, Failure> {
    let client = Client::builder(url)?.build()?;
    if client.is_private() { Ok(client) } else { Err(Error::from(galley_client::AddressError::Insecure).into()) }
}

/// Somebody signs in to `tenant`, in a browser.
pub(crate) async fn with_browser(url: &str, tenant: &str) -> Result<SignedIn, Failure> {
    let client = private(url)?;
    let mut verifier = [0; 32];
    getrandom::fill(&mut verifier).map_err(|error| Failure::here(format!("no randomness: {error}")))?;
    let verifier = URL_SAFE_NO_PAD.encode(verifier);
    let door = Door::open().await?;
    let start = start(tenant, door.port, &URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)));
    can_begin(&client, &start).await?;
    show(&format!("{}{}", client.url(), start));
    let waited = tokio::time::timeout(WAITS, door.came()).await;
    let late = |_| Failure::todo("nobody has signed in for ten minutes", "Run it again.");
    let (came, answer) = waited.map_err(late)??;
    let done = match came {
        Came::Code { state, code } => redeem(&client, &state, &code, &verifier).await,
        Came::Refused(why) => Err(Failure::No(format!("the sign-in was refused ({why})"))),
    };
    answer.send(done.is_ok()).await;
    done
}

fn start(tenant: &str, port: u16, challenge: &str) -> String {
    let encoded =
        url_encoded(&[("tenant", tenant), ("then", "terminal"), ("port", &port.to_string()), ("challenge", challenge)]);
    format!("{}?{encoded}", Route::SignIn.path())
}

fn url_encoded(pairs: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://127.0.0.1/", pairs);
    url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

/// Whether people can sign in there at all: a browser would show what a terminal can say. That the answer leads on is not of use here,
/// because it is for the browser that asks.
async fn can_begin(client: &Client, start: &str) -> Result<(), Failure> {
    match client.send(&Call::raw(http::Method::GET, start)).await {
        Ok(_) | Err(Error::Refused { status: 302, .. }) => Ok(()),
        Err(error) if error.status() == Some(404) => {
            Err(Failure::from(error).noting("People sign in there with keys: `galley login --key-file FILE`."))
        }
        Err(error) => Err(error.into()),
    }
}

/// The address is told, whatever the browser does.
fn show(address: &str) {
    anstream::eprintln!("Sign in with a browser of this machine:\n{}", safe(address));
    let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let browser = std::env::var_os("BROWSER").filter(|name| !name.is_empty()).unwrap_or_else(|| usual.into());
    let quiet =
        Command::new(browser).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    // Where there is none, the address is opened by hand.
    drop(quiet);
}

async fn redeem(client: &Client, state: &str, code: &str, verifier: &str) -> Result<SignedIn, Failure> {
    let body = json!({"state": state, "code": code, "verifier": verifier});
    let tokens: Tokens = client.read(&Call::to(Route::SignInAtTerminal, &[]).json(&body)?).await?;
    Ok(tokens.into())
}

/// Replaces the token of a profile that ends within `needs`. One command does it at a time, because a refresh token works once.
/// Where the API is not reached, the token that there is stays: the command itself says what is wrong.
pub(crate) async fn renew(name: &str, needs: SignedDuration) -> Result<(), Failure> {
    let mut locked = Locked::open().await?;
    let Some(profile) = locked.all.profiles.get_mut(name) else { return Ok(()) };
    // Another command may have been here first.
    let Some(renewal) = profile.renewal.clone().filter(|_| profile.is_due_within(needs, Timestamp::now())) else {
        return Ok(());
    };
    let body = json!({"refresh_token": renewal.refresh_token.expose_secret()});
    let call = Call::to(Route::RefreshSession, &[]).json(&body)?;
    match private(&profile.url)?.read::<Tokens>(&call).await {
        Ok(tokens) => {
            let next = SignedIn::from(tokens);
            (profile.token, profile.renewal) = (next.token, Some(next.renewal));
            locked.write()
        }
        Err(error) if matches!(error.status(), Some(400..=403)) => {
            Err(Failure::NoSession(format!("the session of the profile {name} is over")))
        }
        Err(_) => Ok(()),
    }
}

/// Ends a session on the API's side.
pub(crate) async fn end(url: &str, token: SecretString) -> Result<(), Failure> {
    let client = Client::builder(url)?.token(token).build()?;
    client.send(&Call::to(Route::SignOut, &[])).await?;
    Ok(())
}
