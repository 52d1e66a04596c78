//! Searches by Serper (<https://serper.dev>), photographs by Pexels (<https://www.pexels.com/api/documentation/>), and
//! checks of links. Searches and photographs need a key; without one there are none.

use std::time::Duration;

use galley_domain::{
    content::{language::Language, references::Reference},
    generation::{
        recipe::Search,
        services::{ImageSearch, LinkChecker, LinkState, Researcher, SearchResults},
    },
    kernel::{printable, usd::MicroUsd},
    models::{
        ask::ProviderError,
        catalogue::{Service, Services},
        price::Spent,
    },
    secrets::store::Secrets,
    task::revision::Image,
};
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    callback_sender::HttpCallbackSender,
    llm::{
        Http, ProviderKeys, failure,
        lenient::{self, each, words},
        wire,
    },
};

/// How long a search may take, usually.
const LIMIT: Duration = Duration::from_secs(10);
/// Results of one search.
const RESULTS: usize = 8;
/// Longest title or snippet that is kept.
const MOST_CHARS: usize = 300;
const LONGEST_URL: usize = 2048;
const LICENCE: &str = "Pexels License (https://www.pexels.com/license/)";

/// External services other than models.
#[derive(Clone, Debug)]
pub struct WebResearch<X> {
    http: Http,
    services: Services,
    keys: ProviderKeys<X>,
    sender: HttpCallbackSender,
    limit: Duration,
}

impl<X: Secrets> WebResearch<X> {
    pub const fn new(services: Services, keys: ProviderKeys<X>, http: Http, sender: HttpCallbackSender) -> Self {
        Self { http, services, keys, sender, limit: LIMIT }
    }

    /// Waits for the answer of a search or of a photograph's service for so long.
    #[must_use]
    pub const fn waiting(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// A service and its key, if there are both.
    async fn service<'a>(&self, service: Option<&'a Service>, name: &str) -> Option<(&'a Service, SecretString)> {
        let service = service?;
        match self.keys.of(name).await {
            Ok(key) => Some((service, key?)),
            Err(error) => {
                tracing::warn!(name, %error, "a service's key was not read");
                None
            }
        }
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Vec<u8>, ProviderError> {
        let response = request.timeout(self.limit).send().await.map_err(|error| {
            let spent = if error.is_connect() { Spent::Nothing } else { Spent::Unknown };
            wire::unavailable(None, spent, error.without_url())
        })?;
        wire::read(wire::accepted(response)?).await
    }
}

/// Web pages and news have lists of their own, and an answer may have both.
#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    organic: Option<Vec<Value>>,
    #[serde(default)]
    news: Option<Vec<Value>>,
}

impl Results {
    fn of(self, search: Search) -> Value {
        let list = match search {
            Search::Web => self.organic.or(self.news),
            Search::News => self.news.or(self.organic),
        };
        list.unwrap_or_default().into()
    }
}

#[derive(Deserialize)]
struct Hit {
    title: String,
    link: String,
    #[serde(default, deserialize_with = "words")]
    snippet: Option<String>,
    #[serde(default, deserialize_with = "words")]
    date: Option<String>,
}

impl Hit {
    /// An untrusted result with bounded texts; `None` if its URL is not http or https, or is too long.
    fn reference(self) -> Option<Reference> {
        let url = Url::parse(&self.link).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        if url.as_str().len() > LONGEST_URL {
            return None;
        }
        Some(Reference {
            title: short(&self.title),
            url: url.to_string(),
            snippet: short(&self.snippet.unwrap_or_default()),
            published: self.date.as_deref().map(short),
        })
    }
}

/// An untrusted text, cut to the length that may be stored.
fn short(text: &str) -> String {
    printable::stripped(&text.chars().take(MOST_CHARS).collect::<String>())
}

/// A service's parsed answer, or its error.
fn read<T: DeserializeOwned>(bytes: &[u8], what: &str, spent: Spent) -> Result<T, ProviderError> {
    let body = lenient::read(bytes, spent)?;
    if let Some(failure) = failure::within(&body, None, None) {
        return Err(failure);
    }
    serde_json::from_value(body).map_err(|_| wire::unreadable(what, spent))
}

