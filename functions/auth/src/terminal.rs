//! A sign-in that a program of the person's own machine begins (RFC 8252). The browser brings the code to where the program listens;
//! only the program, which knows the verifier, ends the sign-in. No token is ever in an address.

use galley_domain::access::sign_in::Challenge;
use galley_edge::http::{call::Call, error::ApiError, reply::Reply};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What a browser keeps in place of the value that would bind the sign-in to it; such a value has no dot.
const MARK: &str = "terminal.";
/// Ports below are for the system's own services.
const FIRST_PORT: u16 = 1024;

/// Where a program listens on the person's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loopback(u16);

impl Loopback {
    pub(crate) fn asked(call: &Call) -> Result<Self, ApiError> {
        let port = call.query("port").and_then(|port| Self::port(&port));
        port.ok_or_else(|| ApiError::invalid("port", "must be where the program listens: 1024 to 65535"))
    }

    fn port(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|port| plain && *port >= FIRST_PORT).map(Self)
    }

    pub(crate) fn kept(self) -> String {
        format!("{MARK}{}", self.0)
    }

    pub(crate) fn read(cookie: &str) -> Option<Self> {
        cookie.strip_prefix(MARK).and_then(Self::port)
    }

    /// Sends the browser there with what the program needs.
    pub(crate) fn sent(self, state: &str, name: &str, value: &str) -> Reply {
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let to = format!("http://127.0.0.1:{}/?state={}&{name}={}", self.0, encoded(state), encoded(value));
        Reply::empty(303).header("location", to)
    }
}

pub(crate) fn challenge(call: &Call) -> Result<Challenge, ApiError> {
    let challenge = call.query("challenge").and_then(|text| Challenge::new(&text));
    challenge
        .ok_or_else(|| ApiError::invalid("challenge", "must be the S256 of a verifier: 43 characters of base64url"))
}
