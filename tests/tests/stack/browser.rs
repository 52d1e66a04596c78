//! What Galley stored and served, in a real browser: no script runs, nobody leaves the page, no name is taken over.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{collections::BTreeMap, io::Write, process::Stdio, time::Duration};

use galley_tests::{Answer, Galley, answer, browser, options, payloads};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

/// Loads every page and says what happened in each.
fn watched(pages: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let mut child = browser::python("watch.py").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!({"pages": pages}).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the browser could not be run");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asks until the gateway's throttle lets it through.
async fn patiently(asked: impl Fn() -> RequestBuilder) -> Answer {
    loop {
        let answered = answer(asked()).await;
        if answered.status != 429 {
            return answered;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Saves `body` as the next revision of the task and reads it back. What leaves nothing is refused, and nothing stored.
async fn served(galley: &Galley, task: &str, body: Value) -> Option<String> {
    let saved = patiently(|| galley.request("author", Method::PUT, &format!("{task}/draft")).json(&body)).await;
    if saved.status == 400 {
        assert_eq!(saved.body["errors"][0]["message"], "the content must not be empty", "{}", saved.body);
        return None;
    }
    let path = format!("{task}/revisions/{}", saved.expect(200).body["revision"]);
    Some(patiently(|| galley.request("viewer", Method::GET, &path)).await.expect(200).text("content"))
}

#[tokio::test]
async fn nothing_that_was_cleaned_does_anything() {
    let mut unhurried = options();
    unhurried.parameters.insert("ReadPerMinute".into(), "1000000".into());
    let galley = Galley::with(unhurried).await;
    let task = galley.drafted().await;
    let html = payloads::html().into_iter().map(|payload| ("html", payload));
    let markdown = payloads::markdown().into_iter().map(|payload| ("markdown", payload));
    let mut cleaned = BTreeMap::new();
    for (field, payload) in html.chain(markdown) {
        let body = json!({"title": "An article", field: payload.text});
        cleaned.extend(served(&galley, &task, body).await.map(|stored| (payload.name, stored)));
    }
    assert!(cleaned.len() >= 500, "{}", cleaned.len());
    let harm: BTreeMap<_, _> = watched(&cleaned).into_iter().filter(|(_, happened)| !happened.is_empty()).collect();
    let shown: Vec<_> = harm.iter().map(|(name, happened)| (name, happened, &cleaned[name])).collect();
    assert!(harm.is_empty(), "{shown:#?}");
}

#[tokio::test]
async fn a_key_that_is_entered_on_the_apis_page_is_kept_for_the_session_of_its_tab() {
    let galley = Galley::start().await;
    let given = json!({"url": galley.stack.url(), "key": galley.key("viewer")});
    let mut command = tokio::process::Command::from(browser::python("docs.py"));
    let command = command.stdin(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The control: the same watcher sees the harm when nobody cleans.
#[test]
fn what_was_not_cleaned_does_harm() {
    let raw: BTreeMap<String, String> = payloads::html()
        .into_iter()
        .filter(|payload| payload.name.contains(" in alone, plain") || payload.name.starts_with("trick"))
        .map(|payload| (payload.name, payload.text))
        .collect();
    let harmful = watched(&raw).into_values().filter(|happened| !happened.is_empty()).count();
    assert!(harmful * 2 > raw.len(), "{harmful} of {}", raw.len());
}
