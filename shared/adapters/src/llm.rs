//! The language models of the providers that the catalogue names. Each protocol is a module that knows how a question is
//! written and an answer read; sending is the same for all. Nothing is retried here: what was sent and then timed out may
//! have been paid for, so the worker decides. Each call carries the id under which the ledger knows it.

mod anthropic;
mod bedrock;
pub(crate) mod failure;
mod finish;
mod gemini;
pub(crate) mod lenient;
mod openai;
mod usage;
pub(crate) mod wire;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future;
use galley_domain::{
    kernel::error::BoxError,
    models::{
        ask::{Ask, Availability, Available, Completion, LanguageModel, ProviderError},
        catalogue::{Catalogue, Protocol},
        id::ProviderId,
        price::{Spent, Tokens},
    },
    secrets::store::Secrets,
};
use reqwest::{Request, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};

use crate::aws::{Aws, Signer};
pub use crate::{llm::wire::Http, provider_keys::ProviderKeys};

/// How long it counts what a provider said of itself, and how long that it said nothing.
const KEPT: Duration = Duration::from_mins(5);
const KEPT_DOWN: Duration = Duration::from_secs(30);
/// Asking whether a provider is there must not keep a task waiting.
const SURVEY_LIMIT: Duration = Duration::from_secs(3);
/// How long it is waited for the body of an answer that says no.
const REPORT_LIMIT: Duration = Duration::from_secs(3);

/// When it was looked, and what was found.
type Survey = (Instant, Vec<Availability>);

/// Where a provider is.
#[derive(Clone, Debug)]
struct Endpoint {
    protocol: Protocol,
    base: Url,
    needs_key: bool,
}

#[derive(Clone, Debug)]
pub struct Providers<X> {
    http: Http,
    endpoints: BTreeMap<ProviderId, Endpoint>,
    keys: ProviderKeys<X>,
    /// For Bedrock, where it is turned on.
    signer: Option<Signer>,
    surveyed: Arc<Mutex<Option<Survey>>>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    #[error("the provider {0} has no http or https URL")]
    BaseUrl(ProviderId),
    #[error("Bedrock is turned on, and this build has none: build with the feature bedrock")]
    NoBedrock,
}

impl<X: Secrets> Providers<X> {
    /// Those of the catalogue; Bedrock only with `with_bedrock`.
    ///
    /// # Errors
    /// When a provider has no URL.
    pub fn new(catalogue: &Catalogue, keys: ProviderKeys<X>, http: Http) -> Result<Self, ProvidersError> {
        let mut endpoints = BTreeMap::new();
        for (id, provider) in &catalogue.providers {
            if provider.protocol == Protocol::Bedrock {
                continue;
            }
            let base = base_url(id, provider.base_url.as_deref().unwrap_or_default())?;
            endpoints.insert(id.clone(), Endpoint { protocol: provider.protocol, base, needs_key: provider.needs_key });
        }
        Ok(Self { http, endpoints, keys, signer: None, surveyed: Arc::default() })
    }

    /// With the catalogue's providers that are Bedrock, which is asked under this function's own role.
    ///
    /// # Errors
    /// When this build has no Bedrock.
    pub fn with_bedrock(mut self, catalogue: &Catalogue, aws: &Aws) -> Result<Self, ProvidersError> {
        let bedrock = aws.bedrock().ok_or(ProvidersError::NoBedrock)?;
        for (id, provider) in &catalogue.providers {
            if provider.protocol == Protocol::Bedrock {
                let base = base_url(id, provider.base_url.as_deref().unwrap_or(&bedrock.base_url))?;
                self.endpoints.insert(id.clone(), Endpoint { protocol: Protocol::Bedrock, base, needs_key: false });
            }
        }
        self.signer = Some(bedrock.signer);
        Ok(self)
    }

