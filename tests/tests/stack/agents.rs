//! Agents from the outside: made, tried, named by a task, and told by the text that they wrote.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_local::fake_providers::Temper;
use galley_tests::{answer, fixture::with_fake_providers, request};
use reqwest::Method;
use serde_json::{Value, json};

fn naming(agents: Value) -> Value {
    let mut body = request();
    body["agents"] = agents;
    body["quality_preference"] = json!("fast");
    body
}

#[tokio::test]
async fn a_text_is_written_by_the_version_that_a_label_names_and_says_so() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let galley = &fixture.galley;
    let refused =
        galley.post("author", "/api/content/tasks", naming(json!({"draft": "@house-style"}))).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "agents.draft", "{}", refused.body);
    let asked = json!({"display_name": "House style", "aliases": ["house-style"], "phases": ["draft"]});
    let id = galley.post("admin", "/api/admin/agents", asked).await.expect(201).text("agent_id");
    let agent = format!("/api/admin/agents/{id}");
    galley.post("admin", &format!("{agent}/prompts"), json!({"text": "Say we, never one."})).await.expect(201);
    let label = async |etag: &str| {
        let body = json!({"version": 1, "reason": "Read by the desk"});
        let asked = galley.request("admin", Method::PUT, &format!("{agent}/labels/production"));
        answer(asked.header("if-match", etag).json(&body)).await
    };
    assert_eq!(label("\"1\"").await.expect(412).problem(), "version-mismatch");
    let etag = galley.get("admin", &agent).await.expect(200).header("etag").to_owned();
    label(&etag).await.expect(200);
    let listed = galley.get("author", "/api/agents").await.expect(200).body;
    assert_eq!(listed["data"][4]["aliases"], json!(["house-style"]), "{listed}");
    assert!(!listed.to_string().contains("never one"));

    let (path, task) = fixture.drafted(naming(json!({"draft": "@house-style"}))).await;
    assert_eq!(task["agents"], json!({"draft": "@house-style"}));
    assert_eq!(
        (&task["agents_used"]["draft"]["agent_id"], &task["agents_used"]["draft"]["version"]),
        (&json!(id), &json!(1))
    );
    let story = fixture.story(&path).await;
    assert_eq!(story["revision"]["agents"]["draft"]["display_name"], "House style");
    let drafts = story["data"].as_array().unwrap().iter().filter(|call| call["phase"] == "draft");
    let versions: Vec<&str> = drafts.map(|call| call["prompt_version"].as_str().unwrap()).collect();
    assert!(!versions.is_empty() && versions.iter().all(|one| one.ends_with(&format!("+{id}/1"))), "{versions:?}");

    // A schedule and a bulk are refused by the same rule, each in its place.
    let rule = json!({"repeat": "once", "date": "2199-12-31", "at": "09:00", "zone": "UTC"});
    let schedule = json!({"name": "News", "rule": rule, "request": naming(json!({"assess": "@house-style"}))});
    let refused = galley.post("admin", "/api/schedules", schedule).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "request.agents.assess", "{}", refused.body);
    let bulk = json!({"tasks": [naming(json!({"draft": "@nobody"})), naming(json!({"draft": "@house-style"}))]});
    let bulk = galley.post("author", "/api/content/tasks/bulk/create", bulk).await.expect(200).body;
    assert_eq!((&bulk["results"][0]["status"], &bulk["results"][1]["status"]), (&json!(400), &json!(201)), "{bulk}");
}
