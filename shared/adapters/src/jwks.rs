//! Key sets of token issuers, by HTTPS. Small, quick and without redirects: an authorizer waits for them.

use std::time::Duration;

use galley_domain::{access::key_sets::KeySets, kernel::error::BoxError};
use reqwest::{Client, Url, redirect::Policy};

const CONNECT: Duration = Duration::from_secs(1);
const WHOLE: Duration = Duration::from_secs(2);
/// Limit on a key set's size; a dozen RSA keys are far below it.
const MAX_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub struct HttpKeySets {
    client: Client,
}

#[derive(Debug, thiserror::Error)]
enum KeySetError {
    #[error("a key set is read by https, or from this machine")]
    Scheme,
    #[error("the key set is over 64 KiB")]
    TooLarge,
}

impl HttpKeySets {
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new() -> Result<Self, BoxError> {
        // reqwest takes the process's provider, and a second call for the same one changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().connect_timeout(CONNECT).timeout(WHOLE).redirect(Policy::none()).build()?;
        Ok(Self { client })
    }
}

impl KeySets for HttpKeySets {
    async fn key_set(&self, url: &str) -> Result<String, BoxError> {
        let url = Url::parse(url)?;
        let local = url.host_str().is_some_and(|host| matches!(host, "127.0.0.1" | "localhost"));
        if url.scheme() != "https" && !(url.scheme() == "http" && local) {
            return Err(KeySetError::Scheme.into());
        }
        let mut response = self.client.get(url).send().await?.error_for_status()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(KeySetError::TooLarge.into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8(bytes)?)
    }
}
