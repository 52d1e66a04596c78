//! Searches and photographs over the wire.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, header, method, path, query_param},
};

use super::*;
use crate::llm::tests::OneSecret;

const KEYS: &str = r#"{"serper": "key-5", "pexels": "key-6"}"#;

fn research(base: &str, secret: &'static str) -> WebResearch<OneSecret> {
    let service = |path: &str, price: u64| {
        Some(Service { base_url: format!("{base}{path}"), usd_per_request: MicroUsd::from_micros(price) })
    };
    let services = Services { serper: service("", 1000), pexels: service("/v1", 0) };
    let keys = ProviderKeys::new(OneSecret(secret), "id".to_owned());
    WebResearch::new(
        services,
        keys,
        Http::default(),
        HttpCallbackSender::new(crate::callback_sender::StandIns::default()),
    )
}

async fn found(search: Search, body: Value) -> Result<SearchResults, ProviderError> {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(format!("/{}", search.name())))
        .and(header("x-api-key", "key-5"))
        .and(body_json(json!({"q": "caching", "num": 8})))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .expect(1)
        .mount(&server)
        .await;
    research(&server.uri(), KEYS).search(search, "caching", Language::ENGLISH).await
}

#[test]
fn a_search_is_made_in_the_language_of_the_text() {
    for (language, name) in
        [("de", "de"), ("de-AT", "de"), ("zh", "zh-cn"), ("zh-Hant", "zh-tw"), ("zh-HK", "zh-tw"), ("ar", "ar")]
    {
        assert_eq!(asked("x", language.parse().unwrap()), json!({"q": "x", "num": 8, "hl": name}), "{language}");
    }
    assert_eq!(asked("x", "en-GB".parse().unwrap()), json!({"q": "x", "num": 8}));
}

#[tokio::test]
async fn without_a_key_nobody_is_asked() {
    let research = research("http://127.0.0.1:1", "unset");
    assert_eq!(research.price().await, None);
    assert_eq!(research.search(Search::Web, "caching", Language::ENGLISH).await.unwrap(), SearchResults::default());
    assert!(!research.can_be_asked().await);
    assert_eq!(research.find("caching").await.unwrap(), None);
}

#[tokio::test]
async fn results_of_both_searches_become_references_within_bounds() {
    let hit = json!({
        "title": "On caching\u{7}", "link": "https://a.example/x", "snippet": "s".repeat(999), "date": "2 days ago", "position": 1,
    });
    let strange = json!({"title": "t", "link": "javascript:alert(1)"});
    let web =
        found(Search::Web, json!({"searchParameters": {}, "organic": [strange, hit], "credits": 1})).await.unwrap();
    let [one] = web.references.as_slice() else { panic!("{web:?}") };
    assert_eq!((one.title.as_str(), one.url.as_str(), one.snippet.len()), ("On caching", "https://a.example/x", 300));
    assert_eq!((one.published.as_deref(), web.cost), (Some("2 days ago"), MicroUsd::from_micros(1000)));
    let news =
        found(Search::News, json!({"news": [{"title": "n", "link": "https://b.example/", "source": "B"}]})).await;
    assert_eq!(news.unwrap().references.len(), 1);
    assert_eq!(found(Search::Web, json!({"organic": []})).await.unwrap().references, []);
    assert!(matches!(found(Search::Web, json!("no results")).await, Err(ProviderError::Refused { .. })));
}

#[tokio::test]
async fn pages_and_news_in_one_answer_are_no_fault() {
    let hit = |link: &str| json!({"title": "t", "link": link});
    let both = json!({"organic": [hit("https://web.example/")], "news": [hit("https://news.example/")], "top": null});
    for (search, url) in [(Search::Web, "https://web.example/"), (Search::News, "https://news.example/")] {
        let found = found(search, both.clone()).await.unwrap();
        assert_eq!(found.references.iter().map(|one| one.url.as_str()).collect::<Vec<_>>(), [url]);
    }
}

