//! No header and no body verifies without the secret, and none brings the verifier down.
#![no_main]

use galley_domain::signing::scheme::Scheme;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

fuzz_target!(|input: (u8, [&str; 3], &[u8])| {
    let (scheme, values, body) = input;
    let scheme = Scheme::ALL[usize::from(scheme) % Scheme::ALL.len()];
    let names = ["signature", "timestamp", "id"];
    let header = |wanted: &str| names.iter().position(|name| wanted.contains(name)).map(|at| values[at]);
    let now = Timestamp::from_second(1_795_176_000).unwrap();
    if let Ok(claim) = scheme.claim(header, now) {
        // A fuzzer that finds a signature for a key of 32 random bytes has broken HMAC.
        let secret = SecretString::from("whsec_3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=");
        assert!(claim.verify(body, &scheme.keys(&[secret])).is_err());
    }
});
