//! Signatures: of callbacks that come in (Standard Webhooks), and of webhooks that are sent to Galley in each of its schemes.

use std::fmt;

use base64::{
    Engine,
    engine::{GeneralPurpose, general_purpose::STANDARD},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

/// How far a timestamp may lie from now, on either side.
const TOLERANCE_S: u64 = 300;
const BASE64: GeneralPurpose = STANDARD;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    #[error("the secret is no base64, or has less than 16 bytes")]
    Secret,
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    #[error("the timestamp must be a Unix time in whole seconds")]
    MalformedTimestamp,
    #[error("the timestamp is more than 300 seconds from now")]
    Stale,
    #[error("no signature matches the body")]
    Mismatch,
    #[error("the body is no event")]
    NoEvent,
}

/// Checks what Galley sends to a `callback_url`.
pub struct Verifier {
    keys: Vec<Vec<u8>>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys.len()).finish()
    }
}

/// An event whose signature matched; only `Verifier` makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// The same at every try: whoever has seen it does nothing.
    pub id: String,
    /// `task.` and the state that the task came to.
    pub kind: String,
    pub data: Value,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
}

impl Verifier {
    /// The secrets of `GET /api/admin/callback-secret`: the one in force and, during a rotation, the one before.
    ///
    /// # Errors
    /// `Secret`.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Result<Self, WebhookError> {
        let keys: Vec<_> = secrets.into_iter().map(standard_key).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(WebhookError::Secret) } else { Ok(Self { keys }) }
    }

    /// Reads an event after its signature matches. `body` is what came, byte for byte.
    ///
    /// # Errors
    /// Answer 401 to all but `NoEvent`.
    pub fn verify<'a>(&self, header: impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> Result<Callback, WebhookError> {
        self.verify_at(header, body, Timestamp::now())
    }

    /// As `verify`, at another time.
    ///
    /// # Errors
    /// As `verify`.
    pub fn verify_at<'a>(
        &self,
        header: impl Fn(&str) -> Option<&'a str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Callback, WebhookError> {
        let needed = |name: &'static str| {
            header(name).filter(|value| !value.is_empty()).ok_or(WebhookError::MissingHeader(name))
        };
        let (id, timestamp) = (needed("webhook-id")?, needed("webhook-timestamp")?);
        let signatures = needed("webhook-signature")?;
        let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let sent: i64 = timestamp.parse().ok().filter(|_| digits).ok_or(WebhookError::MalformedTimestamp)?;
        if now.as_second().abs_diff(sent) > TOLERANCE_S {
            return Err(WebhookError::Stale);
        }
        let given: Vec<Vec<u8>> =
            signatures.split(' ').filter_map(|one| BASE64.decode(one.strip_prefix("v1,")?).ok()).collect();
        let macs =
            self.keys.iter().filter_map(|key| mac(key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]));
        // In constant time.
        let matches = macs.into_iter().any(|mac| given.iter().any(|one| mac.clone().verify_slice(one).is_ok()));
        if !matches {
            return Err(WebhookError::Mismatch);
        }
        let read: Body = serde_json::from_slice(body).map_err(|_| WebhookError::NoEvent)?;
        Ok(Callback { id: id.to_owned(), kind: read.kind, data: read.data })
    }
}

/// How a source of webhooks signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Galley,
    Standard,
    Stripe,
    Github,
}

impl Scheme {
    pub const ALL: [Self; 4] = [Self::Galley, Self::Standard, Self::Stripe, Self::Github];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Galley => "galley",
            Self::Standard => "standard",
            Self::Stripe => "stripe",
            Self::Github => "github",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// The headers that prove `body`. `id` is what `standard` signs beside it.
    ///
    /// # Errors
    /// `Secret`.
    pub fn sign(
        self,
        secret: &SecretString,
        id: &str,
        at: Timestamp,
        body: &[u8],
    ) -> Result<Vec<(&'static str, String)>, WebhookError> {
        let time = at.as_second().to_string();
        let key = match self {
            Self::Standard => standard_key(secret)?,
            _ => Some(secret.expose_secret().as_bytes().to_vec())
                .filter(|key| key.len() >= 16)
                .ok_or(WebhookError::Secret)?,
        };
        let signed = |parts: &[&[u8]]| -> Result<Vec<u8>, WebhookError> {
            Ok(mac(&key, parts).ok_or(WebhookError::Secret)?.finalize().into_bytes().to_vec())
        };
        Ok(match self {
            Self::Galley => {
                let signature = hex::encode(signed(&[time.as_bytes(), b".", body])?);
                vec![("x-webhook-timestamp", time), ("x-webhook-signature", signature)]
            }
            Self::Standard => {
                let signature = BASE64.encode(signed(&[id.as_bytes(), b".", time.as_bytes(), b".", body])?);
                vec![
                    ("webhook-id", id.to_owned()),
                    ("webhook-timestamp", time),
                    ("webhook-signature", format!("v1,{signature}")),
                ]
            }
            Self::Stripe => {
                let signature = hex::encode(signed(&[time.as_bytes(), b".", body])?);
                vec![("stripe-signature", format!("t={time},v1={signature}"))]
            }
            Self::Github => {
                vec![("x-hub-signature-256", format!("sha256={}", hex::encode(signed(&[body])?)))]
            }
        })
    }
}

