//! The scheme `galley`: hex HMAC-SHA256 over `<timestamp>.<raw body>`. Compares in constant time, over the bytes as
//! they came; nothing is parsed before it matches.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a timestamp may lie from now, on either side.
pub const TOLERANCE_S: i64 = 300;

/// A body whose signature matched; only `verify` makes one.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedBody<'a>(&'a [u8]);

impl<'a> VerifiedBody<'a> {
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("X-Webhook-Signature and X-Webhook-Timestamp are both required, once each")]
    MissingHeader,
    #[error("X-Webhook-Timestamp must be a Unix time in whole seconds")]
    MalformedTimestamp,
    #[error("X-Webhook-Timestamp is more than 300 seconds from now")]
    Stale,
    #[error("X-Webhook-Signature does not match the body")]
    Mismatch,
}

/// The two headers, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignatureHeaders<'a> {
    pub signature: Option<&'a str>,
    pub timestamp: Option<&'a str>,
}

impl<'a> SignatureHeaders<'a> {
    /// Checks all that needs no secret: presence, form and age.
    ///
    /// # Errors
    /// `MissingHeader`, `MalformedTimestamp` or `Stale`.
    pub fn fresh(self, now: Timestamp) -> Result<Fresh<'a>, SignatureError> {
        let (Some(signature), Some(timestamp)) = (self.signature, self.timestamp) else {
            return Err(SignatureError::MissingHeader);
        };
        // Digits alone: `i64::from_str` would also take a sign.
        if timestamp.is_empty() || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SignatureError::MalformedTimestamp);
        }
        let sent: i64 = timestamp.parse().map_err(|_| SignatureError::MalformedTimestamp)?;
        if now.as_second().abs_diff(sent) > TOLERANCE_S.unsigned_abs() {
            return Err(SignatureError::Stale);
        }
        Ok(Fresh { signature, timestamp })
    }
}

/// Headers that are well formed and recent, but prove nothing yet.
#[derive(Clone, Copy, Debug)]
pub struct Fresh<'a> {
    signature: &'a str,
    timestamp: &'a str,
}

impl Fresh<'_> {
    /// Accepts the body if any of `secrets` signed it.
    ///
    /// # Errors
    /// `Mismatch`; the caller may refresh its secrets and ask again.
    pub fn verify<'a>(self, body: &'a [u8], secrets: &[SecretString]) -> Result<VerifiedBody<'a>, SignatureError> {
        let signature = hex::decode(self.signature).map_err(|_| SignatureError::Mismatch)?;
        let matches = secrets.iter().any(|secret| {
            Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).is_ok_and(|mut mac| {
                mac.update(self.timestamp.as_bytes());
                mac.update(b".");
                mac.update(body);
                mac.verify_slice(&signature).is_ok()
            })
        });
        if matches { Ok(VerifiedBody(body)) } else { Err(SignatureError::Mismatch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000;
    const BODY: &[u8] = br#"{"event_id":"e1"}"#;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn sign(timestamp: &str, body: &[u8], key: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(format!("{timestamp}.").as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn check(signature: Option<&str>, timestamp: Option<&str>, secrets: &[&str]) -> Result<(), SignatureError> {
        let secrets: Vec<_> = secrets.iter().map(|text| secret(text)).collect();
        let fresh = SignatureHeaders { signature, timestamp }.fresh(now())?;
        fresh.verify(BODY, &secrets).map(|_| ())
    }

    #[test]
    fn refuses_missing_headers() {
        assert_eq!(check(None, Some("1"), &["k"]), Err(SignatureError::MissingHeader));
        assert_eq!(check(Some("aa"), None, &["k"]), Err(SignatureError::MissingHeader));
    }

    #[test]
    fn refuses_malformed_timestamps() {
        for timestamp in ["", "-1", "+1780000000", "1780000000.5", "1e9", "abc", "99999999999999999999"] {
            assert_eq!(
                check(Some("aa"), Some(timestamp), &["k"]),
                Err(SignatureError::MalformedTimestamp),
                "{timestamp}"
            );
        }
    }

    #[test]
    fn refuses_what_is_too_old_or_too_new_and_takes_the_edge() {
        for (offset, stale) in [(-301, true), (301, true), (-300, false), (300, false)] {
            let timestamp = (NOW + offset).to_string();
            let signature = sign(&timestamp, BODY, "k");
            let expected = if stale { Err(SignatureError::Stale) } else { Ok(()) };
            assert_eq!(check(Some(&signature), Some(&timestamp), &["k"]), expected, "{offset}");
        }
    }

    #[test]
    fn refuses_a_signature_of_another_body_key_timestamp_or_length() {
        let timestamp = NOW.to_string();
        let good = sign(&timestamp, BODY, "k");
        for wrong in [
            sign(&timestamp, b"other", "k"),
            sign(&timestamp, BODY, "other"),
            sign(&(NOW + 1).to_string(), BODY, "k"),
            good[..62].to_owned(),
            format!("{good}00"),
            "not hex".to_owned(),
            String::new(),
        ] {
            assert_eq!(check(Some(&wrong), Some(&timestamp), &["k"]), Err(SignatureError::Mismatch), "{wrong}");
        }
    }

    #[test]
    fn takes_any_active_secret_and_either_case_of_hex() {
        let timestamp = NOW.to_string();
        let signature = sign(&timestamp, BODY, "old");
        assert_eq!(check(Some(&signature), Some(&timestamp), &["new", "old"]), Ok(()));
        assert_eq!(check(Some(&signature.to_uppercase()), Some(&timestamp), &["old"]), Ok(()));
    }
}
