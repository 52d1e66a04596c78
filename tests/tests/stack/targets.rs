//! Articles on a real WordPress: through the front door, as an admin, an editor and a reader see them.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

use axum::{Router, routing::get};
use galley_adapters::{callback_sender::HttpCallbackSender, targets::HttpTargets};
use galley_domain::{
    access::route::Route,
    kernel::ids::TaskId,
    outbox::{
        kinds::wordpress::{UserName, WordPress as Settings},
        port::{Mark, Piece, PublishingTarget, Site},
        target::TargetSettings,
        trouble::Why,
    },
    task::revision::Image,
};
use galley_testkit::{
    build::a_target,
    target_contract::{self, Addresses, Drafts, Kept},
};
use galley_tests::{Galley, answer, options, wordpress::WordPress};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::api_examples::Document;

const TARGETS: &str = "/api/admin/targets";

async fn beside(wordpress: &WordPress) -> Galley {
    let mut options = options();
    options.parameters.insert("CallbackStandIns".into(), wordpress.stand_in());
    Galley::with(options).await
}

/// The one placement of a task, once it rests in `state`.
pub(crate) async fn placed(galley: &Galley, task: &str, state: &str) -> Value {
    let path = format!("{task}/targets");
    let look = async || galley.get("viewer", &path).await.expect(200).body["data"][0].clone();
    galley.until(async || look().await["status"] == state).await;
    look().await
}

pub(crate) async fn publish(galley: &Galley, task: &str, title: &str) {
    let revision = galley.write(task, title).await.expect(200).body["revision"].clone();
    galley.approve(task, json!({"revision": revision})).await.expect(200);
}

#[tokio::test]
async fn wordpress_keeps_the_contract_of_targets() {
    let wordpress = WordPress::start();
    let targets = HttpTargets::new(HttpCallbackSender::new(wordpress.stand_in().parse().unwrap()));
    for (user, kept) in [("editor", Kept::AsSent), ("author", Kept::Perhaps)] {
        let settings = Settings { username: UserName::try_from(user.to_owned()).unwrap(), author: None };
        let target =
            galley_domain::outbox::target::Target { settings: TargetSettings::Wordpress(settings), ..a_target("blog") };
        let secret = SecretString::from(wordpress.password(user));
        let site = Site { target: &target, secret: &secret };
        target_contract::holds_for(&targets, site, user, (kept, Drafts::There, Addresses::OfSlug)).await;

        let wrong = SecretString::from("not the password of anybody");
        let refused = targets.greet(Site { target: &target, secret: &wrong }).await.unwrap_err();
        assert!(matches!(refused.why, Why::NotLoggedIn | Why::CredentialsRefused), "{refused:?}");
    }
    let posts = wordpress.posts().await;
    assert_eq!(posts.len(), 4, "an article and a thread of each");
    // Categories and tags are made once, by whoever may make them.
    let tags = wordpress.ask(Method::GET, "/tags", None).await;
    let names: Vec<&str> = tags.as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for post in &posts {
        assert_eq!(post["tags"].as_array().unwrap().len(), 2, "{post}");
        let category = wordpress.ask(Method::GET, &format!("/categories/{}", post["categories"][0]), None).await;
        assert_eq!(category["name"], "Web");
    }
}

