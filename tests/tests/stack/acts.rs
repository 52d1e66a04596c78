//! What admins and operators did, through the front door: the credential comes from the authorizer, and act and change are one write.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_domain::kernel::ids::KeyId;
use galley_tests::{Answer, Galley, RIVAL, answer};
use reqwest::Method;
use serde_json::{Value, json};

async fn with(galley: &Galley, key: &str, method: Method, path: &str, body: Value) -> Answer {
    let request = galley.client.request(method, format!("{}{path}", galley.stack.url())).json(&body);
    answer(request.header("authorization", format!("Bearer {key}"))).await
}

fn whats(acts: &Value) -> Vec<&str> {
    acts["data"].as_array().unwrap().iter().map(|act| act["what"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_a_leaked_key_of_an_admin_made_is_one_list_whatever_became_of_it() {
    let galley = Galley::start().await;
    let leaked = json!({"subject": "leaky", "role": "admin"});
    let leaked = galley.post("admin", "/api/admin/keys", leaked).await.expect(201).text("key");
    let id = KeyId::of(&leaked);
    let target = json!({"name": "blog", "url": "https://blog.example.com", "secret": "not a real password",
        "settings": {"kind": "wordpress", "username": "editor"}});
    let steps = [
        (Method::POST, "/api/admin/keys", json!({"subject": "eve", "role": "admin"})),
        (Method::PUT, "/api/admin/people/github-1", json!({"role": "admin"})),
        (Method::DELETE, "/api/admin/people/github-1", json!({})),
        (Method::POST, "/api/admin/webhook-sources", json!({"source": "cms", "scheme": "galley"})),
        (Method::POST, "/api/admin/webhook-sources/cms/rotate", json!({})),
        (Method::DELETE, "/api/admin/webhook-sources/cms", json!({})),
        (Method::POST, "/api/admin/targets", target),
        (Method::PATCH, "/api/admin/targets/blog", json!({"paused": true})),
        (Method::DELETE, "/api/admin/targets/blog", json!({})),
        (Method::PATCH, "/api/admin/settings", json!({"quality_bar": 80})),
        (Method::POST, "/api/privacy/export", json!({"subject": "somebody"})),
    ];
    for (method, path, body) in steps {
        let done = with(&galley, &leaked, method, path, body).await;
        assert!(done.status < 300, "{path}: {} {}", done.status, done.body);
    }
    let night = format!("/api/admin/tenants/default/acts?limit=100&key={id}");
    let acts = galley.get("operator", &night).await.expect(200).body;
    let made = [
        "export_asked",
        "settings_changed",
        "target_removed",
        "target_changed",
        "target_made",
        "source_removed",
        "source_rotated",
        "source_made",
        "person_removed",
        "person_set",
        "key_made",
    ];
    assert_eq!(whats(&acts), made);
    let newest = &acts["data"][0];
    assert_eq!(newest["by"], json!({"kind": "person", "subject": "leaky"}));
    assert_eq!(newest["credential"], json!({"kind": "key", "key_id": id}));
    let since = acts["data"][2]["at"].as_str().unwrap();
    let later = galley.get("admin", &format!("/api/admin/acts?actor=leaky&since={since}")).await.expect(200).body;
    assert_eq!(whats(&later), made[..3]);
    let page = galley.get("admin", "/api/admin/acts?actor=leaky&limit=10").await.expect(200).body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = galley.get("admin", &format!("/api/admin/acts?actor=leaky&limit=10&cursor={cursor}")).await.expect(200);
    assert_eq!(whats(&rest.body), ["key_made"]);
    let keys = galley.get("admin", "/api/admin/keys").await.expect(200).body;
    let eves = keys["data"].as_array().unwrap().iter().find(|key| key["subject"] == "eve").unwrap();
    assert_eq!(eves["made_by"], json!({"kind": "person", "subject": "leaky"}));
    let first = galley.get("admin", "/api/admin/keys?limit=100").await.expect(200).body;
    let seeded = first["data"].as_array().unwrap().iter().find(|key| key["subject"] == "dev-admin").unwrap();
    assert_eq!(seeded["made_by"], Value::Null, "a deployment's first");
    assert_eq!(galley.get(RIVAL, "/api/admin/acts").await.expect(200).body["data"], json!([]));
}

#[tokio::test]
async fn what_an_operator_did_is_in_both_lists_and_named_in_one() {
    let galley = Galley::start().await;
    let put = |path: &str, body: Value| galley.request("operator", Method::PUT, path).json(&body);
    answer(put("/api/admin/tenants/default/limits", json!({"create_per_minute": 50}))).await.expect(200);
    answer(put("/api/admin/flags/provider.openai", json!({"enabled": false}))).await.expect(200);
    answer(put("/api/admin/tenants/acme", json!({}))).await.expect(200);
    answer(put("/api/admin/tenants/acme", json!({}))).await.expect(200);
    let because = json!({"reason": "As a test wants it"});
    galley.post("operator", "/api/admin/tenants/acme/suspend", because.clone()).await.expect(200);
    galley.post("operator", "/api/admin/tenants/acme/resume", because).await.expect(200);
    galley.post("operator", "/api/admin/dlq/redrive", json!({"queue": "work"})).await.expect(200);
    let own = galley.get("operator", "/api/admin/acts").await.expect(200).body;
    let done =
        ["letters_redriven", "tenant_resumed", "tenant_suspended", "tenant_listed", "flag_set", "limits_changed"];
    assert_eq!(whats(&own), done);
    assert!(own["data"].as_array().unwrap().iter().all(|act| act["by"]["subject"] == "dev-operator"), "{own}");
    let theirs = galley.get("admin", "/api/admin/acts").await.expect(200).body;
    assert_eq!(whats(&theirs), ["limits_changed"]);
    assert_eq!(
        (&theirs["data"][0]["by"], &theirs["data"][0]["credential"]),
        (&json!({"kind": "operator"}), &Value::Null)
    );
    assert_eq!(theirs["data"][0]["act_id"], own["data"][5]["act_id"], "the same act");
}