    /// Those that can be asked at all: they need no key, or it is there.
    fn configured<'a>(
        &'a self,
        keys: &'a HashMap<String, SecretString>,
    ) -> impl Iterator<Item = (&'a ProviderId, &'a Endpoint, Option<&'a SecretString>)> {
        self.endpoints.iter().filter_map(|(id, endpoint)| {
            let key = keys.get(id.as_str());
            (key.is_some() || !endpoint.needs_key).then_some((id, endpoint, key))
        })
    }

    async fn known_keys(&self) -> HashMap<String, SecretString> {
        match self.keys.all().await {
            Ok(keys) => keys,
            Err(error) => {
                tracing::warn!(%error, "the providers' keys were not read");
                HashMap::new()
            }
        }
    }

    async fn look(&self) -> Vec<Availability> {
        let keys = self.known_keys().await;
        let looks = self.configured(&keys).map(|(id, endpoint, key)| async move {
            let state = self.available(endpoint, key).await;
            if let Available::No { reason } = &state {
                tracing::warn!(provider = %id, reason, "a provider is not available");
            }
            Availability { provider: id.clone(), state }
        });
        future::join_all(looks).await
    }

    async fn available(&self, endpoint: &Endpoint, key: Option<&SecretString>) -> Available {
        if endpoint.protocol == Protocol::Bedrock {
            // Its list of models is another service, which tells nothing of whether these may be asked.
            return Available::Yes { models: None };
        }
        let no = |reason: String| Available::No { reason };
        let Ok(client) = self.http.client() else { return no("there is no HTTP client".to_owned()) };
        let request = signed(client.get(extended(&endpoint.base, "models")), endpoint.protocol, key);
        let response = match request.timeout(SURVEY_LIMIT).send().await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => return no("it does not answer in time".to_owned()),
            Err(_) => return no("it cannot be reached".to_owned()),
        };
        match response.status().as_u16() {
            401 | 403 => no("it refuses the key".to_owned()),
            status @ 500.. => no(format!("it answers {status}")),
            200..=299 => Available::Yes { models: self.listed(endpoint.protocol, response).await },
            // Not every server has such a list.
            _ => Available::Yes { models: None },
        }
    }

    async fn listed(&self, protocol: Protocol, response: reqwest::Response) -> Option<Vec<String>> {
        let bytes = wire::read(response).await.ok()?;
        match protocol {
            Protocol::OpenAi | Protocol::Anthropic => openai::models(&bytes),
            Protocol::Gemini => gemini::models(&bytes),
            Protocol::Bedrock => None,
        }
    }
}

impl<X> Providers<X> {
    fn with_signature(&self, endpoint: &Endpoint, mut request: Request) -> Result<Request, ProviderError> {
        if let Some(signer) = self.signer.as_ref().filter(|_| endpoint.protocol == Protocol::Bedrock) {
            signer.sign(&mut request).map_err(not_sent)?;
        }
        Ok(request)
    }
}

impl<X: Secrets> LanguageModel for Providers<X> {
    async fn is_configured(&self) -> bool {
        self.configured(&self.known_keys().await).next().is_some()
    }

    async fn survey(&self) -> Vec<Availability> {
        // Held while looking, so that a batch of tasks looks once.
        let mut surveyed = self.surveyed.lock().await;
        if let Some((at, found)) = surveyed.as_ref() {
            let all_there = found.iter().all(|one| matches!(one.state, Available::Yes { .. }));
            if at.elapsed() < if all_there { KEPT } else { KEPT_DOWN } {
                return found.clone();
            }
        }
        let found = self.look().await;
        *surveyed = Some((Instant::now(), found.clone()));
        found
    }

