//! A tenant that is suspended, end to end.

use galley_tests::{Galley, answer, request};
use reqwest::Method;
use serde_json::{Value, json};

/// Instances forget what they knew of the flags.
fn forget(galley: &Galley) {
    for function in ["AuthorizeFunction", "WorkFunction", "QuickFunction", "QueryTasksFunction"] {
        galley.stack.kill(function);
    }
}

async fn generation(galley: &Galley, enabled: bool) {
    let flag =
        galley.request("operator", Method::PUT, "/api/admin/flags/generation").json(&json!({"enabled": enabled}));
    answer(flag).await.expect(200);
}

#[tokio::test]
async fn what_waits_for_its_tenant_is_done_after_its_return() {
    let galley = Galley::start().await;
    galley.published("HTTP caching in use").await;
    let articles = async || galley.get("nobody", "/api/content/published/default").await.status;
    let turn = async |to: &str| {
        let path = format!("/api/admin/tenants/default/{to}");
        let because = json!({"reason": "Its keys have leaked"});
        galley.post("operator", &path, because).await.expect(200).body["status"].clone()
    };
    // Its work waits for generation first, and then for its tenant.
    generation(&galley, false).await;
    forget(&galley);
    let waiting = galley.create(request()).await;
    let inspected = format!("/api/admin/tasks/{}", waiting.rsplit('/').next().unwrap());
    let inspected = async || galley.get("operator", &inspected).await.expect(200).body;
    galley.until(async || inspected().await["stage"] == "held").await;
    assert_eq!(turn("suspend").await, "suspended");
    generation(&galley, true).await;
    forget(&galley);
    assert_eq!(articles().await, 404);
    // Nobody has come with this key yet, so the gateway remembers nothing of it.
    let fresh = json!({"tenant": "default", "subject": "late", "role": "viewer"});
    let key = galley.post("operator", "/api/admin/keys", fresh).await.expect(201).text("key");
    let asked = galley.client.get(format!("{}/api/usage", galley.stack.url()));
    let refused = answer(asked.header("authorization", format!("Bearer {key}"))).await.expect(403);
    assert_eq!(refused.body, json!({"message": "Forbidden"}));
    let topic = "Asked for while nobody is served";
    let webhook = json!({"event_id": "evt-suspended", "event_type": "content.requested", "request": {"topic": topic}});
    assert_eq!(galley.webhook(&webhook).await.status, 202);
    // The webhook is read, and the task that it asks for waits beside the other.
    galley.until(async || galley.sweep().await["held"] == 2).await;
    assert_eq!(inspected().await["status"], "pending");

    assert_eq!(turn("resume").await, "active");
    forget(&galley);
    // The first sweep after its return sends for both. No other follows, so nothing else can have brought them.
    let swept = galley.sweep().await;
    assert_eq!((&swept["sent"], &swept["held"]), (&json!(2), &json!(0)));
    galley.wait(&waiting, "awaiting_approval").await;
    assert_eq!(articles().await, 200);
    let came_of_it = async || {
        let listed = galley.get("viewer", "/api/content/tasks").await.expect(200).body["data"].clone();
        listed.as_array().unwrap().iter().any(|task: &Value| task["topic"] == topic)
    };
    galley.until(came_of_it).await;
}
