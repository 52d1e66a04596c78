//! How providers sign: which headers, over what, with which form of key. Reading them proves nothing yet; `Claim::verify`
//! in `signature` does.

use base64::{
    Engine,
    engine::{DecodePaddingMode, general_purpose::GeneralPurposeConfig},
};
use hmac::Mac;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::signature::{Claim, SignatureError, Wanted, mac};
use crate::{ids::WebhookId, secret::MacKey};

/// How far a signed timestamp may lie from now, on either side.
pub const TOLERANCE_S: i64 = 300;
/// While a provider rotates its key it sends two or three; more is somebody trying.
const MOST_SIGNATURES: usize = 8;
/// What Standard Webhooks puts before a key.
const STANDARD_KEY: &str = "whsec_";

/// Base64 with or without its padding, as senders differ.
const BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Every one is HMAC-SHA256 over the raw body, and most over something before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Reads the headers: presence, form and age.
    ///
    /// # Errors
    /// `MissingHeader`, `MalformedTimestamp`, `MalformedId` or `Stale`.
    pub fn claim<'a>(self, header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Result<Claim, SignatureError> {
        let missing = SignatureError::MissingHeader(self.headers());
        let needed = |name: &str| header(name).filter(|value| !value.is_empty()).ok_or(missing);
        let claim = |before: String, id, candidates: Vec<Vec<u8>>| Claim { scheme: self, before, id, candidates };
        match self {
            Self::Galley => {
                let (signature, timestamp) = (needed("x-webhook-signature")?, needed("x-webhook-timestamp")?);
                recent(timestamp, now)?;
                Ok(claim(format!("{timestamp}."), None, from_hex([signature])))
            }
            Self::Standard => {
                let (id, timestamp) = (needed("webhook-id")?, needed("webhook-timestamp")?);
                let signatures = needed("webhook-signature")?;
                recent(timestamp, now)?;
                let id = signed_id(id)?;
                let ours = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
                let candidates = ours.take(MOST_SIGNATURES).filter_map(|one| BASE64.decode(one).ok()).collect();
                Ok(claim(format!("{id}.{timestamp}."), Some(id), candidates))
            }
            Self::Github => {
                let signature = needed("x-hub-signature-256")?;
                Ok(claim(String::new(), None, from_hex(signature.strip_prefix("sha256="))))
            }
            Self::Stripe => {
                let parts =
                    || needed("stripe-signature").map(|all| all.split(',').filter_map(|one| one.split_once('=')));
                let of = |name| parts().map(|all| all.filter(move |(key, _)| *key == name).map(|(_, value)| value));
                let timestamp = of("t")?.next().ok_or(missing)?;
                recent(timestamp, now)?;
                Ok(claim(format!("{timestamp}."), None, from_hex(of("v1")?.take(MOST_SIGNATURES))))
            }
        }
    }

    /// Looks for what no scheme takes in the headers of every scheme that has signed, so that it can be said before a source
    /// is looked up and tells nothing of one. Where a scheme's signature is missing, its other headers are somebody else's.
    ///
    /// # Errors
    /// `MalformedTimestamp` or `MalformedId`.
    pub fn well_formed<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Result<(), SignatureError> {
        let given = |name: &str| header(name).filter(|value| !value.is_empty());
        let beside = |signature: &str, name: &str| given(signature).and_then(|_| given(name));
        let stripe = given("stripe-signature");
        let stripe = stripe.and_then(|all| all.split(',').find_map(|one| one.strip_prefix("t=")));
        let galley = beside("x-webhook-signature", "x-webhook-timestamp");
        let standard = beside("webhook-signature", "webhook-timestamp");
        for timestamp in [galley, standard, stripe].into_iter().flatten() {
            unix_seconds(timestamp)?;
        }
        beside("webhook-signature", "webhook-id").map(signed_id).transpose()?;
        Ok(())
    }

    /// The headers of Standard Webhooks, signed by every one of `keys`, so that a receiver may know any of them.
    pub fn sign_standard(keys: &[SecretString], id: &str, at: Timestamp, body: &[u8]) -> [(&'static str, String); 3] {
        let timestamp = at.as_second().to_string();
        let before = format!("{id}.{timestamp}.");
        let signatures: Vec<String> = keys
            .iter()
            .filter_map(|key| mac(&Self::Standard.key(key)?, &before, body))
            .map(|mac| format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
            .collect();
        [("webhook-id", id.to_owned()), ("webhook-timestamp", timestamp), ("webhook-signature", signatures.join(" "))]
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
    const fn headers(self) -> Wanted {
        match self {
            Self::Galley => "X-Webhook-Signature and X-Webhook-Timestamp are both required, once each",
            Self::Standard => "webhook-id, webhook-timestamp and webhook-signature are required, once each",
            Self::Github => "X-Hub-Signature-256 is required, once",
            Self::Stripe => "Stripe-Signature is required, once, with t and v1",
        }
    }
}

fn from_hex<'a>(signatures: impl IntoIterator<Item = &'a str>) -> Vec<Vec<u8>> {
    signatures.into_iter().filter_map(|one| hex::decode(one).ok()).collect()
}

/// A dot ends the id in what is signed; one inside it would let it end elsewhere.
fn signed_id(id: &str) -> Result<WebhookId, SignatureError> {
    WebhookId::new(id).ok().filter(|id| !id.as_str().contains('.')).ok_or(SignatureError::MalformedId)
}

fn unix_seconds(timestamp: &str) -> Result<i64, SignatureError> {
    // Digits alone: `i64::from_str` would also take a sign.
    if timestamp.is_empty() || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SignatureError::MalformedTimestamp);
    }
    timestamp.parse().map_err(|_| SignatureError::MalformedTimestamp)
}

fn recent(timestamp: &str, now: Timestamp) -> Result<(), SignatureError> {
    let sent = unix_seconds(timestamp)?;
    if now.as_second().abs_diff(sent) > TOLERANCE_S.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(())
}
