//! Answers in gzip, through the front: whole, by bytes, with tags by which they are decided on.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::io::Read;

use flate2::read::GzDecoder;
use galley_tests::{Galley, answer, article};
use reqwest::{Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::{Value, json};

async fn packed(request: RequestBuilder) -> Response {
    request.header("accept-encoding", "gzip, deflate, br").send().await.unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn no_answer_that_shows_a_secret_is_compressed() {
    let galley = Galley::start().await;
    let key = galley.request("admin", Method::POST, "/api/admin/keys");
    let source = galley.request("admin", Method::POST, "/api/admin/webhook-sources");
    let task = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    let ticket = galley.request("viewer", Method::POST, &format!("{task}/stream-ticket"));
    for (asked, status) in [
        (key.json(&json!({"subject": "somebody", "role": "viewer"})), 201),
        (source.json(&json!({"source": "acme-cms", "scheme": "galley"})), 201),
        (galley.request("admin", Method::GET, "/api/admin/callback-secret"), 200),
        (ticket, 201),
    ] {
        let response = packed(asked).await;
        assert_eq!(response.status(), status);
        // Nor does it say that it could have been: it is not looked at.
        assert_eq!((header(response.headers(), "content-encoding"), header(response.headers(), "vary")), ("", ""));
    }
}

#[tokio::test]
async fn what_is_long_comes_in_gzip_and_is_decided_on_by_its_own_tag() {
    let galley = Galley::start().await;
    let task = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    galley.wait(&task, "awaiting_approval").await;
    let draft = json!({"title": "HTTP caching", "markdown": article("HTTP caching")});
    let edit = galley.request("author", Method::PUT, &format!("{task}/draft"));
    answer(edit.json(&draft)).await.expect(200);
    // What is stored compressed goes so only to whoever takes it.
    let script = |accepted: &'static str| {
        galley.request("nobody", Method::GET, "/api/docs/swagger-ui.js").header("accept-encoding", accepted)
    };
    let (plain, small) = (script("gzip;q=0").send().await.unwrap(), script("gzip").send().await.unwrap());
    assert_eq!((header(plain.headers(), "content-encoding"), header(plain.headers(), "vary")), ("", "Accept-Encoding"));
    assert_eq!(header(small.headers(), "content-encoding"), "gzip");
    let (plain, small) = (plain.text().await.unwrap(), small.bytes().await.unwrap());
    let mut text = String::new();
    GzDecoder::new(&small[..]).read_to_string(&mut text).unwrap();
    assert!(plain.len() > 100_000 && plain == text);
    assert_eq!(
        header(packed(galley.request("operator", Method::GET, "/metrics")).await.headers(), "content-encoding"),
        "gzip"
    );
    let both =
        [("nobody", "/api/openapi.json", "Origin, Accept-Encoding"), ("viewer", task.as_str(), "Accept-Encoding")];
    for (who, path, vary) in both {
        let plain = galley.request(who, Method::GET, path).send().await.unwrap();
        assert_eq!(header(plain.headers(), "vary"), vary);
        let tag = header(plain.headers(), "etag").to_owned();
        let plain: Value = plain.json().await.unwrap();
        let response = packed(galley.request(who, Method::GET, path)).await;
        assert_eq!(header(response.headers(), "content-encoding"), "gzip", "{path}");
        assert_eq!(header(response.headers(), "etag"), format!("\"{}-gzip\"", tag.trim_matches('"')));
        let bytes = response.bytes().await.unwrap();
        let mut text = String::new();
        GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), plain, "{path}");
        assert!(bytes.len() * 2 < text.len(), "{} of {}", bytes.len(), text.len());
        let head = packed(galley.request(who, Method::HEAD, path)).await;
        assert_eq!(header(head.headers(), "content-encoding"), "gzip");
        assert_eq!(header(head.headers(), "content-length"), bytes.len().to_string());
    }
    let tag = packed(galley.request("viewer", Method::GET, &task)).await.headers()["etag"].clone();
    let unchanged = packed(galley.request("viewer", Method::GET, &task).header("if-none-match", tag.clone())).await;
    assert_eq!((unchanged.status().as_u16(), &unchanged.headers()["etag"]), (304, &tag));
    let cancel = |tag: &str| galley.request("author", Method::POST, &format!("{task}/cancel")).header("if-match", tag);
    answer(cancel("\"1-gzip\"").json(&json!({"reason": "No longer needed"}))).await.expect(412);
    answer(cancel(tag.to_str().unwrap()).json(&json!({"reason": "No longer needed"}))).await.expect(200);
}
