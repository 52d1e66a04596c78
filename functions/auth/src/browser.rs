//! The session of a browser that is signed in to the console. Its refresh token is in a cookie that no script reads and that
//! is sent to one path alone, and by no other site's page.

use galley_domain::access::sign_in::SignedIn;
use galley_edge::{
    api::{BrowserRenewal, Grant},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};
use secrecy::{ExposeSecret, SecretString};

use crate::{cookies::Cookies, terminal::Loopback};

const COOKIE: &str = "galley-session";
/// The only path that the cookie is sent to.
const PATH: &str = "/api/auth/session";
/// As long as a session may be refreshed.
const SECONDS: i64 = 30 * 24 * 60 * 60;
/// Where a person is sent who has signed in. What stands behind `#` is sent to nobody.
const CONSOLE: &str = "/#/signed-in";
/// What a console's sign-in has behind the value that binds it to its browser.
const MARK: &str = ".console";

/// What is answered at the end of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    Tokens,
    Console,
    /// A program of the person's machine has the sign-in: it goes on there.
    Terminal(Loopback),
}

impl Return {
    pub(crate) fn asked(call: &Call) -> Result<Self, ApiError> {
        match call.query("then").as_deref() {
            None => Ok(Self::Tokens),
            Some("console") => Ok(Self::Console),
            Some("terminal") => Loopback::asked(call).map(Self::Terminal),
            Some(_) => Err(ApiError::invalid("then", "must be `console` or `terminal`, or be left out")),
        }
    }

    /// The value of the cookie that a browser keeps while somebody signs in.
    pub(crate) fn marked(self, browser: &str) -> String {
        match self {
            Self::Tokens => browser.to_owned(),
            Self::Console => format!("{browser}{MARK}"),
            Self::Terminal(loopback) => loopback.kept(),
        }
    }

    /// The value as it was made, and what it says of the end. Whoever plants a mark gets the same session in another form.
    pub(crate) fn read(cookie: &str) -> (&str, Self) {
        if let Some(loopback) = Loopback::read(cookie) {
            return (cookie, Self::Terminal(loopback));
        }
        cookie.strip_suffix(MARK).map_or((cookie, Self::Tokens), |browser| (browser, Self::Console))
    }
}

impl Cookies {
    /// Sent by pages of ours alone, to one path, and not readable by scripts.
    fn session(self, value: &str, seconds: i64) -> String {
        format!("{COOKIE}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{}", self.secure())
    }

    pub(crate) fn signed_out(self) -> String {
        self.session("", 0)
    }

    /// The next refresh token.
    pub(crate) fn renewed(self, signed_in: &SignedIn) -> String {
        self.session(signed_in.refresh_token.expose_secret(), SECONDS)
    }

    /// Sends somebody who has signed in to the console.
    pub(crate) fn to_console(self, signed_in: &SignedIn) -> Reply {
        Reply::empty(303).header("location", CONSOLE).header("set-cookie", self.renewed(signed_in))
    }
}

/// The refresh token of the browser, if a page of ours asks.
pub(crate) fn refresh_token(call: &Call) -> Result<SecretString, ApiError> {
    // A page of another site can send no JSON unasked, and a browser says whose page it is.
    let BrowserRenewal { grant_type: Grant::RefreshToken } = body::parse(call.json_bytes()?)?;
    if call.header("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return Err(ApiError::new(Problem::Forbidden).detail("only the console asks for this"));
    }
    let readable = call.headers().get_all("cookie").into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = readable.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(name, value)| *name == COOKIE && !value.is_empty()).map(|(_, value)| value.to_owned());
    let none = || ApiError::new(Problem::SignInOver).detail("this browser is not signed in");
    found.map(SecretString::from).ok_or_else(none)
}
