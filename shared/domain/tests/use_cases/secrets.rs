//! What is too short to be a secret is none, for whoever asks.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_domain::{
    kernel::ids::{Generation, TenantId},
    outbox::deliver::signing_keys,
    secrets::{
        key::{Hs256Key, MacKey},
        store::SecretError,
    },
    signing::{scheme::Scheme, signature::SignatureError},
    webhooks::{
        receive::{VerifyError, verify},
        source::SourceSecret,
    },
};
use galley_testkit::{fakes::MemorySecrets, sign};
use jiff::Timestamp;

const SIXTEEN: &str = "sixteen bytes...";

fn kept(texts: &[&'static str]) -> MemorySecrets {
    MemorySecrets { cached: texts.to_vec(), fresh: texts.to_vec() }
}

#[tokio::test]
async fn a_blank_or_short_secret_is_no_secret() {
    for text in ["", " \n", "fifteen bytes..", "               x"] {
        let secrets = kept(&[text]);
        assert!(matches!(MacKey::active(&secrets, "id").await, Err(SecretError::Missing)), "{text:?}");
        let signing = signing_keys(&secrets, "id", &TenantId::new("acme").unwrap()).await;
        assert!(matches!(signing, Err(SecretError::Missing)), "{text:?}");
    }
    assert!(matches!(Hs256Key::active(&kept(&[SIXTEEN]), "id").await, Err(SecretError::Missing)));
}

#[tokio::test]
async fn a_short_version_beside_a_long_one_does_not_count() {
    let found = MacKey::active(&kept(&["", SIXTEEN]), "id").await.unwrap();
    assert_eq!(found.iter().map(MacKey::bytes).collect::<Vec<_>>(), [SIXTEEN.as_bytes()]);
}

/// Signed by whoever knows that the key is empty, or guesses a short one.
#[tokio::test]
async fn no_webhook_is_signed_by_a_blank_secret() {
    let now = Timestamp::from_second(1_780_000_000).unwrap();
    for scheme in Scheme::ALL {
        for secret in ["", "whsec_", "c2hvcnQ="] {
            let headers = sign::headers(scheme.name(), secret, "msg_1", "1780000000", b"{}");
            let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            let claim = scheme.claim(header, now).unwrap();
            for generation in [None, Some(Generation::of([1; 32]))] {
                let name = SourceSecret { id: "id".to_owned(), generation };
                let refused = verify(&kept(&[secret]), &name, &claim, b"{}").await.unwrap_err();
                assert!(matches!(refused, VerifyError::NoSecret), "{scheme:?} {secret:?}");
                // Beside one in force it is no second way in.
                let secrets = kept(&["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", secret]);
                let refused = verify(&secrets, &name, &claim, b"{}").await.unwrap_err();
                assert!(matches!(refused, VerifyError::Signature(SignatureError::Mismatch)), "{scheme:?} {secret:?}");
            }
        }
    }
}
