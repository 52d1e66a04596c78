//! The headers that a signature travels in. Reading them proves nothing yet; `SignatureClaim::verify` does.

use base64::Engine;
use hmac::Mac;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{
    kernel::ids::WebhookId,
    signing::{
        scheme::{BASE64, Scheme},
        signature::{SignatureClaim, SignatureError, mac},
    },
};

/// How far a signed timestamp may lie from now, on either side.
pub(super) const TOLERANCE_S: i64 = 300;
/// While a provider rotates its key it sends two or three; more is somebody trying.
const MOST_SIGNATURES: usize = 8;

impl Scheme {
    /// Reads the headers: presence, form and age.
    ///
    /// # Errors
    /// `MissingHeader`, `MalformedTimestamp`, `MalformedId` or `Stale`.
    pub fn claim<'a>(
        self,
        header: impl Fn(&str) -> Option<&'a str>,
        now: Timestamp,
    ) -> Result<SignatureClaim, SignatureError> {
        let missing = SignatureError::MissingHeader(self.headers());
        let needed = |name: &str| header(name).filter(|value| !value.is_empty()).ok_or(missing);
        let claim =
            |before: String, id, candidates: Vec<Vec<u8>>| SignatureClaim { scheme: self, before, id, candidates };
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
