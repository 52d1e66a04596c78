//! `make screenshots`: pictures of every page of the console, with what fake providers have written, into docs/console.
#![expect(clippy::unwrap_used, reason = "what cannot be photographed fails by a panic")]

use galley_local::fake_providers::Temper;
use galley_tests::{answer, browser, fixture::with_fake_providers, root};
use reqwest::Method;
use serde_json::json;

const TOPICS: [&str; 6] = [
    "How HTTP caching works",
    "What an ETag is for",
    "Queues and what happens to a message that fails",
    "Reading a flame graph",
    "Migrations without downtime",
    "Writing alternative text that helps",
];

#[tokio::main]
async fn main() {
    let fixture = with_fake_providers(Temper { scores: vec![86], ..Temper::default() }, &[]).await;
    let galley = &fixture.galley;
    let mut first = String::new();
    for (nth, topic) in TOPICS.iter().enumerate().rev() {
        let tags = if nth % 2 == 0 { json!(["http", "caching"]) } else { json!(["craft"]) };
        let (path, _) = fixture.drafted(json!({"topic": topic, "target_length": 400, "tags": tags})).await;
        first = path;
    }
    galley.published("An article that is live").await;
    // Its second revision has something to compare with the first.
    let text = galley.get("editor", &format!("{first}/revisions/1")).await.expect(200).text("markdown");
    let text = text.replacen("Nobody", "Hardly anybody", 3);
    let edit = galley.request("author", Method::PUT, &format!("{first}/draft"));
    answer(edit.json(&json!({"title": TOPICS[0], "markdown": text}))).await.expect(200);
    let task = first.rsplit('/').next().unwrap_or_default();
    let folder = root().join("docs/console");
    std::fs::create_dir_all(&folder).unwrap();
    browser::play(galley, "screenshots", json!({"task": task, "folder": folder})).await;
}
