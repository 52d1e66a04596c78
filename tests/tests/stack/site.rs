//! The site through its own port: real processes, a real table, real rights.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{io::Write, process::Stdio};

use galley_tests::{
    Answer, Galley, answer,
    api_tools::{run, tool},
    approval, browser, options, payloads, root,
};
use reqwest::Method;
use serde_json::{Value, json};

const ARABIC: &str = "<p>تحفظ الذاكرة المخبأة نسخة مما يعمل، فتنتظر مرة واحدة فقط.</p><h2>لماذا</h2><blockquote><p>نسخة \
    قريبة أسرع من أصل بعيد.</p></blockquote><ul><li>أسرع</li><li>أرخص</li></ul><pre><code>Cache-Control: public, max-age=60, \
    stale-while-revalidate=300, stale-if-error=86400, immutable</code></pre>";
const TABLE: &str = "<table><thead><tr><th>Header</th><th>Meaning</th><th>Where it is described in full</th></tr></thead>\
    <tbody><tr><td>Cache-Control</td><td>How long</td><td>RFC-9111-section-5-2-with-a-name-that-is-long-and-has-no-space</td></tr>\
    </tbody></table><p>AWordThatIsLongerThanAnyScreenOfAPhoneAndHasNoPlaceToBreakItInTwoButMustNotMakeThePageWider</p>";

/// What an admin publishes of `asked`, whatever the gate says of it; its path in the site.
async fn shown(galley: &Galley, asked: Value, text: Value) -> String {
    let path = galley.create(asked).await;
    galley.wait(&path, "awaiting_approval").await;
    let saved = answer(galley.request("author", Method::PUT, &format!("{path}/draft")).json(&text)).await.expect(200);
    let extra = json!({"revision": saved.body["revision"], "override_blockers": true});
    let decided = galley.post("admin", &format!("{path}/approve"), approval("dev-admin", &extra)).await.expect(200);
    let url = decided.body["published_url"].as_str().unwrap().to_owned();
    format!("/site/default/{}", url.rsplit('/').next().unwrap())
}

/// An HTML validator finds nothing in them.
async fn are_valid(galley: &Galley, pages: &[&String]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".htmlvalidate.json"),
        "{\"root\": true, \"extends\": [\"html-validate:standard\"]}",
    )
    .unwrap();
    let mut validator = tool("html-validate");
    validator.current_dir(folder.path());
    for (nth, path) in pages.iter().enumerate() {
        let file = format!("{nth}.html");
        std::fs::write(folder.path().join(&file), page(&read(galley, path).await)).unwrap();
        validator.arg(file);
    }
    run(&mut validator).await;
}

#[tokio::test]
async fn a_site_runs_nothing_and_is_read_by_everybody_in_both_themes_and_on_a_phone() {
    let galley = Galley::start().await;
    let attack = "\"'><img src=x onerror=alert(1)></title>";
    let asked = |topic: &str, language: &str| json!({"topic": topic, "target_length": 200, "language": language, "tags": [attack, "http"], "categories": [attack]});
    let named = json!({"role": "author", "display_name": attack});
    answer(galley.request("admin", Method::PUT, "/api/admin/people/dev-author").json(&named)).await.expect(200);
    let look = json!({"site_name": "\"'><img src=x onerror=alert(1)>", "site_footer": attack, "site_accent": "#b0370b",
        "site_logo": "https://pictures.example.com/logo.png",
        "site_navigation": [{"label": "<script>alert(1)</script>", "url": "https://example.com/a-page-about-us?a=1&b=2"}]});
    let settings = galley.request("admin", Method::PATCH, "/api/admin/settings").json(&look);
    answer(settings).await.expect(200);
    let alone = payloads::html().into_iter().filter(|payload| payload.name.contains(" in alone, plain"));
    // Whether a picture has a text in its place is its author's to say.
    let bodies: Vec<String> = alone.map(|payload| payload.text.replace("x.png\"", "x.png\" alt=\"\"")).collect();
    assert!(bodies.len() > 20, "{}", bodies.len());
    let hostile = json!({"title": attack, "html": format!("<p>It begins.</p>{TABLE}{}", bodies.join("\n"))});
    let plain = json!({"title": "How caches answer", "markdown": galley_tests::article("How caches answer")});
    let arabic = json!({"title": "كيف تجيب الذاكرة المخبأة", "html": ARABIC});
    let mut pages = vec!["/site/default/".to_owned(), "/site/default/nothing-is-here".to_owned()];
    pages.push(shown(&galley, asked("How HTTP caching works", "en"), hostile).await);
    pages.push(shown(&galley, asked("What an ETag is for", "en"), plain).await);
    pages.push(shown(&galley, asked("How caches keep copies", "ar"), arabic).await);
    pages.push("/site/default/tags/http".to_owned());
    let article = read(&galley, &pages[2]).await.expect(200);
    assert!(!page(&article).contains("<img src=x"), "{}", page(&article));
    assert!(page(&article).contains("By <span dir=\"auto\">&#34;&#39;&#62;&#60;img src=x"), "{}", page(&article));
    // What cleaning leaves of an attack does nothing, and may be no valid HTML: links without an address, and attributes of before.
    let valid: Vec<&String> = pages.iter().filter(|path| **path != pages[2]).collect();
    are_valid(&galley, &valid).await;
    let axe = root().join("console/node_modules/axe-core/axe.min.js");
    assert!(axe.exists(), "no axe-core: run `make console`");
    let pages: Vec<String> = pages.iter().map(|path| format!("{}{path}", galley.stack.site_url())).collect();
    let mut given = json!({"pages": pages, "axe": axe});
    if let Some(folder) = std::env::var_os("GALLEY_PICTURES") {
        given["folder"] = json!(folder.to_str());
    }
    // The stack runs on this thread.
    let output = tokio::task::spawn_blocking(move || {
        let mut child = browser::python("site.py").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "the browser could not be run");
    let found: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

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
    let gone = read(&galley, "/site/default/how-caches-answer").await.expect(410);
    assert!(page(&gone).contains("taken down") && !page(&gone).contains("How caches answer"), "{}", page(&gone));
    assert_eq!(gone.header("cache-control"), "public, max-age=10");
    galley.published("How caches answer").await;
    read(&galley, "/site/default/how-caches-answer").await.expect(200);
    assert_eq!(page(&read(&galley, "/site/default/").await.expect(200)).matches("<article").count(), 1);
}
