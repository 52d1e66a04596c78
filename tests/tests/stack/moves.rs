//! Every state through the front door: what leads out of it, and one thing that does not.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_tests::{Galley, answer, model::galley_with_model, request};
use reqwest::Method;
use serde_json::{Value, json};

const MOVES: [&str; 7] = ["approve", "reject", "request-changes", "cancel", "retry", "unpublish", "publish"];

fn body(action: &str) -> Value {
    let review = json!({"human_feedback": "Because the table says so", "reviewer_id": "dev-admin"});
    match action {
        "approve" => {
            let mut body = review;
            body["approved"] = json!(true);
            body["override_blockers"] = json!(true);
            body
        }
        "reject" | "request-changes" => review,
        "publish" => {
            let mut body = review;
            body["revision"] = json!(1);
            body["override_blockers"] = json!(true);
            body
        }
        _ => json!({"reason": "A test of moves"}),
    }
}

/// Every move but the `legal` ones is refused with the present state, and changes nothing.
async fn refuses_all_but(galley: &Galley, path: &str, state: &str, legal: &[&str]) {
    let version = galley.wait(path, state).await["version"].clone();
    for action in MOVES.iter().filter(|action| !legal.contains(action)) {
        let refused = galley.post("admin", &format!("{path}/{action}"), body(action)).await;
        assert_eq!(
            (refused.status, refused.body["state"].as_str()),
            (409, Some(state)),
            "{state} {action}: {}",
            refused.body
        );
        assert_eq!(refused.problem(), "illegal-move");
    }
    if !["awaiting_approval", "published"].contains(&state) {
        let draft = json!({"title": "Not now", "markdown": "Text."});
        let refused =
            answer(galley.request("admin", Method::PUT, &format!("{path}/draft")).json(&draft)).await.expect(409);
        assert_eq!(refused.body["state"], state);
    }
    assert_eq!(galley.wait(path, state).await["version"], version);
}

async fn go(galley: &Galley, path: &str, action: &str) {
    galley.post("admin", &format!("{path}/{action}"), body(action)).await.expect(200);
}

#[tokio::test]
async fn pending_can_only_be_cancelled() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    refuses_all_but(&galley, &path, "pending", &["cancel"]).await;
    go(&galley, &path, "cancel").await;
    refuses_all_but(&galley, &path, "cancelled", &[]).await;
}

#[tokio::test]
async fn generating_can_only_be_cancelled() {
    let (galley, model) = galley_with_model(&[]).await;
    let path = galley.create(request()).await;
    model.asked.notified().await;
    refuses_all_but(&galley, &path, "generating", &["cancel"]).await;
    go(&galley, &path, "cancel").await;
    galley.wait(&path, "cancelled").await;
}

#[tokio::test]
async fn awaiting_approval_is_decided_edited_or_cancelled() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    refuses_all_but(&galley, &path, "awaiting_approval", &["approve", "reject", "request-changes", "cancel"]).await;
    galley.write(&path, "Edited while it waits").await.expect(200);
    go(&galley, &path, "request-changes").await;
    galley.wait(&path, "awaiting_approval").await;
    go(&galley, &path, "reject").await;
    refuses_all_but(&galley, &path, "rejected", &[]).await;
    let other = galley.drafted().await;
    go(&galley, &other, "cancel").await;
}

#[tokio::test]
async fn approved_waits_or_is_cancelled() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let mut decision = body("approve");
    decision["publish_at"] = json!((jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string());
    galley.post("admin", &format!("{path}/approve"), decision).await.expect(200);
    refuses_all_but(&galley, &path, "approved", &["cancel"]).await;
    go(&galley, &path, "cancel").await;
    galley.wait(&path, "cancelled").await;
}

#[tokio::test]
async fn published_is_edited_sent_back_rolled_back_or_taken_down() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    go(&galley, &path, "approve").await;
    refuses_all_but(&galley, &path, "published", &["request-changes", "unpublish", "publish"]).await;
    let url = galley.wait(&path, "published").await["published_url"].as_str().unwrap().to_owned();
    let first = galley.get("nobody", &url).await.expect(200).text("title");

    // The live article stays until a new decision replaces it.
    galley.write(&path, "A second version").await.expect(200);
    assert_eq!(galley.get("nobody", &url).await.expect(200).text("title"), first);
    galley.approve(&path, json!({"revision": 2})).await.expect(200);
    assert_eq!(galley.get("nobody", &url).await.expect(200).text("title"), "A second version");
    go(&galley, &path, "publish").await;
    assert_eq!(galley.get("nobody", &url).await.expect(200).text("title"), first);

    // Taken down while another text is edited.
    galley.write(&path, "A third version").await.expect(200);
    go(&galley, &path, "unpublish").await;
    refuses_all_but(&galley, &path, "archived", &[]).await;
    galley.get("nobody", &url).await.expect(404);
}

