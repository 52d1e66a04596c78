//! How providers sign: over what, and with which form of key.

use base64::{
    Engine,
    engine::{DecodePaddingMode, general_purpose::GeneralPurposeConfig},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::secrets::key::MacKey;

/// The headers that a scheme needs, in words.
pub type Wanted = &'static str;

/// What Standard Webhooks puts before a key.
const STANDARD_KEY: &str = "whsec_";

/// Base64 with or without its padding, as senders differ.
pub(super) const BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Every one is HMAC-SHA256 over the raw body, and most over something before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Galley's own: hex over `<timestamp>.<body>`.
    Galley,
    /// <https://www.standardwebhooks.com>: base64 over `<id>.<timestamp>.<body>`.
    Standard,
    /// As GitHub signs: hex over the body alone. Nothing in it expires.
    Github,
    /// As Stripe signs: hex over `<timestamp>.<body>`, all in one header.
    Stripe,
}

impl Scheme {
    pub const ALL: [Self; 4] = [Self::Galley, Self::Standard, Self::Github, Self::Stripe];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Galley => "galley",
            Self::Standard => "standard",
            Self::Github => "github",
            Self::Stripe => "stripe",
        }
    }

    /// Whether a copy of an old request is refused for its age, so that its receipt may be forgotten some day.
    pub const fn signs_a_time(self) -> bool {
        !matches!(self, Self::Github)
    }

    /// The bytes to sign with. `None` for what is no key of this scheme, or too short for one: nobody signs with that.
    pub fn key(self, secret: &SecretString) -> Option<MacKey> {
        let text = secret.expose_secret();
        match self {
            Self::Standard => MacKey::of(BASE64.decode(text.strip_prefix(STANDARD_KEY).unwrap_or(text)).ok()?),
            _ => MacKey::of_text(secret),
        }
    }

    /// Those of `versions` that can be signed with.
    pub fn keys(self, versions: &[SecretString]) -> Vec<MacKey> {
        versions.iter().filter_map(|version| self.key(version)).collect()
    }

    /// A secret in the form that this scheme's libraries expect.
    pub(crate) fn secret_of(self, random: [u8; 32]) -> SecretString {
        SecretString::from(match self {
            Self::Standard => format!("{STANDARD_KEY}{}", BASE64.encode(random)),
            _ => hex::encode(random),
        })
    }

    /// What an answer names when one is missing.
    pub(super) const fn headers(self) -> Wanted {
        match self {
            Self::Galley => "X-Webhook-Signature and X-Webhook-Timestamp are both required, once each",
            Self::Standard => "webhook-id, webhook-timestamp and webhook-signature are required, once each",
            Self::Github => "X-Hub-Signature-256 is required, once",
            Self::Stripe => "Stripe-Signature is required, once, with t and v1",
        }
    }
}
