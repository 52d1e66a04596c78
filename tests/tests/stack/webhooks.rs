//! Signed webhooks: every answer, and what takes effect.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_testkit::sign;
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
    assert_eq!(send(None, Some(good.clone())).await.expect(401).problem(), "signature-invalid");
    assert_eq!(send(Some(now.clone()), None).await.expect(401).problem(), "signature-invalid");
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
    assert_eq!(galley.wait(&path, "pending").await["version"], 1);
}

/// Neither whether there is such a source, nor how it signs, nor whether the time or the key was wrong.
#[tokio::test]
async fn nobody_learns_which_sources_exist() {
    let galley = Galley::start().await;
    let made = json!({"source": "cms", "scheme": "standard"});
    galley.post("admin", "/api/admin/webhook-sources", made).await.expect(201);
    let body = json!({"event_id": "e1", "event_type": "content.sung"}).to_string();
    let now = now_s().to_string();
    let old = (now_s() - 400).to_string();
    let wrong = sign_with("somebody else's secret", &now, body.as_bytes());
    let headers: [&[(&str, &str)]; 5] = [
        &[],
        &[("x-webhook-timestamp", &now), ("x-webhook-signature", &wrong)],
        &[("x-webhook-timestamp", &old), ("x-webhook-signature", &galley.sign(&old, body.as_bytes()))],
        &[("webhook-id", "msg_1"), ("webhook-timestamp", &now), ("webhook-signature", "v1,AAAA")],
        &[("x-hub-signature-256", "sha256=00")],
    ];
    let mut answers = Vec::new();
    for source in ["content-generated", "default/cms", "default/nobodys", "nobodys", "nobody/nobodys", "rival/cms"] {
        for headers in headers {
            let url = format!("{}/api/webhooks/{source}", galley.stack.url());
            let request = galley.client.post(url).body(body.clone());
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let mut refused = answer(request).await.expect(401).body;
            refused["instance"] = Value::Null;
            refused["request_id"] = Value::Null;
            answers.push(refused);
        }
        // Said before anything is looked up, to whoever signs as the scheme does.
        let url = format!("{}/api/webhooks/{source}", galley.stack.url());
        let signed = || {
            let sent = galley.client.post(&url).header("x-webhook-signature", &wrong);
            sent.header("webhook-signature", "v1,AAAA").body(body.clone())
        };
        for (name, value) in
            [("x-webhook-timestamp", "soon"), ("webhook-timestamp", "-1"), ("stripe-signature", "t=1.5")]
        {
            let refused = answer(signed().header(name, value)).await.expect(400);
            assert_eq!(refused.problem(), "malformed-timestamp");
        }
        for id in ["msg.1", &"m".repeat(129)] {
            let refused = answer(signed().header("webhook-id", id)).await.expect(400);
            assert_eq!(refused.body["errors"][0]["field"], "webhook-id", "{}", refused.body);
        }
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
}

/// As `PUT …/draft` refuses them: a 202 would be a promise that nothing keeps.
#[tokio::test]
async fn a_text_that_could_be_no_draft_is_refused_while_the_sender_listens() {
    let galley = Galley::start().await;
    let path = waiting(&galley).await;
    let id = path.rsplit('/').next().unwrap();
    let long = "<p>word</p>".repeat(19_000);
    for (content, field) in [
        (json!({"title": "ab", "markdown": article("Elsewhere")}), "content.title"),
        (json!({"title": "A picture alone", "html": "<img src=\"https://example.com/a.png\" alt=\"A\">"}), "content"),
        (json!({"title": "Nothing at all", "markdown": " "}), "content"),
        (json!({"title": "Much too long", "html": long}), "content.html"),
    ] {
        let body = json!({"event_id": "e1", "event_type": "content.generated", "task_id": id, "content": content});
        let refused = galley.webhook(&body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
    for (hidden, field) in [
        (json!({"topic": "\u{200d}\u{200e}\u{fe0f}"}), "request.topic"),
        (json!({"topic": "A topic", "metadata": {"note": "a\u{202e}b"}}), "request.metadata.note"),
    ] {
        let body = json!({"event_id": "e1", "event_type": "content.requested", "request": hidden});
        let refused = galley.webhook(&body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
    // What was refused is not recorded: the same event, put right, takes effect.
    galley.webhook(&generated("e1", &path)).await.expect(202);
    galley.wait(&path, "awaiting_approval").await;
}

/// What GitHub sends where its settings were left as they are.
#[tokio::test]
async fn githubs_form_is_read() {
    let galley = Galley::start().await;
    let made = json!({"source": "hub", "scheme": "github"});
    let made = galley.post("admin", "/api/admin/webhook-sources", made).await.expect(201);
    let (secret, path) = (made.text("secret"), made.text("path"));
    let send = |body: String| {
        let signature = hex::encode(sign::mac(secret.as_bytes(), &[body.as_bytes()]));
        let request = galley.client.post(format!("{}{path}", galley.stack.url()));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        answer(request.header("x-hub-signature-256", format!("sha256={signature}")).body(body))
    };
    let event = json!({"action": "content.requested", "client_payload": {"request": request()}}).to_string();
    let form = |field: &str| {
        let url = reqwest::Url::parse_with_params("https://form.example", [(field, &event)]).unwrap();
        url.query().unwrap().to_owned()
    };
    let refused = send(form("body")).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "payload");
    send(form("payload")).await.expect(202);
    galley
        .until(async || {
            let list = galley.get("viewer", "/api/content/tasks").await.expect(200).body;
            list["data"][0]["requested_by"] == "webhook-hub"
        })
        .await;
}

#[tokio::test]
async fn identity_is_no_encoding() {
    let galley = Galley::start().await;
    for (coding, status) in [("identity", 201), ("Identity, identity", 201), ("gzip", 415), ("identity, gzip", 415)] {
        let request_ = galley.request("author", reqwest::Method::POST, "/api/content/tasks").json(&request());
        answer(request_.header("content-encoding", coding)).await.expect(status);
    }
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
        (json!({"event_id": "a", "event_type": "content.requested", "request": "x"}), "request"),
        (json!({"event_id": "a", "event_type": "content.failed", "task_id": "x", "error": "x"}), "error"),
        (json!({"event_id": "a", "event_type": "content.generated", "content": ["x"]}), "content"),
    ] {
        let refused = galley.webhook(&body).await.expect(400);
        assert!(!refused.body.to_string().contains("struct"), "{}", refused.body);
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

/// A receipt is one item of the table, which takes 400 KB; what could not be kept would be refused with 500 for ever.
#[tokio::test]
async fn what_no_receipt_can_hold_is_refused_while_the_sender_listens() {
    let galley = Galley::start().await;
    let long = json!({"event_id": "e1", "event_type": "x".repeat(240_000)});
    let refused = galley.webhook(&long).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "event_type", "{}", refused.body);
    // Each number is four bytes here, and eighteen once it is written again.
    let numbers = vec!["1e15"; 30_000].join(",");
    let body = format!(
        r#"{{"event_id":"e2","event_type":"content.generated","content":{{"title":"One","html":"<p>x</p>","z":[{numbers}]}}}}"#
    );
    let timestamp = jiff::Timestamp::now().as_second().to_string();
    let signature = galley.sign(&timestamp, body.as_bytes());
    let signed = galley.webhook_request().header("x-webhook-timestamp", timestamp);
    let refused = answer(signed.header("x-webhook-signature", signature).body(body)).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "body", "{}", refused.body);
}
