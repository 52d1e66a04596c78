//! Webhook sources: who may send, signed how, and how that changes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_adapters::{aws::Aws, secrets::SecretsManager};
use galley_domain::{kernel::ids::Generation, secrets::store::Vault};
use galley_testkit::sign;
use galley_tests::{Answer, Galley, RIVAL, answer, article, now_s, options};
use reqwest::Method;
use serde_json::{Value, json};

const SOURCES: &str = "/api/admin/webhook-sources";

async fn make(galley: &Galley, source: &str, scheme: &str) -> String {
    galley.post("admin", SOURCES, json!({"source": source, "scheme": scheme})).await.expect(201).text("secret")
}

async fn remove(galley: &Galley, who: &str, source: &str) -> Answer {
    answer(galley.request(who, Method::DELETE, &format!("{SOURCES}/{source}"))).await
}

async fn send(galley: &Galley, source: &str, headers: Vec<sign::Header>, body: String) -> Answer {
    // One of the default tenant's own, the built-in one, or where somebody else's is.
    let path =
        if source == "content-generated" || source.contains('/') { source } else { &format!("default/{source}") };
    let mut request =
        galley.client.post(format!("{}/api/webhooks/{}", galley.stack.url(), path.trim_start_matches('/'))).body(body);
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
    let twice = galley.post(RIVAL, SOURCES, json!({"source": "their-cms", "scheme": "galley"})).await;
    assert_eq!(twice.expect(409).problem(), "source-taken");
    // The tenant is the source's, whatever the body says.
    let mut body = asked("galley", "Asked by the rival");
    body["tenant"] = json!("default");
    signed(&galley, "rival/their-cms", "galley", &secret, &body).await.expect(202);
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
    signed(&galley, "rival/their-cms", "galley", &secret, &generated).await.expect(202);
    let mut publish = asked("galley", "Published by nobody");
    publish["event_id"] = json!("evt_3");
    publish["request"]["publish_mode"] = json!("publish");
    let refused = signed(&galley, "rival/their-cms", "galley", &secret, &publish).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "request.publish_mode");
    galley.wait(&path, "pending").await;
    assert_eq!(galley.sweep().await["found"], 0, "what is ignored is not due");
}

/// The name of a source's secret, from its row.
async fn secret_name(galley: &Galley, tenant: &str, source: &str) -> String {
    let key = json!({"pk": {"S": format!("SOURCE#{tenant}#{source}")}, "sk": {"S": "META"}});
    let asked = json!({"TableName": galley.stack.table_name(), "Key": key});
    let item = galley.stack.dynamodb("GetItem", &asked).await.unwrap();
    let generation = item["Item"]["about"]["M"]["generation"]["S"].as_str().unwrap().to_owned();
    format!("galley/dev/webhooks/{tenant}/{source}/{generation}")
}

/// Every instance has the row's word for which secret is in force, so none takes a revoked one from its cache, and none
/// waits before it takes a new one.
#[tokio::test]
async fn secrets_rotate_without_a_pause_and_are_revoked_at_once() {
    let galley = Galley::start().await;
    for source in ["cms", "content-generated"] {
        let path = format!("/api/admin/webhook-sources/{source}/rotate");
        let rotate = |body: Value| galley.post("admin", &path, body);
        let mut number = 0;
        let mut sent = async |secret: &str| {
            number += 1;
            let mut body = asked("galley", "Asked in a rotation");
            body["event_id"] = json!(format!("evt_{number}"));
            signed(&galley, source, "galley", secret, &body).await.status
        };
        let first = match source {
            "cms" => make(&galley, "cms", "galley").await,
            _ => galley.stack.secret("galley/dev/webhooks/content-generated").unwrap(),
        };
        assert_eq!(sent(&first).await, 202);
        // A bad signature right before keeps no new secret out.
        assert_eq!(sent("somebody else's secret").await, 401);
        let second = rotate(json!({})).await.expect(200).text("secret");
        assert_ne!(first, second);
        assert_eq!((sent(&second).await, sent(&first).await), (202, 202));
        assert_eq!(sent("somebody else's secret").await, 401);
        let given = "a-secret-of-the-provider's-own";
        assert_eq!(rotate(json!({"secret": given, "revoke_previous": true})).await.expect(200).text("secret"), given);
        assert_eq!((sent(given).await, sent(&second).await, sent(&first).await), (202, 401, 401), "{source}");
        let unknown = galley.post(RIVAL, &path, json!({})).await.expect(404);
        assert_eq!(unknown.problem(), "not-found");
    }
}

