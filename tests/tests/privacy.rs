//! Personal data: kept in the content, and nowhere else.

use galley_tests::{Galley, answer, request};
use reqwest::Method;
use serde_json::json;

const MAIL: &str = "ana.personal@example.org";
const PHONE: &str = "+49 30 901820";
const CARD: &str = "4111 1111 1111 1111";

#[tokio::test]
async fn what_is_personal_stays_in_the_content() {
    let galley = Galley::start().await;
    let said = format!("Ask {MAIL}, {PHONE}, {CARD}");
    let mut body = request();
    body["topic"] = json!(said);
    let path = galley.create(body).await;
    galley.wait(&path, "awaiting_approval").await;
    let review = json!({"human_feedback": said, "reviewer_id": "dev-editor"});
    galley.post("editor", &format!("{path}/request-changes"), review).await.expect(200);
    galley.wait(&path, "awaiting_approval").await;
    galley.post("author", &format!("{path}/cancel"), json!({"reason": said})).await.expect(200);
    // On its way into the log by every door there is: a path, a header, a refused body, a failure's words.
    answer(galley.request("viewer", Method::GET, &format!("/api/content/tasks/{MAIL}")).header("user-agent", MAIL))
        .await
        .expect(404);
    galley.post("author", "/api/content/tasks", json!({"topic": "x", "style": MAIL})).await.expect(400);

    assert_eq!(galley.get("viewer", &path).await.expect(200).body["topic"], said);
    let events = galley.get("viewer", &format!("{path}/events")).await.expect(200).body;
    let events = events["data"].as_array().unwrap().clone();
    let reasons: Vec<&str> = events.iter().filter_map(|event| event["reason"].as_str()).collect();
    assert_eq!(reasons, ["Ask [email], [phone], [card]"; 2]);
    let mut lines = 0;
    for file in std::fs::read_dir(galley.stack.data().join("logs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        lines += text.lines().count();
        for personal in [MAIL, "901820", CARD] {
            assert!(!text.contains(personal), "{text}");
        }
    }
    assert!(lines > 3);
    // The path of the refused request is there, without whose it was.
    let logged = std::fs::read_to_string(galley.stack.data().join("logs/QueryTasksFunction.log")).unwrap();
    assert!(logged.contains("/api/content/tasks/[email]"), "{logged}");
}