#[tokio::test]
async fn an_author_cannot_take_a_live_article_down() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    go(&galley, &path, "approve").await;
    let task = galley.wait(&path, "published").await;
    let url = task["published_url"].as_str().unwrap_or_default();
    let id = path.rsplit('/').next().unwrap_or_default();
    let bulk = json!({"ids": [id], "action": "cancel", "body": {}});
    for (cancel, body) in [(format!("{path}/cancel"), json!({})), ("/api/content/tasks/bulk/update".to_owned(), bulk)] {
        let draft = json!({"title": "Another text", "markdown": galley_tests::article("Another text")});
        answer(galley.request("author", Method::PUT, &format!("{path}/draft")).json(&draft)).await.expect(200);
        galley.post("author", &cancel, body).await.expect(200);
        let task = galley.wait(&path, "published").await;
        assert_eq!((&task["published_url"], &task["live_revision"]), (&json!(url), &json!(1)));
        galley.get("nobody", url).await.expect(200);
    }
    galley.post("author", &format!("{path}/unpublish"), json!({})).await.expect(403);
    // What an editor approved, an editor takes back.
    galley.write(&path, "A last version").await.expect(200);
    let mut decision = body("approve");
    decision["revision"] = galley.wait(&path, "awaiting_approval").await["revision"].clone();
    decision["publish_at"] = json!((jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string());
    galley.post("admin", &format!("{path}/approve"), decision).await.expect(200);
    galley.post("author", &format!("{path}/cancel"), json!({})).await.expect(403);
    galley.post("editor", &format!("{path}/cancel"), json!({})).await.expect(200);
    galley.wait(&path, "published").await;
    galley.get("nobody", url).await.expect(200);
}

#[tokio::test]
async fn a_live_article_survives_the_end_of_its_next_text() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Written elsewhere", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap_or_default();
    let content = json!({"title": "Written elsewhere", "markdown": galley_tests::article("Written elsewhere")});
    let sent = json!({"event_id": "c1", "event_type": "content.generated", "task_id": id, "content": content});
    galley.webhook(&sent).await.expect(202);
    galley.wait(&path, "awaiting_approval").await;
    go(&galley, &path, "approve").await;
    let url = galley.wait(&path, "published").await["published_url"].as_str().unwrap_or_default().to_owned();
    // The changes that an editor wants never come.
    go(&galley, &path, "request-changes").await;
    let failed =
        json!({"event_id": "f1", "event_type": "content.failed", "task_id": id, "error": {"message": "no ink"}});
    galley.webhook(&failed).await.expect(202);
    let task = galley.wait(&path, "published").await;
    assert_eq!((&task["error"]["code"], &task["published_url"]), (&json!("external_failed"), &json!(url)));
    // Nor does the edit that an editor turns down.
    galley.write(&path, "Another text").await.expect(200);
    go(&galley, &path, "reject").await;
    let task = galley.wait(&path, "published").await;
    assert_eq!((&task["error"], &task["approval"]["decision"]), (&Value::Null, &json!("rejected")));
    galley.get("nobody", &url).await.expect(200);
    // What is wanted next is wanted of the article, and not of what was turned down.
    go(&galley, &path, "request-changes").await;
    let task = galley.wait(&path, "pending").await;
    assert_eq!((&task["revision"], &task["approval"]["revision"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn failed_is_only_retried() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap();
    let failed =
        json!({"event_id": "f1", "event_type": "content.failed", "task_id": id, "error": {"message": "no ink"}});
    galley.webhook(&failed).await.expect(202);
    let task = galley.wait(&path, "failed").await;
    assert_eq!(task["error"]["code"], "external_failed");
    assert_eq!(task["error"]["message"], "no ink");
    refuses_all_but(&galley, &path, "failed", &["retry"]).await;
    go(&galley, &path, "retry").await;
    assert_eq!(galley.wait(&path, "pending").await["error"], Value::Null);
}

#[tokio::test]
async fn of_two_reviewers_one_wins() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let (approve, reject) = (format!("{path}/approve"), format!("{path}/reject"));
    let (approved, rejected) =
        tokio::join!(galley.post("admin", &approve, body("approve")), galley.post("admin", &reject, body("reject")));
    let mut statuses = [approved.status, rejected.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", approved.body, rejected.body);
    let loser = if approved.status == 409 { approved } else { rejected };
    assert!(["published", "rejected"].contains(&loser.body["state"].as_str().unwrap()), "{}", loser.body);
}

#[tokio::test]
async fn a_repeated_decision_gets_its_first_answer() {
    let galley = Galley::start().await;
    let path = format!("{}/approve", galley.drafted().await);
    let first = galley.post_with_key("admin", &path, "once", body("approve")).await.expect(200);
    let again = galley.post_with_key("admin", &path, "once", body("approve")).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body, first.body);
    let mut other = body("approve");
    other["human_feedback"] = json!("Another body altogether");
    galley.post_with_key("admin", &path, "once", other).await.expect(422);
    assert_eq!(galley.post("admin", "/api/content/tasks", request()).await.status, 201);
}