#[tokio::test]
async fn a_removed_source_is_gone_and_its_name_is_free() {
    let galley = Galley::start().await;
    let secret = make(&galley, "cms", "galley").await;
    let name = secret_name(&galley, "default", "cms").await;
    assert!(galley.stack.secret(&name).is_some());
    remove(&galley, RIVAL, "cms").await.expect(404);
    signed(&galley, "cms", "galley", &secret, &asked("galley", "In time")).await.expect(202);
    remove(&galley, "admin", "cms").await.expect(204);
    remove(&galley, "admin", "cms").await.expect(404);
    signed(&galley, "cms", "galley", &secret, &asked("galley", "Too late")).await.expect(401);
    assert!(galley.stack.secret(&name).is_none());
    // What was signed for the one before it is worth nothing now, and what it sent is no duplicate.
    let next = make(&galley, "cms", "galley").await;
    signed(&galley, "cms", "galley", &secret, &asked("galley", "Too late")).await.expect(401);
    let first = signed(&galley, "cms", "galley", &next, &asked("galley", "Of the next one")).await.expect(202);
    assert_eq!(first.body["duplicate"], false);
}

#[tokio::test]
async fn no_secret_and_no_id_of_one_tenants_source_counts_for_anothers() {
    let galley = Galley::start().await;
    let ours = make(&galley, "shared-name", "galley").await;
    signed(&galley, "shared-name", "galley", &ours, &asked("galley", "Ours")).await.expect(202);
    // That somebody else has the name is nobody's to know.
    let made = galley.post(RIVAL, SOURCES, json!({"source": "shared-name", "scheme": "galley"})).await.expect(201);
    assert_eq!(made.text("path"), "/api/webhooks/rival/shared-name");
    let theirs = made.text("secret");
    remove(&galley, "admin", "shared-name").await.expect(204);
    for path in ["default/shared-name", "rival/shared-name", "content-generated"] {
        signed(&galley, path, "galley", &ours, &asked("galley", "Nobody's")).await.expect(401);
    }
    let first = signed(&galley, "rival/shared-name", "galley", &theirs, &asked("galley", "Theirs")).await.expect(202);
    assert_eq!(first.body["duplicate"], false, "the id was used at another source");
    galley.until(async || !topics(&galley).await.is_empty()).await;
    assert_eq!(topics(&galley).await, ["Ours"]);
}

