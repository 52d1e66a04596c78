//! Webhook sources: who may send, signed how, and how that changes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken test bed is a failed test")]

use galley_adapters::{aws::Aws, secrets::SecretsManager};
use galley_domain::ports::Secrets;
use galley_testkit::sign;
use galley_tests::{Answer, Galley, RIVAL, answer, article, now_s, options};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const SOURCES: &str = "/api/admin/webhook-sources";

async fn make(galley: &Galley, source: &str, scheme: &str) -> String {
    galley.post("admin", SOURCES, json!({"source": source, "scheme": scheme})).await.expect(201).text("secret")
}

async fn remove(galley: &Galley, who: &str, source: &str) -> Answer {
    answer(galley.request(who, Method::DELETE, &format!("{SOURCES}/{source}"))).await
}

async fn send(galley: &Galley, source: &str, headers: Vec<sign::Header>, body: String) -> Answer {
    let mut request = galley.client.post(format!("{}/api/webhooks/{source}", galley.stack.url())).body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    answer(request).await
}

async fn signed(galley: &Galley, source: &str, scheme: &str, secret: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let headers = sign::headers(scheme, secret, "msg_1", &now_s().to_string(), body.as_bytes());
    send(galley, source, headers, body).await
}

/// A request for a task in the wrapping of each scheme.
fn asked(scheme: &str, topic: &str) -> Value {
    let request = json!({"topic": topic, "target_length": 200});
    match scheme {
        "galley" => json!({"event_id": "evt_1", "event_type": "content.requested", "request": request}),
        "standard" => json!({"type": "content.requested", "data": {"request": request}}),
        "stripe" => json!({"id": "evt_1", "type": "content.requested", "data": {"object": {"request": request}}}),
        _ => json!({"action": "content.requested", "client_payload": {"request": request}, "sender": {"id": 1}}),
    }
}

