//! Signatures as each provider's documentation describes them: a second time, so that the two can disagree.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a signed header is called, and its value.
pub type Header = (&'static str, String);

pub fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The headers of the scheme called `scheme` over `body`, sent at `at` (Unix seconds). Standard Webhooks calls it `id`.
pub fn headers(scheme: &str, secret: &str, id: &str, at: &str, body: &[u8]) -> Vec<Header> {
    let timed = || hex::encode(mac(secret.as_bytes(), &[at.as_bytes(), b".", body]));
    match scheme {
        "galley" => vec![("x-webhook-timestamp", at.to_owned()), ("x-webhook-signature", timed())],
        "standard" => {
            let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
            let signature = STANDARD.encode(mac(&key, &[id.as_bytes(), b".", at.as_bytes(), b".", body]));
            vec![
                ("webhook-id", id.to_owned()),
                ("webhook-timestamp", at.to_owned()),
                ("webhook-signature", format!("v2,AAAA v1,{signature}")),
            ]
        }
        "github" => {
            vec![("x-hub-signature-256", format!("sha256={}", hex::encode(mac(secret.as_bytes(), &[body]))))]
        }
        "stripe" => vec![("stripe-signature", format!("t={at},v1={},v1={},v0=00", "0".repeat(64), timed()))],
        other => panic!("nobody signs as {other}"),
    }
}
