//! What all protocols over HTTP have in common: one client, bounded answers, and what a status means.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use galley_domain::{
    kernel::error::BoxError,
    models::{ask::ProviderError, price::Spent},
};
use jiff::Timestamp;
use reqwest::{
    Client, Response,
    header::{HeaderMap, RETRY_AFTER},
};

use crate::retry_after::{retry_after, scaled};

const CONNECT: Duration = Duration::from_secs(5);
/// An article of 5000 words is far below this.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// The one client for all providers and services, made when the first of them is asked.
#[derive(Clone, Debug, Default)]
pub struct Http(Arc<OnceLock<Client>>);

impl Http {
    pub(crate) fn client(&self) -> Result<&Client, ProviderError> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let client = made().map_err(|error| unavailable(None, Spent::Nothing, error))?;
        Ok(self.0.get_or_init(|| client))
    }
}

fn made() -> Result<Client, BoxError> {
    // reqwest takes the process's provider, and a second call for the same one changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder().connect_timeout(CONNECT).redirect(reqwest::redirect::Policy::none());
    Ok(client.build()?)
}

/// The whole body, if it stays within bounds.
pub(crate) async fn read(mut response: Response) -> Result<Vec<u8>, ProviderError> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_ANSWER_BYTES => {
                return Err(refused("the answer is over 1 MiB", Spent::Unknown));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(unavailable(None, Spent::Unknown, error.without_url())),
        }
    }
}

/// A response that says that it worked.
pub(crate) fn accepted(response: Response) -> Result<Response, ProviderError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let status = status.as_u16();
    Err(failed(status, patience(response.headers()), usually_spent(status)))
}

/// What a status that is no success says (RFC 9110, section 15), however it came.
pub(crate) fn failed(status: u16, retry_after: Option<Duration>, spent: Spent) -> ProviderError {
    // 529 is Anthropic's word for being overloaded, and within the server's errors; 424 is Bedrock's for a model that failed;
    // 409 and 425 are said of a moment too.
    let transient = matches!(status, 408 | 409 | 424 | 425 | 429) || status >= 500;
    if transient {
        return unavailable(retry_after, spent, std::io::Error::other(format!("the provider answered {status}")));
    }
    refused(&format!("the provider answered {status}"), spent)
}

/// What is spent where a status came without a report. Who waited for an answer that did not come in time, or broke off,
/// had somebody at work (502, 504, and 520 and 524 at Cloudflare; 408 at Bedrock): that nobody knows. All others end before
/// the work or instead of it.
pub(crate) const fn usually_spent(status: u16) -> Spent {
    match status {
        408 | 502 | 504 | 520 | 524 => Spent::Unknown,
        _ => Spent::Nothing,
    }
}

/// How long a provider asks to be left alone.
pub(crate) fn patience(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    // Finer than the standard's, and said beside it by those who know it.
    let exact = text("retry-after-ms").and_then(|text| scaled(text, 0.001));
    exact.or_else(|| retry_after(text(RETRY_AFTER.as_str())?, Timestamp::now()))
}

pub(crate) fn unavailable(retry_after: Option<Duration>, spent: Spent, source: impl Into<BoxError>) -> ProviderError {
    ProviderError::Unavailable { retry_after, spent, source: source.into() }
}

pub(crate) fn refused(reason: &str, spent: Spent) -> ProviderError {
    ProviderError::Refused { reason: reason.to_owned(), spent }
}

/// What was worked on and cannot be read.
pub(crate) fn unreadable(what: &str, spent: Spent) -> ProviderError {
    refused(&format!("the answer is not {what}"), spent)
}