fn standard_key(secret: &SecretString) -> Result<Vec<u8>, WebhookError> {
    let text = secret.expose_secret().trim();
    let key = BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| WebhookError::Secret)?;
    if key.len() < 16 { Err(WebhookError::Secret) } else { Ok(key) }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_176_000;
    const BODY: &[u8] = br#"{"type":"task.published","data":{"task_id":"task_1"}}"#;

    fn secret(text: &str) -> SecretString {
        format!("whsec_{}", BASE64.encode(format!("{text:.<24}"))).into()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn check(
        headers: &[(&str, String)],
        body: &[u8],
        secrets: &[SecretString],
        now: i64,
    ) -> Result<Callback, WebhookError> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        Verifier::new(secrets)?.verify_at(header, body, at(now))
    }

    #[test]
    fn nothing_is_read_before_its_signature_matches() {
        let (old, new) = (secret("old"), secret("new"));
        let headers = Scheme::Standard.sign(&old, "evt_1", at(NOW), BODY).unwrap();
        let both = [new.clone(), old.clone()];
        assert_eq!(check(&headers, BODY, &both, NOW).unwrap().kind, "task.published");
        assert_eq!(check(&headers, BODY, &[new], NOW), Err(WebhookError::Mismatch));
        assert_eq!(check(&headers, b"not json", &both, NOW), Err(WebhookError::Mismatch));
        for (seconds, stale) in [(NOW + 301, true), (NOW - 301, true), (NOW + 300, false), (NOW - 300, false)] {
            assert_eq!(check(&headers, BODY, &both, seconds) == Err(WebhookError::Stale), stale, "{seconds}");
        }
        for at in 0..headers.len() {
            let mut fewer = headers.clone();
            fewer.remove(at);
            assert!(matches!(check(&fewer, BODY, &both, NOW), Err(WebhookError::MissingHeader(_))));
        }
        for wrong in ["+1795176000", "-1", "1e9", "1795176000.0"] {
            let mut other = headers.clone();
            other[1].1 = wrong.to_owned();
            assert_eq!(check(&other, BODY, &both, NOW), Err(WebhookError::MalformedTimestamp), "{wrong}");
        }
        let noise = Scheme::Standard.sign(&old, "evt_1", at(NOW), b"[]").unwrap();
        assert_eq!(check(&noise, b"[]", &both, NOW), Err(WebhookError::NoEvent));
    }

    #[test]
    fn a_weak_secret_is_none() {
        for weak in ["", "whsec_", "whsec_c2hvcnQ=", "no base64!"] {
            assert!(matches!(Verifier::new([&weak.into()]), Err(WebhookError::Secret)), "{weak}");
        }
        assert!(matches!(Verifier::new([]), Err(WebhookError::Secret)));
        let signed = Scheme::Galley.sign(&"short".into(), "e", at(NOW), BODY);
        assert_eq!(signed, Err(WebhookError::Secret));
        assert!(!format!("{:?}", Verifier::new([&secret("hidden")]).unwrap()).contains("hidden"));
    }

    /// The vector that Standard Webhooks' own libraries are tested with; its key is put together, because it is no secret.
    #[test]
    fn the_vector_of_standard_webhooks_is_signed_alike() {
        let published = SecretString::from(["whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"].concat());
        let body = br#"{"test": 2432232314}"#;
        let headers =
            Scheme::Standard.sign(&published, "msg_p5jXN8AQM9LWM0D4loKWxJek", at(1_614_265_330), body).unwrap();
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// The example of GitHub's documentation.
    #[test]
    fn the_published_example_of_github_is_signed_alike() {
        let headers = Scheme::Github.sign(&"It's a Secret to Everybody".into(), "", at(0), b"Hello, World!").unwrap();
        assert_eq!(headers[0].1, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    }
}
