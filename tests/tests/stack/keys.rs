//! API keys, from making to revoking.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::kernel::ids::KeyId;
use galley_local::{host::Invoked, seed};
use galley_tests::{Answer, Galley, RIVAL, answer, table};
use reqwest::Method;
use serde_json::{Value, json};

const KEYS: &str = "/api/admin/keys";

async fn revoke(galley: &Galley, who: &str, id: &str) -> Answer {
    answer(galley.request(who, Method::DELETE, &format!("{KEYS}/{id}"))).await
}

/// What the authorizer itself says of a key, without the gateway's memory of an earlier answer.
async fn authorized(galley: &Galley, key: &str) -> bool {
    let asked = galley.stack.invoke("AuthorizeFunction", json!({"identitySource": [format!("Bearer {key}")]})).await;
    let Invoked::Returned(answer) = asked else { panic!("the authorizer fails") };
    answer["isAuthorized"].as_bool().unwrap()
}

async fn read_with(galley: &Galley, key: &str, path: &str) -> u16 {
    let request = galley.client.get(format!("{}{path}", galley.stack.url()));
    answer(request.header("authorization", format!("Bearer {key}"))).await.status
}

/// An issuer that takes a connection and says nothing.
async fn silent_issuer() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
        }
    });
    url
}

#[tokio::test]
async fn a_key_waits_for_no_issuer() {
    let issuer = json!([{"issuer": "https://silent.example/", "audience": "galley", "algorithm": "ES256",
                         "jwks_url": silent_issuer().await}]);
    let mut options = galley_tests::options();
    options.parameters.insert("JwtIssuers".into(), issuer.to_string());
    let galley = Galley::with(options).await;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = part(json!({"iss": "https://silent.example/", "aud": "galley"}));
    let ask = |nth: usize| {
        let token = format!("{}.{claims}.c2ln", part(json!({"alg": "ES256", "kid": format!("k{nth}")})));
        let request = galley.client.get(format!("{}/api/usage", galley.stack.url()));
        request.header("authorization", format!("Bearer {token}")).send()
    };
    let waiting = futures_util::future::join_all((0..12).map(ask));
    let by_key = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let began = std::time::Instant::now();
        galley.get("viewer", "/api/usage").await.expect(200);
        began.elapsed()
    };
    let (refused, took) = futures_util::future::join(waiting, by_key).await;
    assert!(took < std::time::Duration::from_secs(6), "{took:?}");
    assert!(refused.iter().all(|answered| answered.as_ref().is_ok_and(|answered| answered.status() == 500)));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_named_and_makes_none() {
    let galley = Galley::start().await;
    for (body, field) in [
        (json!({"role": "viewer"}), "subject"),
        (json!({"subject": "ana"}), "role"),
        (json!({"subject": "a b", "role": "viewer"}), "subject"),
        (json!({"subject": "ana", "role": "owner"}), "role"),
        (json!({"subject": "ana", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"subject": "ana", "role": "viewer", "expires_at": "2099-01-01T00:00:00Z"}), "expires_at"),
        (json!({"subject": "ana", "role": "viewer", "revoked": false}), "revoked"),
        (json!({"subject": "ana", "role": "viewer", "tenant": "A B"}), "tenant"),
    ] {
        let refused = galley.post("admin", KEYS, body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
    // Only the operator lets another tenant in.
    let elsewhere = json!({"subject": "ana", "role": "viewer", "tenant": RIVAL});
    galley.post("admin", KEYS, elsewhere.clone()).await.expect(403);
    assert!(galley.get("editor", KEYS).await.status == 403);
    assert_eq!(galley.get("admin", KEYS).await.expect(200).body["data"].as_array().unwrap().len(), 4);
    galley.post("operator", KEYS, elsewhere).await.expect(201);
    let theirs = galley.get(RIVAL, KEYS).await.expect(200).body["data"].clone();
    assert!(theirs.as_array().unwrap().iter().any(|key| key["subject"] == "ana"));
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked_for_good() {
    let galley = Galley::start().await;
    let made = galley.post("admin", KEYS, json!({"subject": "ana", "role": "viewer"})).await.expect(201);
    let (key, id) = (made.text("key"), made.text("id"));
    assert_eq!((made.header("cache-control"), made.header("location")), ("no-store", format!("{KEYS}/{id}").as_str()));
    assert_eq!(id, KeyId::of(&key).to_string());
    assert!(key.starts_with(&made.text("prefix")));

    assert_eq!(read_with(&galley, &key, "/api/content/tasks").await, 200);
    assert_eq!(read_with(&galley, &key, KEYS).await, 403);
    let listed = galley.get("admin", KEYS).await.expect(200);
    let text = listed.body.to_string();
    assert!(!text.contains(&key), "a list shows no key");
    let ours = |body: &Value| body["data"].as_array().unwrap().iter().find(|line| line["id"] == id.as_str()).cloned();
    let line = ours(&listed.body).unwrap();
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    assert_eq!((line["last_used"].clone(), line["revoked"].clone()), (json!(today), json!(false)));

    // Nobody else revokes it, and nobody learns that it exists.
    revoke(&galley, RIVAL, &id).await.expect(404);
    revoke(&galley, "editor", &id).await.expect(403);
    revoke(&galley, "admin", &"x".repeat(3000)).await.expect(404);
    assert!(authorized(&galley, &key).await);
    assert_eq!(revoke(&galley, "admin", &id).await.expect(204).body, json!(""));
    revoke(&galley, "admin", &id).await.expect(204);
    assert!(!authorized(&galley, &key).await);
    assert_eq!(ours(&galley.get("admin", KEYS).await.body).unwrap()["revoked"], true);
    // The operator stops whichever key leaks.
    let leaked = galley.post(RIVAL, KEYS, json!({"subject": "eve", "role": "admin"})).await.expect(201);
    revoke(&galley, "admin", &leaked.text("id")).await.expect(404);
    revoke(&galley, "operator", &leaked.text("id")).await.expect(204);
    assert!(!authorized(&galley, &leaked.text("key")).await);
    revoke(&galley, "operator", &KeyId::of("galley_never-made").to_string()).await.expect(404);
    // Not one that was never used before either.
    let unused = galley.post("admin", KEYS, json!({"subject": "bo", "role": "viewer"})).await.expect(201);
    revoke(&galley, "admin", &unused.text("id")).await.expect(204);
    assert_eq!(read_with(&galley, &unused.text("key"), "/api/content/tasks").await, 403);
}

#[tokio::test]
async fn a_deployments_first_key_makes_the_others() {
    let galley = Galley::start().await;
    let first = seed::operator_key(&table(&galley.stack)).await.unwrap();
    assert_eq!(read_with(&galley, &first, "/api/health").await, 200);
    let newcomer = json!({"subject": "ana", "role": "admin", "tenant": "newcomer"});
    let url = format!("{}{KEYS}", galley.stack.url());
    let made = answer(galley.client.post(url).bearer_auth(&first).json(&newcomer)).await.expect(201);
    assert_eq!(read_with(&galley, &made.text("key"), KEYS).await, 200);
}

#[tokio::test]
async fn keys_are_listed_a_page_at_a_time() {
    let galley = Galley::start().await;
    let mut seen = Vec::new();
    let mut path = format!("{KEYS}?limit=3");
    loop {
        let page = galley.get("admin", &path).await.expect(200).body;
        seen.extend(page["data"].as_array().unwrap().iter().map(|key| key["subject"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        // Another tenant's list takes no such cursor.
        galley.get(RIVAL, &format!("{KEYS}?cursor={cursor}")).await.expect(400);
        path = format!("{KEYS}?limit=3&cursor={cursor}");
    }
    seen.sort();
    assert_eq!(seen, ["dev-admin", "dev-author", "dev-editor", "dev-viewer"]);
}