async fn topics(galley: &Galley) -> Vec<String> {
    let list = galley.get("viewer", "/api/content/tasks?limit=100").await.expect(200).body;
    list["data"].as_array().unwrap().iter().map(|task| task["topic"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_wrong_with_a_new_source_is_named() {
    let galley = Galley::start().await;
    let secret = "x".repeat(15);
    for (body, field) in [
        (json!({"scheme": "galley"}), "source"),
        (json!({"source": "cms"}), "scheme"),
        (json!({"source": "A b", "scheme": "galley"}), "source"),
        (json!({"source": "cms", "scheme": "md5"}), "scheme"),
        (json!({"source": "cms", "scheme": "galley", "events": ["content.sung"]}), "events[0]"),
        (json!({"source": "cms", "scheme": "galley", "tenant": RIVAL}), "tenant"),
        (json!({"source": "cms", "scheme": "galley", "secret": secret}), "secret"),
        (json!({"source": "cms", "scheme": "standard", "secret": "not base64 at all!"}), "secret"),
        (json!({"source": "cms", "scheme": "standard", "secret": "c2hvcnQgc2hvcnQgc2g="}), "secret"),
    ] {
        let refused = galley.post("admin", SOURCES, body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
    galley.post("editor", SOURCES, json!({"source": "cms", "scheme": "galley"})).await.expect(403);
    assert_eq!(galley.get("admin", SOURCES).await.expect(200).body["data"], json!([]));
}

#[tokio::test]
async fn every_scheme_takes_effect_once() {
    let galley = Galley::start().await;
    for scheme in ["galley", "standard", "github", "stripe"] {
        let source = format!("cms-{scheme}");
        let secret = make(&galley, &source, scheme).await;
        let body = asked(scheme, &format!("Caching by {scheme}"));
        let refused = signed(&galley, &source, scheme, "c29tZWJvZHkgZWxzZSdzIHNlY3JldA==", &body).await.expect(401);
        assert_eq!(refused.problem(), "signature-invalid");
        let unsigned = send(&galley, &source, Vec::new(), body.to_string()).await.expect(401);
        assert_eq!(unsigned.problem(), "signature-invalid");
        signed(&galley, &source, scheme, &secret, &body).await.expect(202);
        let again = signed(&galley, &source, scheme, &secret, &body).await.expect(200);
        assert_eq!(again.body["duplicate"], true);
        galley.until(async || topics(&galley).await.contains(&format!("Caching by {scheme}"))).await;
    }
    assert_eq!(topics(&galley).await.len(), 4);
}

#[tokio::test]
async fn a_source_has_its_tenant_and_its_events() {
    let galley = Galley::start().await;
    let asked_for = json!({"source": "their-cms", "scheme": "galley", "events": ["content.requested"]});
    let secret = galley.post(RIVAL, SOURCES, asked_for).await.expect(201).text("secret");
    galley.post("admin", SOURCES, json!({"source": "their-cms", "scheme": "galley"})).await.expect(409);
    // The tenant is the source's, whatever the body says.
    let mut body = asked("galley", "Asked by the rival");
    body["tenant"] = json!("default");
    signed(&galley, "their-cms", "galley", &secret, &body).await.expect(202);
    galley
        .until(async || {
            let theirs = galley.get(RIVAL, "/api/content/tasks").await.body;
            theirs["data"][0]["requested_by"] == "webhook-their-cms"
        })
        .await;
    assert!(topics(&galley).await.is_empty());
    // An event that it may not send, and more than it may ask for.
    let path =
        galley.create(json!({"topic": "Waiting for its text", "target_length": 200, "generator": "external"})).await;
    let task_id = path.rsplit('/').next().unwrap();
    let generated = json!({"event_id": "evt_2", "event_type": "content.generated", "task_id": task_id,
        "content": {"title": "Not theirs", "markdown": article("Elsewhere")}});
    signed(&galley, "their-cms", "galley", &secret, &generated).await.expect(202);
    let mut publish = asked("galley", "Published by nobody");
    publish["event_id"] = json!("evt_3");
    publish["request"]["publish_mode"] = json!("publish");
    let refused = signed(&galley, "their-cms", "galley", &secret, &publish).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "request.publish_mode");
    galley.wait(&path, "pending").await;
    assert_eq!(galley.sweep().await["found"], 0, "what is ignored is not due");
}

#[tokio::test]
async fn secrets_rotate_without_a_pause_and_are_revoked_at_once() {
    let galley = Galley::start().await;
    let first = make(&galley, "cms", "galley").await;
    let rotate = |body: Value| galley.post("admin", "/api/admin/webhook-sources/cms/rotate", body);
    let mut number = 0;
    let mut sent = async |secret: &str| {
        number += 1;
        let mut body = asked("galley", "Asked in a rotation");
        body["event_id"] = json!(format!("evt_{number}"));
        signed(&galley, "cms", "galley", secret, &body).await.status
    };
    assert_eq!(sent(&first).await, 202);
    let second = rotate(json!({})).await.expect(200).text("secret");
    assert_ne!(first, second);
    // The instance that has the first in its cache asks once for more, and takes both from then on.
    assert_eq!((sent(&second).await, sent(&first).await), (202, 202));
    let given = "a-secret-of-the-provider's-own";
    assert_eq!(rotate(json!({"secret": given, "revoke_previous": true})).await.expect(200).text("secret"), given);
    let unknown = galley.post("rival", "/api/admin/webhook-sources/cms/rotate", json!({})).await.expect(404);
    assert_eq!(unknown.problem(), "not-found");
    // An instance that has not cached the revoked one yet knows the new one alone.
    let environment = galley.stack.environment();
    let aws = Aws::from_vars(|name| environment.get(name).cloned()).unwrap();
    let fresh = SecretsManager::new(&aws).active("galley/dev/webhooks/cms").await.unwrap();
    assert!(fresh.iter().all(|secret| secret.expose_secret() == given));
}

#[tokio::test]
async fn a_removed_source_is_gone_and_its_name_is_free() {
    let galley = Galley::start().await;
    let secret = make(&galley, "cms", "galley").await;
    remove(&galley, RIVAL, "cms").await.expect(404);
    remove(&galley, "admin", "cms").await.expect(204);
    remove(&galley, "admin", "cms").await.expect(404);
    signed(&galley, "cms", "galley", &secret, &asked("galley", "Too late")).await.expect(401);
    assert!(galley.stack.secret("galley/dev/webhooks/cms").is_none());
    let theirs = galley.post(RIVAL, SOURCES, json!({"source": "cms", "scheme": "galley"})).await.expect(201);
    // What was signed for the one before it is worth nothing now.
    signed(&galley, "cms", "galley", &secret, &asked("galley", "Too late")).await.expect(401);
    signed(&galley, "cms", "galley", &theirs.text("secret"), &asked("galley", "Theirs")).await.expect(202);
}

#[tokio::test]
async fn the_built_in_source_is_the_default_tenants() {
    let galley = Galley::start().await;
    let taken = json!({"source": "content-generated", "scheme": "galley"});
    assert_eq!(galley.post(RIVAL, SOURCES, taken).await.expect(409).problem(), "source-taken");
    let path = format!("{SOURCES}/content-generated/rotate");
    galley.post(RIVAL, &path, json!({})).await.expect(404);
    let secret = galley.post("admin", &path, json!({})).await.expect(200).text("secret");
    signed(&galley, "content-generated", "galley", &secret, &asked("galley", "By the new one")).await.expect(202);
}

#[tokio::test]
async fn a_sources_secret_outlives_the_stack() {
    let data = tempfile::tempdir().unwrap();
    let stay = || {
        let mut stay = options();
        stay.data = Some(data.path().to_owned());
        stay
    };
    let galley = Galley::with(stay()).await;
    let secret = make(&galley, "cms", "standard").await;
    galley.stack.stop().await.unwrap();
    let galley = Galley::with(stay()).await;
    signed(&galley, "cms", "standard", &secret, &asked("standard", "After the restart")).await.expect(202);
}