    async fn ask(&self, ask: &Ask) -> Result<Completion, ProviderError> {
        let provider = &ask.model.provider;
        let Some(endpoint) = self.endpoints.get(provider) else {
            return Err(wire::refused(&format!("the provider {provider} is not configured"), Spent::Nothing));
        };
        let keys = self.keys.all().await.map_err(|error| wire::unavailable(None, Spent::Nothing, error))?;
        let key = keys.get(provider.as_str());
        let (path, body) = match endpoint.protocol {
            Protocol::OpenAi => ("chat/completions".to_owned(), openai::question(ask)),
            Protocol::Anthropic => ("messages".to_owned(), anthropic::question(ask)),
            Protocol::Gemini => (format!("models/{}:generateContent", ask.model.name.as_str()), gemini::question(ask)),
            Protocol::Bedrock => (bedrock::path(ask), bedrock::question(ask)),
        };
        let request = self.http.client()?.post(extended(&endpoint.base, &path)).timeout(ask.time_limit);
        let request = request.header("x-client-request-id", ask.call.to_string());
        let request = request.header("traceparent", ask.trace.parent_of(ask.call)).json(&body);
        let request = signed(request, endpoint.protocol, key).build().map_err(not_sent)?;
        let response = self.http.client()?.execute(self.with_signature(endpoint, request)?).await.map_err(|error| {
            // What could not connect was not sent; anything later may have been worked on.
            let spent = if error.is_connect() { Spent::Nothing } else { Spent::Unknown };
            wire::unavailable(None, spent, error.without_url())
        })?;
        if !response.status().is_success() {
            return Err(declined(endpoint.protocol, response).await);
        }
        let patience = wire::patience(response.headers());
        answered(endpoint.protocol, &wire::read(response).await?, patience)
    }
}

/// What an answer of 200 is: its report first, for whatever else is in it was paid for; then whether it is an error.
fn answered(protocol: Protocol, bytes: &[u8], patience: Option<Duration>) -> Result<Completion, ProviderError> {
    let body = lenient::read(bytes, Spent::Unknown)?;
    let tokens = used(protocol, &body);
    if let Some(failure) = failure::within(&body, tokens, patience) {
        return Err(failure);
    }
    match protocol {
        Protocol::OpenAi => openai::reply(&body, tokens),
        Protocol::Anthropic => anthropic::reply(&body, tokens),
        Protocol::Gemini => gemini::reply(&body, tokens),
        Protocol::Bedrock => bedrock::reply(&body, tokens),
    }
}

/// What an answer of another status is. Some gateways report in it what was used all the same.
async fn declined(protocol: Protocol, response: reqwest::Response) -> ProviderError {
    let (status, patience) = (response.status().as_u16(), wire::patience(response.headers()));
    // The status says enough: nobody waits long for the rest.
    let bytes = tokio::time::timeout(REPORT_LIMIT, wire::read(response)).await;
    let body = bytes.ok().and_then(Result::ok).and_then(|bytes| lenient::read(&bytes, Spent::Unknown).ok());
    let tokens = body.and_then(|body| used(protocol, &body));
    wire::failed(status, patience, failure::spent_in(status, tokens))
}

/// The report of an answer; an error may have its own within.
fn used(protocol: Protocol, body: &Value) -> Option<Tokens> {
    let used = match protocol {
        Protocol::OpenAi => openai::used,
        Protocol::Anthropic => anthropic::used,
        Protocol::Gemini => gemini::used,
        Protocol::Bedrock => bedrock::used,
    };
    used(body).or_else(|| used(body.get("error")?))
}

fn not_sent(error: impl Into<BoxError>) -> ProviderError {
    wire::unavailable(None, Spent::Nothing, error)
}

fn base_url(id: &ProviderId, text: &str) -> Result<Url, ProvidersError> {
    Url::parse(text.trim_end_matches('/'))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .ok_or_else(|| ProvidersError::BaseUrl(id.clone()))
}

/// Adds to the path of a base URL, whatever it is.
fn extended(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// Where a protocol wants its key.
fn signed(request: RequestBuilder, protocol: Protocol, key: Option<&SecretString>) -> RequestBuilder {
    let request = match protocol {
        Protocol::Anthropic => request.header("anthropic-version", anthropic::VERSION),
        Protocol::OpenAi | Protocol::Gemini | Protocol::Bedrock => request,
    };
    let Some(key) = key.map(ExposeSecret::expose_secret) else { return request };
    match protocol {
        Protocol::OpenAi => request.bearer_auth(key),
        Protocol::Anthropic => request.header("x-api-key", key),
        Protocol::Gemini => request.header("x-goog-api-key", key),
        // Signed as a whole when it is done.
        Protocol::Bedrock => request,
    }
}

#[cfg(test)]
pub(crate) mod tests;
