//! Checks a published key's own parameters (RFC 7517 4, RFC 7518 6) against its intended use. A key that is for
//! another use, or weak, is rejected.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use serde_json::Value;

/// RFC 7518 3.3 and 3.5.
const LEAST_RSA_BITS: usize = 2048;

/// `key` as a verification key for `algorithm`, if it has the id `kid` and none of its parameters rules that use out.
pub(crate) fn usable(key: &Value, kid: &str, algorithm: Algorithm) -> Option<DecodingKey> {
    let is = |name: &str, wanted: &str| key.get(name).is_none_or(|value| value == wanted);
    let fits = key.get("kid").is_some_and(|id| id == kid)
        && is("use", "sig")
        && is("alg", &format!("{algorithm:?}"))
        && verifies(key.get("key_ops"))
        && is_of_kind(key, algorithm);
    if !fits {
        return None;
    }
    let key: Jwk = serde_json::from_value(key.clone()).ok()?;
    DecodingKey::from_jwk(&key).ok()
}

/// Whether `key_ops`, if present, allows verifying signatures.
fn verifies(operations: Option<&Value>) -> bool {
    operations.is_none_or(|named| named.as_array().is_some_and(|named| named.iter().any(|one| one == "verify")))
}

fn is_of_kind(key: &Value, algorithm: Algorithm) -> bool {
    let is = |name: &str, wanted: &str| key.get(name).is_some_and(|value| value == wanted);
    match algorithm {
        Algorithm::ES256 => is("kty", "EC") && is("crv", "P-256"),
        Algorithm::ES384 => is("kty", "EC") && is("crv", "P-384"),
        Algorithm::EdDSA => is("kty", "OKP") && is("crv", "Ed25519"),
        Algorithm::RS256
        | Algorithm::RS384
        | Algorithm::RS512
        | Algorithm::PS256
        | Algorithm::PS384
        | Algorithm::PS512 => is("kty", "RSA") && modulus_bits(key) >= LEAST_RSA_BITS,
        // A symmetric key is never published; an unknown key type is not used.
        _ => false,
    }
}

fn modulus_bits(key: &Value) -> usize {
    let modulus = key.get("n").and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let modulus = modulus.unwrap_or_default();
    let zeros: usize = modulus.iter().take_while(|byte| **byte == 0).count();
    let Some(first) = modulus.get(zeros) else { return 0 };
    let whole = modulus.len().saturating_sub(zeros) * 8;
    whole.saturating_sub(usize::try_from(first.leading_zeros()).unwrap_or(8))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALGORITHMS: [Algorithm; 10] = [
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::HS256,
    ];

    fn rsa(bits: usize, changes: &Value) -> Value {
        let mut modulus = vec![0xc5; bits.div_ceil(8)];
        if !bits.is_multiple_of(8) {
            modulus[0] = 1;
        }
        with(json!({"kty": "RSA", "kid": "k", "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB"}), changes)
    }

    fn ec(changes: &Value) -> Value {
        // The generator of P-256, a valid point.
        let (x, y) = ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
        with(json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}), changes)
    }

    fn with(mut key: Value, changes: &Value) -> Value {
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn a_key_is_used_for_nothing_but_what_it_says_it_is_for() {
        for changes in [
            json!({"use": "enc"}),
            json!({"use": "SIG"}),
            json!({"use": ["sig"]}),
            json!({"use": null}),
            json!({"key_ops": ["sign"]}),
            json!({"key_ops": []}),
            json!({"key_ops": "verify"}),
            json!({"key_ops": ["deriveKey", "encrypt"]}),
            json!({"alg": "ES384"}),
            json!({"alg": "RS256"}),
            json!({"alg": "ECDH-ES"}),
            json!({"alg": 256}),
            json!({"crv": "P-384"}),
            json!({"crv": "secp256k1"}),
            json!({"kty": "RSA"}),
            json!({"kty": "OKP"}),
            json!({"kid": "other"}),
            json!({"kid": null}),
        ] {
            assert!(usable(&ec(&changes), "k", Algorithm::ES256).is_none(), "{changes}");
        }
        for changes in [json!({}), json!({"use": "sig", "alg": "ES256"}), json!({"key_ops": ["sign", "verify"]})] {
            assert!(usable(&ec(&changes), "k", Algorithm::ES256).is_some(), "{changes}");
        }
    }

    #[test]
    fn a_key_of_one_kind_is_none_of_another() {
        for algorithm in ALGORITHMS {
            let name = format!("{algorithm:?}");
            assert_eq!(usable(&ec(&json!({})), "k", algorithm).is_some(), algorithm == Algorithm::ES256, "{name}");
            let of_rsa = name.starts_with("RS") || name.starts_with("PS");
            assert_eq!(usable(&rsa(2048, &json!({})), "k", algorithm).is_some(), of_rsa, "{name}");
            let secret = json!({"kty": "oct", "kid": "k", "k": URL_SAFE_NO_PAD.encode([7; 64])});
            assert!(usable(&secret, "k", algorithm).is_none(), "{name}");
        }
    }

    #[test]
    fn a_short_rsa_key_is_none() {
        for bits in [512, 1024, 2040, 2047] {
            assert!(usable(&rsa(bits, &json!({})), "k", Algorithm::RS256).is_none(), "{bits}");
        }
        // Leading zeros do not count towards the key's length.
        let padded = URL_SAFE_NO_PAD.encode([vec![0; 256], vec![0xc5; 128]].concat());
        assert!(usable(&rsa(2048, &json!({"n": padded})), "k", Algorithm::PS256).is_none());
        for bits in [2048, 3072, 4096] {
            assert!(usable(&rsa(bits, &json!({})), "k", Algorithm::RS256).is_some(), "{bits}");
        }
    }
}
