//! Calls of a target's interface: JSON or a picture there, JSON back, bounded in time and size. What a target answers stays in here, but for what an
//! adapter reads out of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use galley_domain::{
    kernel::url::PublicUrl,
    outbox::{
        deliver::Undelivered,
        trouble::{Effect, Trouble, Why},
    },
};
use jiff::Timestamp;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    callback_sender::{HttpCallbackSender, why_not},
    retry_after::retry_after,
    targets::picture::{self, Picture},
};

/// An article comes back twice in an answer, as it was sent and as it is shown.
const MAX_ANSWER: usize = 2 * 1024 * 1024;
/// The longest address that a target may say of a copy and have it shown.
pub(super) const MAX_LINK: usize = 2048;

#[derive(Clone, Debug)]
pub(super) struct TargetHttp {
    sender: HttpCallbackSender,
    /// What targets gave for their secrets, for as long as this process lives.
    tokens: Arc<Mutex<BTreeMap<String, Slot>>>,
}

/// A token's place, which is locked while one is asked for: whoever needs it meanwhile waits for that one.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// More than one process meets with: what is beyond is begun anew.
const MOST_TOKENS: usize = 1000;

/// What is shown to a target in its secret's place, and whose it says that it is.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) token: SecretString,
    pub(super) owner: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// What a target is opened with.
#[derive(Clone, Copy)]
pub(super) enum Credentials<'a> {
    /// RFC 7617.
    Basic { user: &'a str, password: &'a SecretString },
    /// RFC 6750.
    Bearer(&'a SecretString),
    /// What opens it is said in the body.
    None,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// A call.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Behind the target's address.
    pub(super) path: String,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) credentials: Credentials<'a>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    None,
    Json(Value),
    /// Under a key that stands for this request alone.
    Once(Value, String),
    /// Under a name of a file, without its ending.
    Picture(Picture, String),
}

/// What came back: a status that is not `5xx`, `429` or a redirect, and JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    effect: Effect,
}

impl TargetHttp {
    pub(super) fn new(sender: HttpCallbackSender) -> Self {
        Self { sender, tokens: Arc::default() }
    }

    fn tokens(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, of: &str) -> Slot {
        let mut tokens = self.tokens();
        if tokens.len() >= MOST_TOKENS && !tokens.contains_key(of) {
            tokens.clear();
        }
        Arc::clone(tokens.entry(of.to_owned()).or_default())
    }

    /// The token that is known, or the one that `begin` comes to. One at a time begins.
    pub(super) async fn token(
        &self,
        of: &str,
        begin: impl Future<Output = Result<Token, Trouble>> + Send,
    ) -> Result<Token, Trouble> {
        let slot = self.slot(of);
        let mut known = slot.lock().await;
        if let Some(token) = &*known {
            return Ok(token.clone());
        }
        let token = begin.await?;
        *known = Some(token.clone());
        drop(known);
        Ok(token)
    }

    /// A token that was refused. Another one, which came since, stays.
    pub(super) async fn forget_token(&self, of: &str, refused: &SecretString) {
        let slot = self.slot(of);
        let mut known = slot.lock().await;
        if known.as_ref().is_some_and(|known| known.token.expose_secret() == refused.expose_secret()) {
            *known = None;
        }
    }

