//! Signatures over the raw bytes of a body. Compares in constant time; nothing is parsed before one matches.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    kernel::ids::WebhookId,
    secrets::key::MacKey,
    signing::scheme::{Scheme, Wanted},
};

/// A body whose signature matched; only `SignatureClaim::verify` makes one.
#[derive(Clone, Debug)]
pub struct VerifiedBody<'a> {
    bytes: &'a [u8],
    id: Option<WebhookId>,
}

impl<'a> VerifiedBody<'a> {
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The id that was signed beside the body, where a scheme does that.
    pub const fn id(&self) -> Option<&WebhookId> {
        self.id.as_ref()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("{0}")]
    MissingHeader(Wanted),
    #[error("the timestamp must be a Unix time in whole seconds")]
    MalformedTimestamp,
    #[error("must be 1 to 128 visible ASCII characters, none of them a dot")]
    MalformedId,
    #[error("the timestamp is more than 300 seconds from now")]
    Stale,
    #[error("no signature matches the body")]
    Mismatch,
}

/// What every scheme computes.
pub(super) fn mac(key: &MacKey, before: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).ok()?;
    mac.update(before.as_bytes());
    mac.update(body);
    Some(mac)
}

/// Headers that are well formed and recent, but prove nothing yet.
#[derive(Clone, Debug)]
pub struct SignatureClaim {
    pub(super) scheme: Scheme,
    /// What is signed before the body.
    pub(super) before: String,
    /// What of it is the provider's id.
    pub(super) id: Option<WebhookId>,
    pub(super) candidates: Vec<Vec<u8>>,
}