#[tokio::test]
async fn an_article_reaches_wordpress_once_and_follows_every_later_change() {
    let wordpress = WordPress::start();
    let galley = beside(&wordpress).await;
    let made = galley.post("admin", TARGETS, wordpress.target("blog", "editor")).await.expect(201);
    assert!(!made.body.to_string().contains(wordpress.password("editor")), "the secret is write-only");
    let tested = galley.post("admin", &format!("{TARGETS}/blog/test"), json!({})).await.expect(200);
    assert_eq!(tested.body, json!({"ready": true, "trouble": null, "message": null}));

    let body = json!({"topic": "How HTTP caching works", "target_length": 200, "quality_preference": "fast",
        "publish_to": ["blog"], "tags": ["http"], "categories": ["Web"]});
    let task = galley.create(body).await;
    galley.wait(&task, "awaiting_approval").await;
    assert_eq!(galley.get("viewer", &format!("{task}/targets")).await.expect(200).body, json!({"data": []}));
    publish(&galley, &task, "Caching in practice").await;
    let first = placed(&galley, &task, "placed").await;
    assert_eq!((&first["target"], &first["attempts"], &first["last_error"]), (&json!("blog"), &json!(1), &Value::Null));
    let url = first["remote_url"].as_str().unwrap().to_owned();
    assert!(url.ends_with("/caching-in-practice/"), "{url}");
    let (status, page) = wordpress.page("/?rest_route=/wp/v2/posts&slug=caching-in-practice").await;
    assert_eq!(status, 200);
    assert!(page.contains("Caching in practice is about caching."), "readers see it");
    let kept = galley.get("viewer", &task).await.expect(200).body["content"].as_str().unwrap().to_owned();
    let posts = wordpress.posts().await;
    assert_eq!(posts.len(), 1);
    assert!(posts[0]["content"]["raw"].as_str().unwrap().contains(&kept), "byte for byte what was approved");

    publish(&galley, &task, "Caching, explained better").await;
    galley.until(async || wordpress.posts().await[0]["title"]["raw"] == "Caching, explained better").await;
    let second = placed(&galley, &task, "placed").await;
    assert_eq!((&second["remote_id"], second["remote_url"].as_str()), (&first["remote_id"], Some(url.as_str())));

    let id = second["remote_id"].as_str().unwrap();
    let by_hand = json!({"title": "As the editors there want it"});
    wordpress.ask(Method::POST, &format!("/posts/{id}"), Some(by_hand)).await;
    publish(&galley, &task, "Caching, a third time").await;
    let conflict = placed(&galley, &task, "conflict").await;
    assert_eq!(conflict["last_error"], "edited_there");
    assert_eq!(wordpress.posts().await[0]["title"]["raw"], "As the editors there want it");
    let retry = format!("{task}/targets/blog/retry");
    galley.post("author", &retry, json!({"resolution": "overwrite"})).await.expect(403);
    let document = Document::of(&galley).await;
    let retried = galley.post("editor", &retry, document.example(Route::RetryPlacement)).await;
    document.holds_for_an_example(Route::RetryPlacement, &retried);
    placed(&galley, &task, "placed").await;
    assert_eq!(wordpress.posts().await[0]["title"]["raw"], "Caching, a third time");

    galley.post("editor", &format!("{task}/unpublish"), json!({})).await.expect(200);
    placed(&galley, &task, "gone").await;
    let posts = wordpress.posts().await;
    assert_eq!((posts.len(), &posts[0]["status"]), (1, &json!("draft")));
}

/// The smallest PNG.
pub(crate) const PNG: [u8; 70] = *b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0dIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82";

