//! Access control for local ports. Any web page that a developer opens can send requests to every
//! port of the loopback address and, with DNS rebinding, read the answers. Therefore each listener
//! of the local stack checks a request's target host (`Host`) and the page that sent it (`Origin`, `Sec-Fetch-Site`).

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The header in which a browser names the site of a request. A page can neither omit nor change it.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The requests that a listener accepts.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Accepted host names besides those of the loopback address.
    hosts: Arc<[String]>,
    pages: Pages,
}

/// The pages that may send requests.
#[derive(Clone, Debug)]
enum Pages {
    /// None: the port is only for programs.
    None,
    /// Those of these origins, and those that the listener serves itself. `*` is all.
    Of(Arc<[String]>),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is for another host, or for none.
    Host,
    /// It was sent by a page that is not allowed.
    Page,
}

impl Door {
    /// For a port that only programs of this machine use.
    pub(crate) fn of_programs() -> Self {
        Self { hosts: Arc::default(), pages: Pages::None }
    }

    /// For a port of programs that is also reached under these names.
    pub(crate) fn of_programs_at<const N: usize>(hosts: [&str; N]) -> Self {
        Self { hosts: hosts.map(str::to_owned).into(), pages: Pages::None }
    }

    /// The front, which pages of these origins may use, too.
    pub(crate) fn of_pages(hosts: &[String], origins: &[String]) -> Self {
        Self { hosts: hosts.into(), pages: Pages::Of(origins.into()) }
    }

