//! The OpenAPI document and the page that shows it. The page's assets are served from here: nothing is loaded from elsewhere.

use std::sync::LazyLock;

use galley_edge::{
    api::etag_of,
    http::{call::Call, reply::Reply},
};
use lambda_http::Body;

/// The page runs its own script and style, and asks only this API.
const PAGE_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const ASSETS_CSP: &str = "default-src 'none'; frame-ancestors 'none'";
const KEPT: &str = "public, max-age=300";

const PAGE: &str = include_str!("../assets/docs.html");

/// The document as it is sent, with its `ETag`. It is the same for as long as the instance runs.
static DOCUMENT: LazyLock<(String, String)> = LazyLock::new(|| {
    let document = galley_edge::openapi::document();
    (document.to_string(), etag_of(&document))
});

pub fn document(call: &Call) -> Reply {
    let (text, etag) = &*DOCUMENT;
    let reply = if call.not_modified(etag) { Reply::empty(304) } else { Reply::text("application/json", text.clone()) };
    reply.header("etag", etag).header("vary", "Origin").cached(KEPT).compressible()
}

pub fn page() -> Reply {
    Reply::asset("text/html; charset=utf-8", Body::from(PAGE), PAGE_CSP).cached(KEPT).compressible()
}

/// Served compressed, as they are stored, to whoever takes gzip.
pub fn asset(call: &Call, name: &str) -> Option<Reply> {
    let (content_type, bytes): (_, &'static [u8]) = match name {
        "swagger-ui.js" => ("text/javascript; charset=utf-8", include_bytes!("../assets/swagger-ui-bundle.js.gz")),
        "swagger-ui.css" => ("text/css; charset=utf-8", include_bytes!("../assets/swagger-ui.css.gz")),
        "start.js" => {
            let body = Body::from(include_str!("../assets/start.js"));
            return Some(Reply::asset("text/javascript; charset=utf-8", body, ASSETS_CSP).cached(KEPT));
        }
        _ => return None,
    };
    Some(Reply::asset(content_type, Body::Empty, ASSETS_CSP).stored_in_gzip(call.takes_gzip(), bytes).cached(KEPT))
}
