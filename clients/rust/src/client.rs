//! Sends requests: credentials, retries, problems and the cache.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use galley_api::problem::{GatewayMessage, Problem as Known, ProblemBody};
use http::{HeaderMap, Method, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::{
    body,
    cache::{Cache, Kept},
    call::Call,
    error::{AddressError, Error, Problem},
    retry::Retries,
};

/// The API version that this client speaks.
const API_VERSION: &str = "2026-11-20";
const CONNECT: Duration = Duration::from_secs(5);
/// A gateway gives a function at most thirty seconds.
const WHOLE: Duration = Duration::from_secs(35);

/// A client; a clone shares connections and cache.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) streams: Option<Url>,
    token: Option<SecretString>,
    pub(crate) retries: Retries,
    cache: Arc<Cache>,
}

/// How a client is made.
#[derive(Debug)]
pub struct Builder {
    base: Url,
    streams: Option<Url>,
    token: Option<SecretString>,
    retries: Retries,
}

/// An answer of 2xx.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// # Errors
    /// When the body is not a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // 204 and 202 may have none.
        let body: &[u8] = if self.body.is_empty() { b"null" } else { &self.body };
        serde_json::from_slice(body).map_err(Error::Unreadable)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Builder {
    /// An API key or a token.
    #[must_use]
    pub fn token(mut self, token: SecretString) -> Self {
        self.token = Some(token);
        self
    }

    /// Where streams are, if elsewhere: the output `StreamUrl` of a deployment. Without it a task is polled, except on
    /// this machine.
    ///
    /// # Errors
    /// When it is no address of an API.
    pub fn streams(mut self, url: &str) -> Result<Self, Error> {
        self.streams = Some(address(url)?);
        Ok(self)
    }

    #[must_use]
    pub const fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// # Errors
    /// When a key would be sent in the clear, or the system has no root certificates.
    pub fn build(self) -> Result<Client, Error> {
        let insecure = |url: &Url| url.scheme() != "https" && !is_this_machine(url);
        if self.token.is_some() && (insecure(&self.base) || self.streams.as_ref().is_some_and(insecure)) {
            return Err(AddressError::Insecure.into());
        }
        // Whichever came first: a program may have chosen its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().connect_timeout(CONNECT).redirect(Policy::none());
        // A connection that a proxy would see is never one to this machine.
        let http = if is_this_machine(&self.base) { http.no_proxy() } else { http };
        let http =
            http.user_agent(concat!("galley-client/", env!("CARGO_PKG_VERSION"))).build().map_err(Error::Start)?;
        let streams = self.streams.or_else(|| is_this_machine(&self.base).then(|| self.base.clone()));
        Ok(Client { http, base: self.base, streams, token: self.token, retries: self.retries, cache: Arc::default() })
    }
}

impl Client {
    /// # Errors
    /// When `url` is no address of an API.
    pub fn builder(url: &str) -> Result<Builder, Error> {
        Ok(Builder { base: address(url)?, streams: None, token: None, retries: Retries::default() })
    }

    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Whether nobody on the way reads what is sent: by https, or to this machine. A key is sent in no other way; whoever puts a secret
    /// into a body asks first.
    pub fn is_private(&self) -> bool {
        self.base.scheme() == "https" || is_this_machine(&self.base)
    }

    /// Sends `call`, again where that is safe, and reads the whole answer.
    ///
    /// # Errors
    /// Whatever is not 2xx, after the last try.
    pub async fn send(&self, call: &Call) -> Result<Reply, Error> {
        let (mut tried, mut may_be_done) = (0, false);
        loop {
            let error = match self.once(call).await {
                Ok(reply) => return Ok(reply),
                // The first one removed it, and its answer was lost.
                Err(error) if may_be_done && call.method == Method::DELETE && error.is(Known::NotFound) => {
                    return Ok(Reply { status: 204, headers: HeaderMap::new(), body: Bytes::new() });
                }
                Err(error) => error,
            };
            may_be_done |= error.may_be_done();
            let Some(wait) = self.retries.after(call, &error, tried, fastrand::f64()) else { return Err(error) };
            tokio::time::sleep(wait).await;
            tried += 1;
        }
    }

