//! What all protocols over HTTP have in common: one client, bounded answers, and what a status means.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use galley_domain::{ledger::Spent, models::ProviderError, ports::BoxError};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Client, Response, StatusCode, header::RETRY_AFTER};

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
    // 529 is Anthropic's word for being overloaded, and within the server's errors; 424 is Bedrock's for a model that failed.
    let transient =
        matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::FAILED_DEPENDENCY)
            || status.is_server_error();
    if transient {
        let text = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = text.and_then(|text| retry_after(text, Timestamp::now()));
        let source = std::io::Error::other(format!("the provider answered {status}"));
        return Err(unavailable(retry_after, Spent::Nothing, source));
    }
    Err(refused(&format!("the provider answered {}", status.as_u16()), Spent::Nothing))
}

/// Seconds or an HTTP date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Duration::try_from(at.duration_since(now)).ok()
}

pub(crate) fn unavailable(retry_after: Option<Duration>, spent: Spent, source: impl Into<BoxError>) -> ProviderError {
    ProviderError::Unavailable { retry_after, spent, source: source.into() }
}

pub(crate) fn refused(reason: &str, spent: Spent) -> ProviderError {
    ProviderError::Refused { reason: reason.to_owned(), spent }
}

/// What was worked on, whose report cannot be read.
pub(super) fn unreadable(what: &str) -> ProviderError {
    refused(&format!("the answer is not {what}"), Spent::Unknown)
}
