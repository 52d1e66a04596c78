//! Serves the console, and says where things are to whoever asks for `/` and is no browser. Reads no table and knows no
//! caller: the console is a client of the public API, like any other.

mod built;

use galley_api::route::ConsoleRoute;
use galley_edge::http::{
    API_VERSION,
    call::Call,
    error::{ApiError, Problem},
    reply::Reply,
};
use lambda_http::Body;
use serde::Serialize;

pub use built::{Asset, BUILT, Built};

/// Nothing inline and nothing from elsewhere but the pictures of an article, which its frame refuses until somebody wants them.
/// HTML is made of text by one policy, for the document of that frame, which is sandboxed.
const PAGE_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; \
frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types preview";
const ASSETS_CSP: &str = "default-src 'none'; frame-ancestors 'none'";
/// A name stands for one content for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The page names the assets of one build.
const ASKED_AGAIN: &str = "no-cache";
const HTML: &str = "text/html; charset=utf-8";
/// What a build without the console serves.
const ABSENT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Galley</title>\
<h1>The console is not built</h1><p>Run <code>make console</code>, then start the stack again. The API is described at \
<a href=\"/api/docs\">/api/docs</a>.</p></html>";

/// Where things are, for a program.
#[derive(Debug, Serialize)]
struct Places {
    name: &'static str,
    api_version: &'static str,
    console: &'static str,
    openapi: &'static str,
    docs: &'static str,
    health: &'static str,
    /// Where to begin to sign in with GitHub, with `tenant`; null where it is not set up.
    github: Option<&'static str>,
}

const PLACES: Places = Places {
    name: "Galley",
    api_version: API_VERSION,
    console: "/",
    openapi: "/api/openapi.json",
    docs: "/api/docs",
    health: "/health/ready",
    github: None,
};

/// How people sign in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    Keys,
    KeysAndGithub,
}

/// What is served.
#[derive(Clone, Copy, Debug)]
pub struct App {
    /// `None` where this program was built without the console.
    pub built: Option<&'static Built>,
    pub sign_in: SignIn,
}

/// # Errors
/// Every refusal, as a problem.
pub fn handle(call: &Call, app: App) -> Result<Reply, ApiError> {
    match call.of::<ConsoleRoute>()? {
        ConsoleRoute::Console => Ok(start(call, app)),
        ConsoleRoute::ConsoleAsset => {
            let name = call.path_parameter("file").unwrap_or_default();
            let found = app.built.into_iter().flat_map(|built| built.assets).find(|asset| asset.name == name);
            let found = found.ok_or_else(|| ApiError::new(Problem::NotFound))?;
            Ok(asset(found, call))
        }
    }
}

fn start(call: &Call, app: App) -> Reply {
    if !call.prefers_html() {
        let github = (app.sign_in == SignIn::KeysAndGithub).then_some("/api/auth/github/start");
        return Reply::json(200, &Places { github, ..PLACES }).header("vary", "Accept");
    }
    let page = app.built.map_or(ABSENT, |built| built.page);
    ours(Reply::asset(HTML, Body::from(page), PAGE_CSP).cached(ASKED_AGAIN)).header("vary", "Accept")
}

/// Served compressed, as it is stored, to whoever takes that; those that take Brotli get less.
fn asset(asset: &Asset, call: &Call) -> Reply {
    let with =
        |body| of_the_page(Reply::asset(content_type(asset.name), body, ASSETS_CSP).cached(FOR_EVER), asset.name);
    if names(call.header("accept-encoding"), "br") {
        with(Body::from(asset.brotli)).header("content-encoding", "br").header("vary", "Accept-Encoding")
    } else {
        with(Body::Empty).stored_in_gzip(call.takes_gzip(), asset.gzip)
    }
}

/// No other site holds a window of the console or loads its page.
fn ours(reply: Reply) -> Reply {
    reply.header("cross-origin-opener-policy", "same-origin").header("cross-origin-resource-policy", "same-origin")
}

/// No other site loads the console's files but its styles, which say nothing: the frame of an article has no origin, so whatever it
/// loads comes from another.
fn of_the_page(reply: Reply, name: &str) -> Reply {
    let policy = if content_type(name).starts_with("text/css") { "cross-origin" } else { "same-origin" };
    reply.header("cross-origin-resource-policy", policy)
}

/// Whether a list such as `gzip, br;q=0.9` names `wanted` and does not refuse it.
fn names(list: Option<&str>, wanted: &str) -> bool {
    list.into_iter().flat_map(|list| list.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
