//! The site through its own port: real processes, a real table, real rights.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_tests::{Answer, Galley, answer, options};
use reqwest::Method;
use serde_json::json;

/// What a reader gets at a path of the site.
async fn read(galley: &Galley, path: &str) -> Answer {
    answer(galley.client.get(format!("{}{path}", galley.stack.site_url()))).await
}

fn page(answered: &Answer) -> &str {
    answered.body.as_str().unwrap()
}

#[tokio::test]
async fn an_article_is_on_the_sites_origin_and_no_page_of_the_site_is_on_the_apis() {
    let mut options = options();
    options.hosts = vec!["blog.example".to_owned()];
    options.parameters.insert("SiteHosts".to_owned(), "blog.example=default".to_owned());
    let galley = Galley::with(options).await;
    assert_eq!(read(&galley, "/site/default/").await.status, 404, "nothing is live yet");
    galley.published("How caches answer").await;

    let index = read(&galley, "/site/default/").await.expect(200);
    assert!(page(&index).contains("<h2><a href=\"/site/default/how-caches-answer\">How caches answer</a></h2>"));
    let article = read(&galley, "/site/default/how-caches-answer").await.expect(200);
    assert!(page(&article).contains("<h1>How caches answer</h1>"), "{}", page(&article));
    assert!(page(&article).contains("<h2>What it is</h2>") || page(&article).contains(">What it is</h2>"));
    assert!(article.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
    let style = page(&article).split("<link rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(read(&galley, style).await.expect(200).header("content-type"), "text/css; charset=utf-8");

    // What programs read of it.
    for (path, beginning) in [
        ("/site/default/feed.xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed "),
        ("/site/default/sitemap.xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset "),
    ] {
        let read = read(&galley, path).await.expect(200);
        assert!(page(&read).starts_with(beginning) && page(&read).contains("/how-caches-answer"), "{}", page(&read));
    }
    let feed = read(&galley, "/site/default/feed.json").await.expect(200);
    let url = feed.body["items"][0]["url"].as_str().unwrap();
    assert_eq!(url, "https://blog.example/how-caches-answer");
    let day = feed.body["items"][0]["date_published"].as_str().unwrap().split('T').next().unwrap();
    let map = read(&galley, &format!("/site/default/sitemap.xml?day={day}")).await.expect(200);
    assert!(page(&map).contains("/how-caches-answer"), "{}", page(&map));
    assert_eq!(read(&galley, "/site/default/sitemap.xml?day=2020-01-01").await.status, 404);
    assert_eq!(read(&galley, "/site/default/feed.xml?tag=a%2Cb").await.status, 404);

    // Nothing of the one is on the other.
    for path in ["/site/default/", "/site/default/how-caches-answer", style] {
        assert_eq!(galley.get("nobody", path).await.status, 404, "{path}");
    }
    for path in ["/api/content/published/default/how-caches-answer", "/api/docs", "/", "/health/live", "/local/keys"] {
        assert_eq!(read(&galley, path).await.status, 404, "{path}");
    }
    let preflight = galley.client.request(Method::OPTIONS, format!("{}/site/default/", galley.stack.site_url()));
    let preflight =
        answer(preflight.header("origin", "http://localhost:3000").header("access-control-request-method", "GET"))
            .await;
    assert!(!preflight.headers.contains_key("access-control-allow-origin"), "no page of another origin reads it");

    // A domain of the tenant's own, and one of nobody's.
    let at = async |domain: &str, path: &str| {
        answer(galley.client.get(format!("{}{path}", galley.stack.site_url())).header("host", domain)).await
    };
    assert_eq!(at("blog.example", "/how-caches-answer").await.status, 200);
    assert_eq!(at("blog.example", "/site/default/").await.status, 404);
    assert_eq!(at("evil.example", "/site/default/").await.status, 421);
}

#[tokio::test]
async fn a_reader_is_shown_what_is_live_and_not_what_is_drafted_or_taken_down() {
    let galley = Galley::start().await;
    let task = galley.published("How caches answer").await;
    let draft = galley.drafted().await;
    galley.write(&draft, "A draft of something").await.expect(200);
    let index = read(&galley, "/site/default/").await.expect(200);
    assert!(!page(&index).contains("A draft of something"), "{}", page(&index));
    galley.write(&task, "Another title").await.expect(200);
    let article = read(&galley, "/site/default/how-caches-answer").await.expect(200);
    assert!(page(&article).contains("<h1>How caches answer</h1>"), "what is edited goes live when it is approved");
    galley.post("editor", &format!("{task}/unpublish"), json!({})).await.expect(200);
    assert_eq!(read(&galley, "/site/default/").await.status, 404);
    assert_ne!(read(&galley, "/site/default/how-caches-answer").await.status, 200);
}