#[tokio::test]
async fn one_odd_hit_does_not_cost_the_others() {
    let odd = [json!(null), json!({"title": "t"}), json!({"title": 7, "link": "https://a.example/"})];
    let date = json!({"title": "t", "link": "https://b.example/", "date": 2026, "snippet": null});
    let organic = [odd.as_slice(), &[date]].concat();
    let web = found(Search::Web, json!({"organic": organic})).await.unwrap();
    let [one] = web.references.as_slice() else { panic!("{web:?}") };
    assert_eq!((one.url.as_str(), one.snippet.as_str(), &one.published), ("https://b.example/", "", &None));
}

#[tokio::test]
async fn a_number_that_is_none_does_not_cost_a_search_or_a_photograph() {
    let server = MockServer::start().await;
    let body = r#"{"organic": [{"title": "t", "link": "https://a.example/", "position": 1e400}], "credits": NaN}"#;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
    let photo = r#"{"url": "https://p.example/", "photographer": "Ana", "src": {"landscape": "https://p.example/1.jpg"}, "width": NaN}"#;
    let body = format!(r#"{{"photos": [{{"url": null}}, {photo}], "total_results": 1e400}}"#);
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
    let research = research(&server.uri(), KEYS);
    assert_eq!(research.search(Search::Web, "caching", Language::ENGLISH).await.unwrap().references.len(), 1);
    assert_eq!(research.find("caching").await.unwrap().unwrap().url, "https://p.example/1.jpg");
}

#[tokio::test]
async fn a_search_that_fails_says_how() {
    for (status, transient) in [(429, true), (500, true), (403, false)] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        let error = research(&server.uri(), KEYS).search(Search::Web, "caching", Language::ENGLISH).await.unwrap_err();
        assert_eq!(matches!(error, ProviderError::Unavailable { .. }), transient, "{status}");
    }
}

#[tokio::test]
async fn an_error_within_a_200_is_no_empty_list() {
    let down = found(Search::Web, json!({"error": {"code": 503}})).await;
    assert!(matches!(down, Err(ProviderError::Unavailable { spent: Spent::Nothing, .. })), "{down:?}");
    let refused = found(Search::Web, json!({"error": {"code": 400}})).await;
    assert!(matches!(refused, Err(ProviderError::Refused { spent: Spent::Nothing, .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_found_stays_small_enough_to_be_kept() {
    let hit = |link: String| json!({"title": "t", "link": link});
    let long = format!("https://a.example/{}", "x".repeat(4000));
    let organic = [hit(long), hit("https://b.example/".to_owned())];
    let web = found(Search::Web, json!({"organic": organic})).await.unwrap();
    assert_eq!(web.references.iter().map(|one| one.url.as_str()).collect::<Vec<_>>(), ["https://b.example/"]);
}

#[tokio::test]
async fn a_photograph_comes_with_who_took_it_and_what_may_be_done_with_it() {
    let server = MockServer::start().await;
    let photo = |alt: &str, landscape: &str| {
        json!({
            "id": 1, "width": 4000, "height": 3000, "url": "https://www.pexels.com/photo/1/", "photographer": "Ana Ito",
            "photographer_url": "https://www.pexels.com/@ana", "alt": alt, "src": {"landscape": landscape},
        })
    };
    let photos = [photo("x", "http://insecure.example/1.jpg"), photo("", "https://images.pexels.com/1.jpg?fit=crop")];
    Mock::given(method("GET"))
        .and(path("/v1/search"))
        .and(header("authorization", "key-6"))
        .and(query_param("query", "HTTP caching & you"))
        .and(query_param("orientation", "landscape"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"photos": photos, "total_results": 2})))
        .mount(&server)
        .await;
    let image = research(&server.uri(), KEYS).find("HTTP caching & you").await.unwrap().unwrap();
    assert_eq!(image.url, "https://images.pexels.com/1.jpg?fit=crop");
    assert_eq!(
        (image.photographer.as_deref(), image.alt.as_str()),
        (Some("Ana Ito"), "Photograph: HTTP caching & you")
    );
    assert!(image.licence.is_some_and(|licence| licence.starts_with("Pexels License")));
}