impl SignatureClaim {
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Accepts the body if any of `keys`, which are its scheme's, made any of the signatures.
    ///
    /// # Errors
    /// `Mismatch`; the caller may refresh its secrets and ask again.
    pub fn verify<'a>(&self, body: &'a [u8], keys: &[MacKey]) -> Result<VerifiedBody<'a>, SignatureError> {
        let matches = keys
            .iter()
            .filter_map(|key| mac(key, &self.before, body))
            .any(|mac| self.candidates.iter().any(|candidate| mac.clone().verify_slice(candidate).is_ok()));
        if matches { Ok(VerifiedBody { bytes: body, id: self.id.clone() }) } else { Err(SignatureError::Mismatch) }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use galley_testkit::sign::{self, Header};
    use jiff::Timestamp;
    use secrecy::SecretString;

    use super::*;

    const NOW: i64 = 1_780_000_000;
    const K: &str = "k...............";
    const BODY: &[u8] = br#"{"event_id":"e1"}"#;

    /// What `headers` and `secrets` make of `BODY`.
    fn check(scheme: Scheme, headers: &[(&str, &str)], secrets: &[&str]) -> Result<(), SignatureError> {
        let secrets: Vec<_> = secrets.iter().map(|text| SecretString::from(*text)).collect();
        let keys = scheme.keys(&secrets);
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        scheme.claim(header, Timestamp::from_second(NOW).unwrap())?.verify(BODY, &keys).map(|_| ())
    }

    fn signed(scheme: Scheme, key: &str, at: &str, body: &[u8]) -> Vec<Header> {
        sign::headers(scheme.name(), key, "msg_1", at, body)
    }

    fn check_signed(scheme: Scheme, headers: &[Header], secrets: &[&str]) -> Result<(), SignatureError> {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        check(scheme, &headers, secrets)
    }

    /// A key in the form of each scheme.
    fn key(scheme: Scheme, text: &str) -> String {
        let text = format!("{text:.<16}");
        if scheme == Scheme::Standard { format!("whsec_{}", STANDARD.encode(text)) } else { text }
    }

    #[test]
    fn every_scheme_takes_its_own_signature_and_any_active_secret() {
        for scheme in Scheme::ALL {
            let (old, new) = (key(scheme, "old"), key(scheme, "new"));
            let headers = signed(scheme, &old, &NOW.to_string(), BODY);
            assert_eq!(check_signed(scheme, &headers, &[&new, &old]), Ok(()), "{scheme:?}");
            assert_eq!(check_signed(scheme, &headers, &[&new]), Err(SignatureError::Mismatch), "{scheme:?}");
            assert_eq!(check_signed(scheme, &headers, &[]), Err(SignatureError::Mismatch), "{scheme:?}");
            let other = signed(scheme, &old, &NOW.to_string(), b"other");
            assert_eq!(check_signed(scheme, &other, &[&old]), Err(SignatureError::Mismatch), "{scheme:?}");
        }
    }

    #[test]
    fn no_scheme_takes_the_headers_of_another() {
        for scheme in Scheme::ALL {
            for other in Scheme::ALL.into_iter().filter(|other| *other != scheme) {
                let headers = signed(other, &key(other, "key"), &NOW.to_string(), BODY);
                let refused = check_signed(scheme, &headers, &[&key(other, "key")]);
                assert!(matches!(refused, Err(SignatureError::MissingHeader(_))), "{scheme:?} {other:?}");
            }
        }
    }

    #[test]
    fn another_schemes_header_without_its_signature_refuses_no_webhook() {
        let formed = |headers: &[(&str, &str)]| {
            Scheme::well_formed(|name| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
        };
        let (id, time) = (("webhook-id", "msg.1"), ("x-webhook-timestamp", "2026-11-20T12:00:00Z"));
        let standard_time = ("webhook-timestamp", "2026-11-20T12:00:00Z");
        for foreign in [id, time, standard_time] {
            assert_eq!(formed(&[foreign, ("x-hub-signature-256", "sha256=00")]), Ok(()), "{foreign:?}");
        }
        let galley = [("x-webhook-signature", "00"), ("x-webhook-timestamp", "1780000000")];
        assert_eq!(formed(&[galley[0], galley[1], id, standard_time]), Ok(()));
        // Beside its own signature it is what that scheme would have to take.
        assert_eq!(formed(&[time, galley[0]]), Err(SignatureError::MalformedTimestamp));
        assert_eq!(formed(&[id, ("webhook-signature", "v1,AA==")]), Err(SignatureError::MalformedId));
        assert_eq!(formed(&[("stripe-signature", "t=soon,v1=00")]), Err(SignatureError::MalformedTimestamp));
    }

    #[test]
    fn every_header_is_needed() {
        for scheme in Scheme::ALL {
            let headers = signed(scheme, &key(scheme, "k"), &NOW.to_string(), BODY);
            for at in 0..headers.len() {
                for replaced in [None, Some(String::new())] {
                    let mut fewer = headers.clone();
                    let (name, _) = fewer.remove(at);
                    fewer.extend(replaced.map(|value| (name, value)));
                    let refused = check_signed(scheme, &fewer, &[&key(scheme, "k")]);
                    assert!(matches!(refused, Err(SignatureError::MissingHeader(_))), "{scheme:?}");
                }
            }
        }
        assert!(matches!(
            check(Scheme::Stripe, &[("stripe-signature", "v1=00")], &[K]),
            Err(SignatureError::MissingHeader(_))
        ));
    }

    #[test]
    fn times_are_whole_seconds_near_now() {
        for scheme in Scheme::ALL.into_iter().filter(|scheme| scheme.signs_a_time()) {
            let secret = key(scheme, "k");
            for malformed in ["-1", "+1780000000", "1780000000.5", "1e9", "abc", "99999999999999999999", "1 "] {
                let headers = signed(scheme, &secret, malformed, BODY);
                let refused = check_signed(scheme, &headers, &[&secret]);
                assert_eq!(refused, Err(SignatureError::MalformedTimestamp), "{scheme:?} {malformed}");
            }
            for (offset, stale) in [(-301, true), (301, true), (-300, false), (300, false), (i64::MAX - NOW, true)] {
                let headers = signed(scheme, &secret, &(NOW + offset).to_string(), BODY);
                let expected = if stale { Err(SignatureError::Stale) } else { Ok(()) };
                assert_eq!(check_signed(scheme, &headers, &[&secret]), expected, "{scheme:?} {offset}");
            }
        }
    }

    #[test]
    fn a_signature_of_another_form_matches_nothing() {
        let now = NOW.to_string();
        let good = hex::encode(sign::mac(K.as_bytes(), &[now.as_bytes(), b".", BODY]));
        let upper = good.to_uppercase();
        let headers = |signature: &str| {
            check(Scheme::Galley, &[("x-webhook-timestamp", &now), ("x-webhook-signature", signature)], &[K])
        };
        assert_eq!(headers(&upper), Ok(()), "hex has no case");
        for wrong in [&good[..62], &format!("{good}00"), "not hex", "00", &format!("{good},{good}")] {
            assert_eq!(headers(wrong), Err(SignatureError::Mismatch), "{wrong}");
        }
        let hub = |signature: &str| check(Scheme::Github, &[("x-hub-signature-256", signature)], &[K]);
        let of_body = hex::encode(sign::mac(K.as_bytes(), &[BODY]));
        assert_eq!(hub(&format!("sha256={of_body}")), Ok(()));
        for wrong in [of_body.clone(), format!("sha1={of_body}"), format!("sha256={}", &of_body[2..])] {
            assert_eq!(hub(&wrong), Err(SignatureError::Mismatch), "{wrong}");
        }
    }

    #[test]
    fn a_signed_id_cannot_end_elsewhere() {
        let (now, secret) = (NOW.to_string(), key(Scheme::Standard, "k"));
        for id in ["msg.1", "msg 1", "mé", &"m".repeat(129)] {
            let signature =
                STANDARD.encode(sign::mac(K.as_bytes(), &[id.as_bytes(), b".", now.as_bytes(), b".", BODY]));
            let signature = format!("v1,{signature}");
            let headers = [("webhook-id", id), ("webhook-timestamp", now.as_str()), ("webhook-signature", &signature)];
            assert_eq!(check(Scheme::Standard, &headers, &[&secret]), Err(SignatureError::MalformedId), "{id}");
        }
    }

    /// The example of GitHub's documentation.
    #[test]
    fn the_published_example_of_github_verifies() {
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let claim = Scheme::Github.claim(|_| Some(signature), Timestamp::UNIX_EPOCH).unwrap();
        assert!(claim.verify(b"Hello, World!", &Scheme::Github.keys(&["It's a Secret to Everybody".into()])).is_ok());
    }

    #[test]
    fn made_secrets_are_of_the_schemes_form() {
        for scheme in Scheme::ALL {
            let secret = scheme.secret_of([7; 32]);
            assert!(scheme.key(&secret).is_some_and(|key| key.bytes().len() >= 32), "{scheme:?}");
        }
    }
}