    pub(super) async fn ask(&self, base: &PublicUrl, ask: Ask<'_>) -> Result<Answer, Trouble> {
        // A question changes nothing. Of anything else nobody knows what it did until an answer says so.
        let asks = ask.method == Method::GET || ask.method == Method::HEAD;
        let effect = if asks { Effect::None } else { Effect::Unknown };
        let unsent = |why| Trouble { effect: Effect::None, why, after: None };
        let url = format!("{}{}", base.as_str().trim_end_matches('/'), ask.path);
        let url = PublicUrl::try_from(url).map_err(|_| unsent(Why::NoInterface))?;
        let mut url = self.sender.target(&url).map_err(|undelivered| unsent(reading(undelivered)))?;
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        let client = self.sender.client().map_err(|error| {
            tracing::error!(%error, "the HTTP client could not be built");
            unsent(Why::Unreachable)
        })?;
        let mut request = client.request(ask.method, url).header(ACCEPT, "application/json");
        request = match ask.credentials {
            Credentials::Basic { user, password } => request.basic_auth(user, Some(password.expose_secret())),
            Credentials::Bearer(token) => request.bearer_auth(token.expose_secret()),
            Credentials::None => request,
        };
        request = match ask.body {
            Body::None => request,
            Body::Json(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            Body::Once(body, key) => {
                request.header(CONTENT_TYPE, "application/json").header("idempotency-key", key).body(body.to_string())
            }
            Body::Picture(Picture { bytes, format }, name) => request
                .header(CONTENT_TYPE, format.media_type())
                .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", format.ending()))
                .body(bytes),
        };
        let mut answer = request.send().await.map_err(|error| {
            let effect = if error.is_connect() || error.is_builder() { Effect::None } else { effect };
            Trouble { effect, why: reading(why_not(&error)), after: None }
        })?;
        let status = answer.status().as_u16();
        let (limited, after) = rest(status, answer.headers());
        let trouble = |effect, why| Trouble { effect, why, after };
        match status {
            _ if limited => return Err(trouble(Effect::None, Why::RateLimited)),
            300..400 => return Err(trouble(Effect::None, Why::Redirected)),
            500.. => return Err(trouble(effect, Why::Broken)),
            _ => {}
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| trouble(effect, Why::Unreadable))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_ANSWER {
                return Err(trouble(effect, Why::Unreadable));
            }
        }
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default(), effect })
    }

    /// An article's picture, by the rule of callbacks. `None`: it cannot be had, is too large, or is none.
    pub(super) async fn picture(&self, url: &str) -> Option<Picture> {
        let Self { sender, .. } = self;
        let url = PublicUrl::try_from(url.to_owned()).ok()?;
        let request = sender.client().ok()?.get(sender.target(&url).ok()?);
        let mut answer = request.send().await.ok()?.error_for_status().ok()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > picture::MOST {
                return None;
            }
        }
        // A redirect, which is not followed, has no picture.
        Picture::of(bytes)
    }
}

impl Answer {
    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..300)
    }

    /// What a successful answer says, as the adapter reads it.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Trouble> {
        let effect = self.effect;
        serde_json::from_value(self.body).map_err(|_| Trouble { effect, why: Why::Unreadable, after: None })
    }
}

pub(super) const fn trouble(effect: Effect, why: Why) -> Trouble {
    Trouble { effect, why, after: None }
}

/// What is told of a refusal. Nothing was done.
pub(super) fn refused(answer: &Answer, missing: Why) -> Trouble {
    let (effect, why) = match answer.status {
        401 => (Effect::None, Why::CredentialsRefused),
        403 => (Effect::None, Why::NotAllowed),
        404 | 405 => (Effect::None, missing),
        408 | 425 => (Effect::None, Why::Timeout),
        409 => (Effect::None, Why::Interrupted),
        _ => (Effect::Never, Why::Rejected),
    };
    trouble(effect, why)
}

/// An address as a target tells it, if it may be shown.
pub(super) fn shown(url: Option<String>) -> Option<String> {
    url.filter(|url| url.len() <= MAX_LINK && url.starts_with("https://"))
}

/// Whether it asks for fewer requests, and how long it asks to be left alone. GitHub says the first by 403, too, and others than WordPress
/// the second by when a limit is lifted: as a second of the epoch, and Mastodon as a date and a time.
fn rest(status: u16, headers: &HeaderMap) -> (bool, Option<Duration>) {
    let now = Timestamp::now();
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let after = said(RETRY_AFTER.as_str()).and_then(|text| retry_after(text, now));
    let spent = said("x-ratelimit-remaining") == Some("0");
    let limited = status == 429 || (status == 403 && (spent || after.is_some()));
    let lifted = || {
        let at = said("x-ratelimit-reset").or_else(|| said("ratelimit-reset"))?.trim();
        let second = at.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        Duration::try_from(second.or_else(|| at.parse().ok())?.duration_since(now)).ok()
    };
    (limited, after.or_else(|| lifted().filter(|_| limited)))
}

const fn reading(undelivered: Undelivered) -> Why {
    match undelivered {
        Undelivered::AddressNotPublic => Why::AddressNotPublic,
        Undelivered::Unresolvable => Why::Unresolvable,
        Undelivered::Timeout => Why::Timeout,
        Undelivered::Unreachable | Undelivered::Interrupted | Undelivered::Unsigned => Why::Unreachable,
    }
}