#[tokio::test]
async fn a_picture_is_uploaded_once_with_its_text_and_its_credit_and_what_is_none_is_left_out() {
    let wordpress = WordPress::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stand_ins = format!("{},images.example.com={}", wordpress.stand_in(), listener.local_addr().unwrap());
    let router = Router::new()
        .route("/a.png", get(|| async { ([("content-type", "text/html")], PNG) }))
        .route("/drawn.png", get(|| async { ([("content-type", "image/png")], "<svg onload='alert(1)'/>") }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let targets = HttpTargets::new(HttpCallbackSender::new(stand_ins.parse().unwrap()));
    let (target, secret) = (a_target("blog"), SecretString::from(wordpress.password("editor")));
    let site = Site { target: &target, secret: &secret };
    let mark = |of: &str| Mark::of(&TaskId::new(format!("task_{}", "0".repeat(32))).unwrap(), &of.parse().unwrap());
    let pictured = |name: &str| {
        let (photographer, licence) = (Some("Ana & <b>Bo</b>".to_owned()), Some("CC0".to_owned()));
        let url = format!("https://images.example.com/{name}");
        let image = Image { url, alt: "A \"cache\"".to_owned(), photographer, licence, page: None };
        Piece { image: Some(image), ..target_contract::a_piece("With a picture") }
    };
    // Twice, as after an answer that got lost.
    for _ in 0..2 {
        let draft = targets.draft(site, &mark("blog"), &pictured("a.png")).await.unwrap();
        assert!(draft.pictured);
    }
    let media = wordpress.ask(Method::GET, "/media?context=edit", None).await;
    assert_eq!(media.as_array().unwrap().len(), 1, "{media}");
    assert_eq!((&media[0]["alt_text"], &media[0]["mime_type"]), (&json!("A \"cache\""), &json!("image/png")));
    assert_eq!(media[0]["caption"]["raw"], "Ana &amp; &lt;b&gt;Bo&lt;/b&gt;, CC0");
    assert!(wordpress.posts().await.iter().all(|post| post["featured_media"] == media[0]["id"]));
    for name in ["drawn.png", "missing.png"] {
        let draft = targets.draft(site, &mark(name.trim_end_matches(".png")), &pictured(name)).await.unwrap();
        assert!(!draft.pictured, "{name}");
    }
    assert_eq!(wordpress.ask(Method::GET, "/media", None).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_target_is_its_tenants_and_what_is_not_there_is_refused() {
    let galley = Galley::start().await;
    let settings = json!({"kind": "wordpress", "username": "editor"});
    let target = |url: &str| {
        json!({"name": "blog", "url": url, "settings": settings, "secret": "not a real password",
        "default_for": ["blog_post"]})
    };
    for url in ["http://blog.example.com", "https://127.0.0.1", "https://localhost", "https://blog.example.com/?a=b"] {
        let refused = galley.post("admin", TARGETS, target(url)).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], "url", "{url}");
    }
    let body = |names: Value| json!({"topic": "How HTTP caching works", "publish_to": names});
    let refused = galley.post("author", "/api/content/tasks", body(json!(["blog"]))).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "publish_to");
    galley.post("admin", TARGETS, target("https://blog.example.com")).await.expect(201);
    assert_eq!(
        galley.post("admin", TARGETS, target("https://blog.example.com")).await.expect(409).problem(),
        "target-taken"
    );
    // Made within the last minute, and named all the same.
    let task = galley.post("author", "/api/content/tasks", body(json!(["blog"]))).await.expect(201);
    assert_eq!(task.body["publish_to"], json!(["blog"]));
    let none = galley.post("author", "/api/content/tasks", body(json!([]))).await.expect(201);
    assert_eq!(none.body["publish_to"], json!([]));
    assert_eq!(galley.get("rival", TARGETS).await.expect(200).body, json!({"data": []}));
    galley.get("rival", &format!("{TARGETS}/blog")).await.expect(404);
    let patch = |body: Value| answer(galley.request("admin", Method::PATCH, &format!("{TARGETS}/blog")).json(&body));
    assert!(patch(json!({"paused": true})).await.expect(200).body["pause"]["because"].is_null());
    let moved = patch(json!({"paused": false, "url": "https://blog.example.org"})).await.expect(200).body;
    assert_eq!((&moved["pause"], &moved["has_secret"]), (&Value::Null, &json!(false)), "another host drops the secret");
    let tested = galley.post("admin", &format!("{TARGETS}/blog/test"), json!({})).await.expect(200);
    assert_eq!((&tested.body["ready"], &tested.body["trouble"]), (&json!(false), &json!("no_secret")));
    answer(galley.request("admin", Method::DELETE, &format!("{TARGETS}/blog"))).await.expect(204);
    galley.get("admin", &format!("{TARGETS}/blog")).await.expect(404);
}