    /// # Errors
    /// See `Refusal`.
    pub(crate) fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = self.host(uri, headers).ok_or(Refusal::Host)?;
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        let admitted = match &self.pages {
            Pages::None => origins.peek().is_none() && is_typed(headers),
            Pages::Of(allowed) => origins.all(|origin| {
                let origin = origin.to_str().unwrap_or_default();
                // Behind a tunnel our own page is loaded by https.
                let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
                own == Some(host.as_str())
                    || allowed.iter().any(|known| known == "*" || known == origin)
                    || origin == "null" && is_style(uri)
            }),
        };
        if admitted { Ok(()) } else { Err(Refusal::Page) }
    }

    /// The host that the request is for, if it is one of ours.
    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let mut named = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
        let (host, others) = (named.next(), named.next());
        // A target in absolute form replaces the header (RFC 9112, 3.2.2).
        let asked = uri.authority().map(http::uri::Authority::as_str).or(host)?;
        let ours = |host: &str| self.is_ours(host);
        let all_ours = others.is_none() && ours(asked) && host.is_none_or(ours);
        all_ours.then(|| asked.to_ascii_lowercase())
    }

    fn is_ours(&self, host: &str) -> bool {
        // The port is not compared: an attacking page can choose the name but gains nothing by another port.
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let number = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        let loopback = number.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        loopback
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Whether it is a style of the console, which says nothing: the frame in which it shows an article has no origin.
fn is_style(uri: &Uri) -> bool {
    uri.path().strip_prefix("/assets/").and_then(|name| name.rsplit_once('.')).is_some_and(|(_, kind)| kind == "css")
}

/// Whether no page sent the request: a program sends no `Sec-Fetch-Site`, and a typed address has the value `none`.
fn is_typed(headers: &HeaderMap) -> bool {
    headers.get_all(FETCH_SITE).iter().all(|site| site == "none")
}

/// Applies the check before every route of the router.
pub(crate) fn behind(door: Door, router: Router) -> Router {
    router.layer(middleware::from_fn_with_state(door, pass))
}

async fn pass(State(door): State<Door>, request: Request, next: Next) -> Response {
    match door.admit(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            // As a server that has no such host (RFC 9110, 15.5.20).
            Self::Host => (StatusCode::MISDIRECTED_REQUEST, "Misdirected Request"),
            Self::Page => (StatusCode::FORBIDDEN, "Forbidden"),
        };
        (status, Json(json!({"message": message}))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
        given.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn admitted(door: &Door, given: &[(&'static str, &str)]) -> Result<(), Refusal> {
        door.admit(&Uri::from_static("/"), &headers(given))
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_is_not_ours() {
        let doors = [Door::of_programs(), Door::of_pages(&[], &["*".to_owned()])];
        for door in doors {
            let foreign = [
                "evil.example",
                "evil.example:8787",
                "localhost.evil.example",
                "127.0.0.1.evil.example:80",
                "10.0.0.1",
                "0.0.0.0:8787",
                "[::ffff:10.0.0.1]",
                "localhost:x",
                "",
                "127.0.0.1:80:80",
            ];
            for host in foreign {
                assert_eq!(admitted(&door, &[("host", host)]), Err(Refusal::Host), "{host}");
            }
            assert_eq!(admitted(&door, &[]), Err(Refusal::Host));
            let absolute = Uri::from_static("http://evil.example/");
            assert_eq!(door.admit(&absolute, &headers(&[("host", "localhost")])), Err(Refusal::Host));
            let mut two = headers(&[("host", "localhost")]);
            two.append(header::HOST, "evil.example".parse().unwrap());
            assert_eq!(door.admit(&Uri::from_static("/"), &two), Err(Refusal::Host));
        }
    }

    #[test]
    fn no_page_speaks_to_a_port_of_programs() {
        for origin in ["https://evil.example", "http://localhost:3000", "http://127.0.0.1:9000", "null", ""] {
            let given = [("host", "127.0.0.1:9000"), ("origin", origin)];
            assert_eq!(admitted(&Door::of_programs(), &given), Err(Refusal::Page), "{origin}");
        }
        // A request for an image has no `Origin`.
        for site in ["cross-site", "same-site", "same-origin"] {
            let given = [("host", "127.0.0.1:9000"), ("sec-fetch-site", site)];
            assert_eq!(admitted(&Door::of_programs(), &given), Err(Refusal::Page), "{site}");
        }
    }

    #[test]
    fn the_front_refuses_pages_that_nobody_configured() {
        let door = Door::of_pages(&[], &["http://localhost:3000".to_owned()]);
        for origin in ["https://evil.example", "http://localhost:3001", "null", "http://localhost", "", "\u{e9}"] {
            let given = [("host", "localhost:8787"), ("origin", origin)];
            assert_eq!(admitted(&door, &given), Err(Refusal::Page), "{origin}");
        }
    }

    #[test]
    fn a_page_without_an_origin_gets_the_styles_of_the_console_and_nothing_else() {
        let door = Door::of_pages(&[], &[]);
        let at = |path: &'static str, origin: &str| {
            door.admit(&Uri::from_static(path), &headers(&[("host", "localhost:8787"), ("origin", origin)]))
        };
        for path in ["/", "/assets/index-1a2b.js", "/api/content/tasks", "/api/x.css", "/local/keys", "/assets/css"] {
            assert_eq!(at(path, "null"), Err(Refusal::Page), "{path}");
        }
        assert_eq!(at("/assets/preview-1a2b.css", "https://evil.example"), Err(Refusal::Page));
        assert_eq!(at("/assets/preview-1a2b.css", "null"), Ok(()));
    }

    #[test]
    fn programs_and_known_pages_are_let_in() {
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:9000", "[::1]:9000", "127.0.0.2"] {
            assert_eq!(admitted(&Door::of_programs(), &[("host", host)]), Ok(()), "{host}");
        }
        assert_eq!(admitted(&Door::of_programs_at(["pages.example.com"]), &[("host", "pages.example.com")]), Ok(()));
        let front = Door::of_pages(&["tunnel.example".to_owned()], &["http://localhost:3000".to_owned()]);
        for origin in ["http://localhost:3000", "http://localhost:8787", "https://localhost:8787"] {
            assert_eq!(admitted(&front, &[("host", "localhost:8787"), ("origin", origin)]), Ok(()), "{origin}");
        }
        assert_eq!(admitted(&front, &[("host", "tunnel.example")]), Ok(()));
        // A link from another site to the API's page.
        assert_eq!(admitted(&front, &[("host", "localhost:8787"), ("sec-fetch-site", "cross-site")]), Ok(()));
    }
}
