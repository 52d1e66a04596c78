//! What browsers and programs are served, whatever was built.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use console::{App, Asset, Built, SignIn};
use galley_edge::http::counting::NoPrincipals;
use galley_testkit_http::{Answered, Asking, asking};

static BUILT: Built = Built {
    page: "<!doctype html>",
    assets: &[
        Asset { name: "index-1a2b.js", brotli: b"short", gzip: b"longer" },
        Asset { name: "preview-3c4d.css", brotli: b"short", gzip: b"longer" },
    ],
};

async fn asked(request: Asking, built: Option<&'static Built>) -> Answered {
    let app = App { built, sign_in: SignIn::KeysAndGithub };
    request.answered(&NoPrincipals, async |call| console::handle(&call, app)).await
}

fn page() -> Asking {
    asking("GET /").header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}

fn asset(name: &str) -> Asking {
    asking("GET /assets/{file}").named("file", name)
}

fn header<'a>(answered: &'a Answered, name: &str) -> &'a str {
    answered.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_page_runs_nothing_inline_makes_no_html_and_is_framed_by_nobody() {
    let answered = asked(page(), Some(&BUILT)).await;
    assert_eq!((answered.status, header(&answered, "content-type")), (200, "text/html; charset=utf-8"));
    let policy = header(&answered, "content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types preview",
    ] {
        assert!(policy.split("; ").any(|part| part == rule), "{rule} is not in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header(&answered, "x-content-type-options"), "nosniff");
    assert_eq!(header(&answered, "referrer-policy"), "no-referrer");
    assert_eq!(header(&answered, "cross-origin-opener-policy"), "same-origin");
    assert_eq!(header(&answered, "cache-control"), "no-cache");
}

#[tokio::test]
async fn an_asset_of_another_build_is_not_found_and_is_not_kept() {
    for name in ["index-0000.js", "", "..", "../index-1a2b.js", "index.html"] {
        let answered = asked(asset(name), Some(&BUILT)).await;
        assert_eq!((answered.status, header(&answered, "cache-control")), (404, "no-store"), "{name}");
    }
}

#[tokio::test]
async fn the_frame_of_an_article_gets_its_styles_and_another_site_none_of_the_code() {
    let policy =
        async |name| header(&asked(asset(name), Some(&BUILT)).await, "cross-origin-resource-policy").to_owned();
    assert_eq!(policy("preview-3c4d.css").await, "cross-origin");
    assert_eq!(policy("index-1a2b.js").await, "same-origin");
}

#[tokio::test]
async fn an_asset_is_kept_for_ever_and_sent_as_small_as_the_browser_takes_it() {
    for (accepted, encoding) in [
        ("gzip, deflate, br", "br"),
        ("gzip, BR;q=0.5", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip", "gzip"),
        ("brotli", ""),
        ("identity", ""),
        ("gzip;q=0", ""),
    ] {
        let answered = asked(asset("index-1a2b.js").header("accept-encoding", accepted), Some(&BUILT)).await;
        assert_eq!((answered.status, header(&answered, "content-encoding")), (200, encoding), "{accepted}");
        assert_eq!(header(&answered, "vary"), "Accept-Encoding");
        assert_eq!(header(&answered, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&answered, "cache-control"), "public, max-age=31536000, immutable");
    }
}

#[tokio::test]
async fn a_program_is_told_where_things_are() {
    for request in
        [asking("GET /"), asking("GET /").header("accept", "*/*"), page().header("accept", "application/json")]
    {
        let answered = asked(request, Some(&BUILT)).await;
        assert_eq!((answered.status, header(&answered, "vary")), (200, "Accept"));
    }
    let answered = asked(asking("GET /").header("accept", "application/json"), Some(&BUILT)).await;
    assert_eq!(answered.body["openapi"], "/api/openapi.json");
    assert_eq!(answered.body["docs"], "/api/docs");
    assert_eq!(answered.body["github"], "/api/auth/github/start");
}

#[tokio::test]
async fn a_build_without_the_console_says_how_to_build_it() {
    let answered = asked(page(), None).await;
    assert_eq!((answered.status, header(&answered, "content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(asked(asset("index-1a2b.js"), None).await.status, 404);
}

#[tokio::test]
async fn a_link_with_somebody_elses_parameters_opens_the_console() {
    assert_eq!(asked(page().query("utm_source", "mail"), Some(&BUILT)).await.status, 200);
}