/// As one was made when names were one for all tenants: found at the path of old, signed with the secret of old.
#[tokio::test]
async fn an_older_source_keeps_its_path_and_its_secret() {
    let galley = Galley::start().await;
    let environment = galley.stack.environment();
    let aws = Aws::from_vars(|name| environment.get(name).cloned()).unwrap();
    let name = "galley/dev/webhooks/older";
    let secret = "the secret of an older source".to_owned().into();
    SecretsManager::new(&aws).rotate(name, &secret, &Generation::of([9; 32])).await.unwrap();
    let item = json!({
        "pk": {"S": "SOURCE#older"}, "sk": {"S": "META"}, "schema_version": {"N": "1"}, "tenant": {"S": "default"},
        "list_pk": {"S": "default#SOURCE"}, "list_sk": {"S": "2026-11-20T12:00:00.000Z#older"},
        "about": {"M": {"scheme": {"S": "galley"}, "events": {"L": [{"S": "content.requested"}]},
            "may_auto_publish": {"BOOL": false}, "created_at": {"S": "2026-11-20T12:00:00Z"}, "created_by": {"S": "ana"}}},
    });
    let put = json!({"TableName": galley.stack.table_name(), "Item": item});
    galley.stack.dynamodb("PutItem", &put).await.unwrap();
    let send = async |secret: &str, event: &str| {
        let mut body = asked("galley", "Asked by an older source");
        body["event_id"] = json!(event);
        signed(&galley, "/older", "galley", secret, &body).await.status
    };
    assert_eq!(send("the secret of an older source", "e1").await, 202);
    let listed = galley.get("admin", SOURCES).await.expect(200).body;
    assert_eq!(listed["data"][0]["path"], "/api/webhooks/older");
    // Its name is its tenant's still, and another tenant's to have beside it.
    galley.post("admin", SOURCES, json!({"source": "older", "scheme": "galley"})).await.expect(409);
    galley.post(RIVAL, SOURCES, json!({"source": "older", "scheme": "galley"})).await.expect(201);
    // From its first rotation on it is revoked at once, too.
    let rotated = json!({"revoke_previous": true});
    let rotated = galley.post("admin", &format!("{SOURCES}/older/rotate"), rotated).await.expect(200).text("secret");
    assert_eq!((send(&rotated, "e2").await, send("the secret of an older source", "e3").await), (202, 401));
    remove(&galley, "admin", "older").await.expect(204);
    assert_eq!(send(&rotated, "e4").await, 401);
    assert!(galley.stack.secret(name).is_none());
}

#[tokio::test]
async fn a_webhook_for_no_task_says_so_in_its_receipt() {
    let galley = Galley::start().await;
    let secret = make(&galley, "cms", "galley").await;
    let generated = json!({"event_id": "evt_9", "event_type": "content.generated",
        "task_id": "task_00000000000000000000000000000000",
        "content": {"title": "For nobody", "markdown": article("Elsewhere")}});
    signed(&galley, "cms", "galley", &secret, &generated).await.expect(202);
    signed(&galley, "cms", "galley", &secret, &asked("galley", "Asked for by a webhook")).await.expect(202);
    let path = format!("{SOURCES}/cms/receipts");
    let of = async |event: &str| {
        let list = galley.get("admin", &path).await.expect(200).body;
        list["data"].as_array().unwrap().iter().find(|line| line["event_id"] == event).unwrap().clone()
    };
    galley.until(async || of("evt_9").await["outcome"] == "ignored").await;
    assert_eq!(of("evt_9").await["reason"], "no such task");
    galley.until(async || of("evt_1").await["outcome"] == "processed").await;
    assert!(of("evt_1").await["task_id"].as_str().unwrap().starts_with("task_"));
    for _ in 0..2 {
        signed(&galley, "cms", "galley", "another secret, of nobody here", &asked("galley", "Forged"))
            .await
            .expect(401);
    }
    let page = galley.get("admin", &format!("{path}?limit=1")).await.expect(200).body;
    let refused = &page["refused"][0];
    assert_eq!(
        (&refused["reason"], &refused["count"]),
        (&json!("signature_mismatch"), &json!(1)),
        "one write a minute"
    );
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = galley.get("admin", &format!("{path}?cursor={cursor}")).await.expect(200).body;
    assert_ne!(page["data"][0]["event_id"], rest["data"][0]["event_id"]);
    assert_eq!(rest["refused"], json!([]), "on the first page alone");
    galley.get(RIVAL, &path).await.expect(404);
    galley.get("editor", &path).await.expect(403);
}

#[tokio::test]
async fn the_built_in_source_is_the_default_tenants() {
    let galley = Galley::start().await;
    // Another tenant's of this name is another.
    let theirs = json!({"source": "content-generated", "scheme": "galley"});
    let theirs = galley.post(RIVAL, SOURCES, theirs).await.expect(201);
    assert_eq!(theirs.text("path"), "/api/webhooks/rival/content-generated");
    let stolen = asked("galley", "By somebody else");
    signed(&galley, "content-generated", "galley", &theirs.text("secret"), &stolen).await.expect(401);
    remove(&galley, RIVAL, "content-generated").await.expect(204);
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