impl<X: Secrets> Researcher for WebResearch<X> {
    async fn price(&self) -> Option<MicroUsd> {
        let (serper, _) = self.service(self.services.serper.as_ref(), "serper").await?;
        Some(serper.usd_per_request)
    }

    async fn search(&self, search: Search, query: &str, language: Language) -> Result<SearchResults, ProviderError> {
        let Some((serper, key)) = self.service(self.services.serper.as_ref(), "serper").await else {
            return Ok(SearchResults::default());
        };
        let url = format!("{}/{}", serper.base_url.trim_end_matches('/'), search.name());
        let request = self.http.client()?.post(url).header("x-api-key", key.expose_secret());
        let bytes = self.answer(request.json(&asked(query, language))).await?;
        let cost = serper.usd_per_request;
        let spent = Spent::Known { tokens: galley_domain::models::price::Tokens::default(), cost };
        let results: Results = read(&bytes, "a list of results", spent)?;
        let references = each(&results.of(search)).filter_map(Hit::reference).take(RESULTS).collect();
        Ok(SearchResults { references, cost })
    }
}

/// The body of a search. Google names languages by ISO 639-1, and tells Chinese by its script; English is what it takes for granted.
fn asked(query: &str, language: Language) -> Value {
    let mut parts = language.as_str().split('-');
    let name = match parts.next().unwrap_or_default() {
        "en" => return json!({"q": query, "num": RESULTS}),
        "zh" if parts.any(|part| matches!(part, "Hant" | "TW" | "HK" | "MO")) => "zh-tw",
        "zh" => "zh-cn",
        other => other,
    };
    json!({"q": query, "num": RESULTS, "hl": name})
}

#[derive(Deserialize)]
struct Photos {
    photos: Vec<Value>,
}

#[derive(Deserialize)]
struct Photo {
    /// Its page.
    url: String,
    photographer: String,
    #[serde(default, deserialize_with = "words")]
    alt: Option<String>,
    src: Sizes,
}

#[derive(Deserialize)]
struct Sizes {
    landscape: String,
}

impl<X: Secrets> ImageSearch for WebResearch<X> {
    async fn can_be_asked(&self) -> bool {
        self.service(self.services.pexels.as_ref(), "pexels").await.is_some()
    }

    async fn find(&self, query: &str) -> Result<Option<Image>, ProviderError> {
        let Some((pexels, key)) = self.service(self.services.pexels.as_ref(), "pexels").await else { return Ok(None) };
        let base = format!("{}/search", pexels.base_url.trim_end_matches('/'));
        let asked = [("query", query), ("orientation", "landscape"), ("per_page", "5")];
        let url = Url::parse_with_params(&base, asked)
            .map_err(|_| wire::refused("the service has no URL", Spent::Nothing))?;
        let request = self.http.client()?.get(url).header("authorization", key.expose_secret());
        let bytes = self.answer(request).await?;
        let found: Photos = read(&bytes, "a list of photographs", Spent::Nothing)?;
        let parsed = |photo: Photo| Some((secure(&photo.src.landscape)?, secure(&photo.url)?, photo));
        Ok(each(&found.photos.into()).find_map(parsed).map(|(image, page, photo)| Image {
            alt: photo
                .alt
                .map(|alt| short(&alt))
                .filter(|alt| !alt.trim().is_empty())
                .unwrap_or_else(|| format!("Photograph: {query}")),
            url: image,
            photographer: Some(short(&photo.photographer)),
            licence: Some(LICENCE.to_owned()),
            page: Some(page),
        }))
    }
}

/// A URL from a service, normalized as a browser does it; `None` if it is not https or is too long.
fn secure(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host())?;
    Some(String::from(url)).filter(|url| url.len() <= LONGEST_URL)
}

impl<X: Secrets> LinkChecker for WebResearch<X> {
    async fn follow(&self, url: &str) -> LinkState {
        self.sender.look(url).await
    }
}

#[cfg(test)]
mod tests;
