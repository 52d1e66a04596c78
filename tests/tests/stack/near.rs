//! Near duplicates through the front door: told before a task is asked for, and before its text goes live.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_testkit::prose;
use galley_tests::{Galley, answer};
use reqwest::Method;
use serde_json::{Value, json};

const TASKS: &str = "/api/content/tasks";

/// A task on `topic` with a text of so many paragraphs of a stock of prose, from `from` on.
async fn written(galley: &Galley, topic: &str, from: usize) -> (String, String) {
    let mut asked = galley_tests::request();
    asked["topic"] = json!(topic);
    let path = galley.create(asked).await;
    galley.wait(&path, "awaiting_approval").await;
    let part = |nth: usize| format!("## Part {nth}\n\n{}\n\n", prose::about(topic, 80, from + 11 * nth));
    let markdown: String = (0..4).map(part).collect();
    let draft = galley.request("author", Method::PUT, &format!("{path}/draft"));
    answer(draft.json(&json!({"title": topic, "markdown": markdown}))).await.expect(200);
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    (path, id)
}

async fn near(galley: &Galley, path: &str) -> Vec<Value> {
    let review = galley.get("editor", &format!("{path}/review")).await.expect(200);
    review.body["near"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn what_is_nearly_the_same_is_told_before_it_is_asked_for_and_before_it_goes_live() {
    let galley = Galley::start().await;
    let (first, id) = written(&galley, "How HTTP caching works", 0).await;
    assert_eq!(near(&galley, &first).await, [] as [Value; 0]);
    galley.approve(&first, json!({"revision": 2, "override_blockers": false})).await.expect(200);
    assert_eq!(near(&galley, &first).await, [] as [Value; 0], "an article is not near to itself");

    let (second, second_id) = written(&galley, "HTTP caching, and how it works", 0).await;
    let told = near(&galley, &second).await;
    let by = |of: &str| told.iter().find(|one| one["near_in"] == of).cloned().unwrap_or_default();
    for of in ["subject", "text"] {
        assert_eq!((&by(of)["task_id"], &by(of)["status"]), (&json!(id), &json!("published")), "{told:?}");
    }
    assert_eq!(by("subject")["likeness"], 100);
    let (other, _) = written(&galley, "What weaving needs", 400).await;
    assert_eq!(near(&galley, &other).await, [] as [Value; 0]);

    let estimate = async |topic: &str| {
        let asked = json!({"topic": topic, "target_length": 200});
        galley.post("author", &format!("{TASKS}/estimate"), asked).await.expect(200).body["near"].clone()
    };
    let found = estimate("How does HTTP caching work?").await;
    let ids: Vec<&str> = found.as_array().into_iter().flatten().filter_map(|one| one["task_id"].as_str()).collect();
    assert!(ids.len() == 2 && ids.contains(&id.as_str()) && ids.contains(&second_id.as_str()), "{found}");
    assert_eq!(estimate("How DNS caching works").await, json!([]));
    let asked = json!({"topic": "How HTTP caching works"});
    let rivals = galley.post("rival", &format!("{TASKS}/estimate"), asked).await.expect(200).body["near"].clone();
    assert_eq!(rivals, json!([]), "another tenant's articles are nobody's");
}
