//! A secret that a provider has made itself.

use secrecy::SecretString;
use serde::Deserialize;

/// A secret that a provider has made itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct GivenSecret(SecretString);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 16 to 256 visible ASCII characters")]
pub struct WeakSecret;

impl GivenSecret {
    const LEAST: usize = 16;
    const MOST: usize = 256;
}

impl TryFrom<String> for GivenSecret {
    type Error = WeakSecret;
    fn try_from(text: String) -> Result<Self, WeakSecret> {
        let strong = (Self::LEAST..=Self::MOST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if strong { Ok(Self(SecretString::from(text))) } else { Err(WeakSecret) }
    }
}

galley_api::schema::scalar!(
    GivenSecret,
    galley_api::schema::text()
        .pattern(Some("^[!-~]*$"))
        .min_length(Some(GivenSecret::LEAST))
        .max_length(Some(GivenSecret::MOST))
);

impl From<GivenSecret> for SecretString {
    fn from(GivenSecret(secret): GivenSecret) -> Self {
        secret
    }
}
