//! Signed webhooks: every answer, and what takes effect.
#![expect(clippy::unwrap_used, reason = "a broken test bed is a failed test")]

use galley_tests::{Galley, answer, article, now_s, request, sign_with};
use serde_json::{Value, json};

fn generated(event: &str, path: &str) -> Value {
    let id = path.rsplit('/').next().unwrap();
    json!({"event_id": event, "event_type": "content.generated", "task_id": id,
        "content": {"title": "Written elsewhere", "markdown": article("Elsewhere")}})
}

async fn waiting(galley: &Galley) -> String {
    galley.create(json!({"topic": "Waiting for its text", "target_length": 200, "generator": "external"})).await
}

#[tokio::test]
async fn what_is_not_signed_well_gets_nowhere() {
    let galley = Galley::start().await;
    let path = waiting(&galley).await;
    let body = generated("e1", &path).to_string();
    let now = now_s().to_string();
    let good = galley.sign(&now, body.as_bytes());
    let send = |timestamp: Option<String>, signature: Option<String>| {
        let mut request = galley.webhook_request().body(body.clone());
        if let Some(timestamp) = timestamp {
            request = request.header("x-webhook-timestamp", timestamp);
        }
        if let Some(signature) = signature {
            request = request.header("x-webhook-signature", signature);
        }
        answer(request)
    };
    assert_eq!(send(None, Some(good.clone())).await.expect(401).problem(), "signature-missing");
    assert_eq!(send(Some(now.clone()), None).await.expect(401).problem(), "signature-missing");
    for malformed in ["soon", "-1", "1.5", "99999999999999999999"] {
        assert_eq!(send(Some(malformed.into()), Some(good.clone())).await.expect(400).problem(), "malformed-timestamp");
    }
    for offset in [-400, 400] {
        let timestamp = (now_s() + offset).to_string();
        let signature = galley.sign(&timestamp, body.as_bytes());
        assert_eq!(send(Some(timestamp), Some(signature)).await.expect(401).problem(), "signature-invalid");
    }
    for wrong in [galley.sign(&now, b"other"), good[1..].to_owned(), format!("{good},{good}"), "zz".into()] {
        assert_eq!(send(Some(now.clone()), Some(wrong)).await.expect(401).problem(), "signature-invalid");
    }
    let unknown = galley.client.post(format!("{}/api/webhooks/unknown-source", galley.stack.url())).body(body.clone());
    answer(unknown).await.expect(404);
    assert_eq!(galley.wait(&path, "pending").await["version"], 1);
}

#[tokio::test]
async fn content_arrives_once() {
    let galley = Galley::start().await;
    let path = waiting(&galley).await;
    assert_eq!(galley.wait(&path, "pending").await["progress"]["stage"], "awaiting_content");
    let first = galley.webhook(&generated("e1", &path)).await.expect(202);
    assert_eq!(first.body, json!({"event_id": "e1", "duplicate": false}));
    let again = galley.webhook(&generated("e1", &path)).await.expect(200);
    assert_eq!(again.body["duplicate"], true);
    let task = galley.wait(&path, "awaiting_approval").await;
    assert_eq!((&task["title"], &task["revision"]), (&json!("Written elsewhere"), &json!(1)));
    // Content for a task that does not wait is recorded and ignored.
    galley.webhook(&generated("e2", &path)).await.expect(202);
    let settled = waiting(&galley).await;
    galley.webhook(&generated("e3", &settled)).await.expect(202);
    galley.wait(&settled, "awaiting_approval").await;
    assert_eq!(galley.wait(&path, "awaiting_approval").await["revision"], 1);
}

#[tokio::test]
async fn a_body_that_says_too_little_is_told_so() {
    let galley = Galley::start().await;
    for (body, field) in [
        (json!({"event_type": "content.generated"}), "event_id"),
        (
            json!({"event_id": "a", "event_type": "content.generated", "content": {"title": "T", "html": "x"}}),
            "task_id",
        ),
        (json!({"event_id": "a", "event_type": "content.requested"}), "request"),
        (json!({"event_id": "a", "event_type": "content.requested", "request": {"topic": "x"}}), "request.topic"),
    ] {
        let refused = galley.webhook(&body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
}

#[tokio::test]
async fn a_requested_task_is_made_and_drafted() {
    let galley = Galley::start().await;
    galley
        .webhook(&json!({"event_id": "r1", "event_type": "content.requested", "request": request()}))
        .await
        .expect(202);
    galley
        .webhook(&json!({"event_id": "r1", "event_type": "content.requested", "request": request()}))
        .await
        .expect(200);
    let task = loop {
        let list = galley.get("viewer", "/api/content/tasks").await.expect(200).body;
        if let Some(task) = list["data"].as_array().unwrap().first() {
            break task.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(task["requested_by"], "webhook-content-generated");
    galley.wait(&format!("/api/content/tasks/{}", task["task_id"].as_str().unwrap()), "awaiting_approval").await;
    assert_eq!(galley.get("viewer", "/api/content/tasks").await.expect(200).body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unknown_type_is_taken_and_ignored() {
    let galley = Galley::start().await;
    galley.webhook(&json!({"event_id": "u1", "event_type": "content.sung"})).await.expect(202);
}

#[tokio::test]
async fn a_body_that_travels_as_base64_verifies_over_its_bytes() {
    let galley = Galley::start().await;
    let path = waiting(&galley).await;
    let body = generated("b64", &path).to_string();
    let now = now_s().to_string();
    // Without a textual media type the gateway encodes the body.
    let request = galley.client.post(format!("{}/api/webhooks/content-generated", galley.stack.url()));
    let signature = galley.sign(&now, body.as_bytes());
    answer(request.header("x-webhook-timestamp", now).header("x-webhook-signature", signature).body(body))
        .await
        .expect(202);
    galley.wait(&path, "awaiting_approval").await;
}

#[tokio::test]
async fn a_rotated_secret_counts_at_once_and_the_old_one_still() {
    let galley = Galley::start().await;
    let name = "galley/dev/webhooks/content-generated";
    let old = galley.stack.secret(name).unwrap();
    galley.stack.rotate_secret(name, "the-new-one-of-them").await.unwrap();
    for (event, secret) in [("new", "the-new-one-of-them"), ("old", old.as_str())] {
        let body = json!({"event_id": event, "event_type": "content.sung"}).to_string();
        let now = now_s().to_string();
        let signature = sign_with(secret, &now, body.as_bytes());
        answer(
            galley
                .webhook_request()
                .header("x-webhook-timestamp", now)
                .header("x-webhook-signature", signature)
                .body(body),
        )
        .await
        .expect(202);
    }
}
