//! A reply, and the headers that every answer of a function carries. CORS headers are API Gateway's alone.

use galley_domain::{
    access::limits::RateState,
    idempotency::claim::{Once, SavedResponse},
};
use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::Serialize;

use super::encoding::{self, Asks, tag_in_gzip};

/// API answers load nothing and may not be framed.
const CSP: &str = "default-src 'none'; frame-ancestors 'none'";

#[derive(Debug)]
pub struct Reply {
    status: u16,
    content_type: &'static str,
    body: Body,
    cache_control: &'static str,
    csp: &'static str,
    headers: Vec<(&'static str, String)>,
    encode: Option<Encode>,
}

/// Compresses a body for a client. A function that marks no answer does not link it.
type Encode = fn(&Asks, &[u8]) -> Option<Vec<u8>>;

impl Reply {
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(text) => Self::of(status, "application/json", Body::Text(text)),
            Err(error) => {
                tracing::error!(%error, "a reply could not be written as JSON");
                Self::of(500, "application/problem+json", Body::Text("{\"status\":500}".to_owned()))
            }
        }
    }

    pub(super) fn problem(status: u16, body: &impl Serialize) -> Self {
        Self { content_type: "application/problem+json", ..Self::json(status, body) }
    }

    pub fn text(content_type: &'static str, body: String) -> Self {
        Self::of(200, content_type, Body::Text(body))
    }

    pub fn empty(status: u16) -> Self {
        Self::of(status, "", Body::Empty)
    }

    /// A page or an asset of ours, with the policy that it needs.
    pub fn asset(content_type: &'static str, body: Body, csp: &'static str) -> Self {
        Self { csp, ..Self::of(200, content_type, body) }
    }

    /// With another status.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A first answer, given again.
    pub fn replayed(saved: SavedResponse) -> Self {
        let mut reply = Self::saved(saved);
        reply.headers.push(("idempotency-replayed", "true".to_owned()));
        reply
    }

    /// The answer of `fresh`, or the first one again.
    pub fn once<T>(made: Once<T>, fresh: impl FnOnce(T) -> Self) -> Self {
        match made {
            Once::New(made) => fresh(made),
            Once::Replay(saved) => Self::replayed(saved),
        }
    }

    /// An answer that is also kept for a replay.
    pub fn saved(saved: SavedResponse) -> Self {
        let mut reply = Self::of(saved.status, "application/json", Body::Text(saved.body));
        reply.headers.extend(saved.location.map(|location| ("location", location)));
        reply.headers.extend(saved.etag.map(|etag| ("etag", etag)));
        reply
    }

    const fn of(status: u16, content_type: &'static str, body: Body) -> Self {
        Self { status, content_type, body, cache_control: "no-store", csp: CSP, headers: Vec::new(), encode: None }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// May be compressed: it holds no secret and no token. Whatever is not marked is sent as it is.
    #[must_use]
    pub fn compressible(mut self) -> Self {
        self.encode = Some(Asks::encoded);
        self
    }

    /// With a body that is stored compressed, as it is stored where that is taken, else as it was before.
    #[must_use]
    pub fn stored_in_gzip(self, is_taken: bool, stored: &'static [u8]) -> Self {
        let reply = self.header("vary", "Accept-Encoding");
        if is_taken {
            Self { body: Body::Binary(stored.to_vec()), ..reply }.header("content-encoding", "gzip")
        } else {
            Self { body: Body::Text(encoding::text_of(stored)), ..reply }
        }
    }

    /// As the client asks for it.
    pub(super) fn encoded_for(mut self, asks: &Asks) -> Self {
        let Some(encode) = self.encode else { return self };
        match self.headers.iter_mut().find(|(name, _)| *name == "vary") {
            Some((_, vary)) => vary.push_str(", Accept-Encoding"),
            None => self.headers.push(("vary", "Accept-Encoding".to_owned())),
        }
        let etag = self.headers.iter_mut().find(|(name, _)| *name == "etag").map(|(_, etag)| etag);
        let plain: &[u8] = match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if let Some(encoded) = encode(asks, plain) {
            if let Some(etag) = etag {
                *etag = tag_in_gzip(etag);
            }
            self.body = Body::Binary(encoded);
            self.headers.push(("content-encoding", "gzip".to_owned()));
        } else if let Some(etag) = etag.filter(|etag| self.status == 304 && asks.has_in_gzip(etag)) {
            // The tag that the answer would have with its body.
            *etag = tag_in_gzip(etag);
        }
        self
    }

    /// What anyone may keep, and for how long.
    #[must_use]
    pub const fn cached(mut self, cache_control: &'static str) -> Self {
        self.cache_control = cache_control;
        self
    }

    /// The window that the request was counted in, as the IETF's `RateLimit` header fields say it.
    #[must_use]
    pub fn rate(self, rate: RateState) -> Self {
        self.header("ratelimit-policy", format!("\"minute\";q={};w=60", rate.limit))
            .header("ratelimit", format!("\"minute\";r={};t={}", rate.remaining, rate.resets_in_s))
    }

    /// As `rate`, where it is known.
    #[must_use]
    pub fn rated(self, rate: Option<RateState>) -> Self {
        match rate {
            Some(rate) => self.rate(rate),
            None => self,
        }
    }

    pub(super) fn into_response(self, request_id: &str) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        // A browser puts what a 304 says in the place of what it has (RFC 9111, 3.2): what is not said is kept, also a page's own policy.
        let csp = if self.status == 304 { "" } else { self.csp };
        let fixed = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, self.cache_control),
            (header::CONTENT_SECURITY_POLICY, csp),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        ];
        for (name, value) in fixed {
            if !value.is_empty() {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        let own = self.headers.into_iter().chain([("x-request-id", request_id.to_owned())]);
        for (name, value) in own {
            let Ok(value) = HeaderValue::from_str(&value) else { continue };
            // One answer may set several cookies, and has one of everything else.
            if name == "set-cookie" {
                headers.append(header::SET_COOKIE, value);
            } else {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// The answer to a HEAD: the headers of the GET, with the length that its body would have (RFC 9110, 9.3.2).
pub fn headers_alone(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let length = match body {
        Body::Text(text) => text.len(),
        Body::Binary(bytes) => bytes.len(),
        _ => 0,
    };
    if length > 0 {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_gets_no_body_and_every_header_of_the_get() {
        let get = Reply::json(200, &serde_json::json!({"a": "é"})).header("etag", "\"1\"").into_response("r");
        let mut wanted = get.headers().clone();
        let head = headers_alone(get);
        wanted.insert(header::CONTENT_LENGTH, HeaderValue::from_static("10"));
        assert_eq!((head.status().as_u16(), head.headers()), (200, &wanted));
        assert!(matches!(head.body(), Body::Empty));
        let unchanged = headers_alone(Reply::empty(304).into_response("r"));
        assert_eq!(unchanged.headers().get(header::CONTENT_LENGTH), None);
        assert_eq!(unchanged.headers().get(header::CONTENT_SECURITY_POLICY), None, "the page keeps its own");
    }

    fn long() -> serde_json::Value {
        serde_json::json!({"text": "HTTP caching keeps a copy. ".repeat(100)})
    }

    fn asks(accepted: &'static str, known: &'static str) -> Asks {
        let mut headers = lambda_http::http::HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(known));
        Asks::of(&headers)
    }

    #[test]
    fn what_nobody_has_marked_is_never_compressed() {
        let sent = Reply::json(200, &long()).encoded_for(&asks("gzip", "")).into_response("r");
        assert!(matches!(sent.body(), Body::Text(_)));
        assert_eq!((sent.headers().get("content-encoding"), sent.headers().get("vary")), (None, None));
    }

    #[test]
    fn what_is_short_or_not_asked_for_in_gzip_goes_as_it_is_and_says_that_it_varies() {
        let short = Reply::json(200, &serde_json::json!({"text": "short"}));
        let long = Reply::json(200, &long());
        for (reply, accepted) in [(short, "gzip"), (long, "gzip;q=0")] {
            let reply = reply.header("etag", "\"4\"").header("vary", "accept").compressible();
            let sent = reply.encoded_for(&asks(accepted, "\"4-gzip\"")).into_response("r");
            assert!(matches!(sent.body(), Body::Text(_)), "{accepted}");
            assert_eq!(sent.headers()["vary"], "accept, Accept-Encoding", "{accepted}");
            assert_eq!(
                (&sent.headers()["etag"], sent.headers().get("content-encoding")),
                (&"\"4\"".parse().unwrap(), None)
            );
        }
    }

    #[test]
    fn what_is_compressed_is_bytes_with_a_tag_of_its_own() {
        let reply = Reply::json(200, &long()).header("etag", "\"4\"").compressible();
        let sent = reply.encoded_for(&asks("gzip", "")).into_response("r");
        assert_eq!(
            (&sent.headers()["content-encoding"], &sent.headers()["etag"]),
            (&"gzip".parse().unwrap(), &"\"4-gzip\"".parse().unwrap())
        );
        let Body::Binary(bytes) = sent.body() else { panic!("API Gateway would take it for a text") };
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
        assert_eq!(text, long().to_string());
        let length = HeaderValue::from(bytes.len());
        assert_eq!(headers_alone(sent).headers()[header::CONTENT_LENGTH], length, "as the GET's");
    }

    #[test]
    fn a_304_has_the_tag_that_its_200_would_have() {
        let unchanged = |accepted, known| {
            let reply = Reply::empty(304).header("etag", "\"4\"").compressible().encoded_for(&asks(accepted, known));
            reply.into_response("r").headers()["etag"].to_str().unwrap().to_owned()
        };
        assert_eq!(unchanged("gzip", "\"4-gzip\""), "\"4-gzip\"");
        assert_eq!(unchanged("gzip", "\"4\""), "\"4\"");
        assert_eq!(unchanged("identity", "\"4-gzip\""), "\"4\"");
    }
}