    /// # Errors
    /// As `send`, or when the answer is not a `T`.
    pub async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        self.send(call).await?.read()
    }

    async fn once(&self, call: &Call) -> Result<Reply, Error> {
        let url = address_of(&self.base, call)?;
        let kept = if call.method == Method::GET { self.cache.get(url.as_str()) } else { None };
        let mut request = self.request(call, url.clone()).timeout(WHOLE);
        if let Some(kept) = &kept {
            request = request.header(header::IF_NONE_MATCH, &kept.etag);
        }
        let response = request.send().await.map_err(|source| self.no_answer(source))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body::read(response, &self.host()).await?;
        match kept {
            Some(kept) if status == StatusCode::NOT_MODIFIED => {
                Ok(Reply { status: 200, headers: kept.headers, body: kept.body })
            }
            _ if status.is_success() => {
                let reply = Reply { status: status.as_u16(), headers, body };
                self.keep(call, url.as_str(), &reply);
                Ok(reply)
            }
            _ => Err(refusal(status, &headers, &body)),
        }
    }

    fn keep(&self, call: &Call, url: &str, reply: &Reply) {
        if call.method == Method::GET
            && let Some(etag) = reply.header("etag")
        {
            let kept = Kept { etag: etag.to_owned(), headers: reply.headers.clone(), body: reply.body.clone() };
            self.cache.put(url, kept);
        }
    }

    pub(crate) fn request(&self, call: &Call, url: Url) -> reqwest::RequestBuilder {
        let mut request = self.http.request(call.method.clone(), url).header("api-version", API_VERSION);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        call.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    pub(crate) fn host(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn no_answer(&self, source: reqwest::Error) -> Error {
        Error::NoAnswer { host: self.host(), source: source.without_url() }
    }
}

/// What is not 2xx: a problem where it is one.
pub(crate) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let retry_after = headers.get(header::RETRY_AFTER).and_then(|value| wait_of(value.to_str().ok()?.trim()));
    if let Ok(body) = serde_json::from_slice::<ProblemBody>(body) {
        return Error::Problem(Box::new(Problem { body, retry_after }));
    }
    let said = serde_json::from_slice::<GatewayMessage>(body).map(|gateway| gateway.message).ok();
    let message = said.or_else(|| status.canonical_reason().map(str::to_owned)).unwrap_or_default();
    Error::Refused { status: status.as_u16(), message, retry_after }
}

/// What a `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3). A number that is too large is a very long time.
fn wait_of(text: &str) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO))
}

/// Under `base`, whose path stays.
pub(crate) fn address_of(base: &Url, call: &Call) -> Result<Url, AddressError> {
    if !call.fits {
        return Err(AddressError::Segment);
    }
    let mut url = base.clone();
    let (path, query) =
        call.path.split_once('?').map_or((call.path.as_str(), None), |(path, query)| (path, Some(query)));
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(query);
    if !call.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&call.query);
    }
    Ok(url)
}

fn address(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text.trim()).map_err(|_| AddressError::NoUrl)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(AddressError::NoUrl);
    }
    let extra =
        url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some();
    if extra { Err(AddressError::Extra) } else { Ok(url) }
}

pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use galley_api::route::Route;

    use super::*;

    #[test]
    fn a_key_is_never_sent_in_the_clear() {
        let made = |url: &str| Client::builder(url).unwrap().token("k".into()).build();
        assert!(matches!(made("http://api.example.com"), Err(Error::Address(AddressError::Insecure))));
        for fine in ["https://api.example.com", "http://127.0.0.1:8787", "http://localhost:8787", "http://[::1]:1"] {
            assert!(made(fine).is_ok(), "{fine}");
        }
        let keyless = Client::builder("http://api.example.com").unwrap().build().unwrap();
        assert!(!keyless.is_private(), "no key, nothing to lose");
        assert!(Client::builder("https://api.example.com").unwrap().build().unwrap().is_private());
        let streams =
            Client::builder("https://a.example").unwrap().token("k".into()).streams("http://b.example").unwrap();
        assert!(matches!(streams.build(), Err(Error::Address(AddressError::Insecure))));
    }

    #[test]
    fn no_address_carries_more_than_an_address() {
        for wrong in ["", "api.example.com", "ftp://api.example.com", "file:///etc/passwd"] {
            assert!(matches!(Client::builder(wrong), Err(Error::Address(AddressError::NoUrl))), "{wrong}");
        }
        for extra in ["https://me:pw@api.example.com", "https://api.example.com?x=1", "https://api.example.com#x"] {
            assert!(matches!(Client::builder(extra), Err(Error::Address(AddressError::Extra))), "{extra}");
        }
    }

    #[test]
    fn a_stage_in_the_address_stays() {
        let client = Client::builder("https://api.example.com/stage/").unwrap().build().unwrap();
        let call = Call::raw(Method::GET, "/health/ready?deep=1").query("x", "a b");
        let url = address_of(&client.base, &call).unwrap();
        assert_eq!(url.as_str(), "https://api.example.com/stage/health/ready?deep=1&x=a+b");
    }

    #[test]
    fn no_value_leads_out_of_its_segment() {
        let base = Url::parse("https://api.example.com/stage").unwrap();
        for wrong in ["", ".", ".."] {
            let call = Call::to(Route::ReviewTask, &[wrong]);
            assert!(matches!(address_of(&base, &call), Err(AddressError::Segment)), "{wrong:?}");
        }
        for (value, segment) in [("../x", "..%2Fx"), ("...", "..."), ("%2E%2E", "%252E%252E"), (" ", "%20")] {
            let url = address_of(&base, &Call::to(Route::ReviewTask, &[value])).unwrap();
            assert_eq!(url.as_str(), format!("https://api.example.com/stage/api/content/tasks/{segment}/review"));
        }
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(wait_of("7"), Some(Duration::from_secs(7)));
        assert!(wait_of("99999999999999999999999").is_some_and(|wait| wait > Duration::from_hours(24)));
        assert_eq!(wait_of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(wait_of("Wed, 06 Nov 2199 08:49:37 GMT").is_some_and(|wait| wait > Duration::from_hours(24)));
        for wrong in ["", "-1", "+1", "soon"] {
            assert_eq!(wait_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_debugged_client_shows_no_key() {
        let client = Client::builder("https://api.example.com").unwrap().token("tell-nobody".into()).build().unwrap();
        assert!(!format!("{client:?}").contains("tell-nobody"));
    }
}
