//! Schedules through the front door: made, due, run once, read, told to go, and by whom.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

use futures_util::future;
use galley_tests::{Galley, answer, request, root};
use reqwest::Method;
use serde_json::{Value, json};

const SCHEDULES: &str = "/api/schedules";

fn daily() -> Value {
    json!({"name": "Daily news", "rule": {"repeat": "daily", "at": "02:30", "zone": "America/New_York"},
        "request": request(), "max_cost_usd": "0.25"})
}

async fn scheduled(galley: &Galley, body: Value) -> String {
    galley.post("editor", SCHEDULES, body).await.expect(201).text("schedule_id")
}

async fn runs(galley: &Galley, schedule: &str) -> Vec<Value> {
    let runs = galley.get("viewer", &format!("{SCHEDULES}/{schedule}/runs")).await.expect(200);
    runs.body["data"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_occurrence_that_is_due_makes_one_task_and_its_draft_comes() {
    let galley = Galley::start().await;
    galley.post("author", SCHEDULES, daily()).await.expect(403);
    let schedule = scheduled(&galley, daily()).await;
    let path = format!("{SCHEDULES}/{schedule}");
    galley.get("rival", &path).await.expect(404);
    galley.get("rival", &format!("{path}/runs")).await.expect(404);
    assert_eq!(galley.sweep().await["found"], 0, "nothing is due before its time");
    let named = galley.get("viewer", &path).await.expect(200).text("next");
    galley.let_an_occurrence_come(&schedule).await;
    // Two sweepers at once; then each sends for it no more, whatever a worker has done meanwhile.
    future::join(galley.sweep(), galley.sweep()).await;
    galley.until(async || !runs(&galley, &schedule).await.is_empty()).await;
    galley.sweep().await;
    let ran = runs(&galley, &schedule).await;
    assert_eq!((ran.len(), &ran[0]["outcome"], &ran[0]["occurrence"]), (1, &json!("made"), &json!(named)), "{ran:?}");
    let task = format!("/api/content/tasks/{}", ran[0]["task_id"].as_str().unwrap_or_default());
    galley.wait(&task, "awaiting_approval").await;
    let all = galley.get("viewer", "/api/content/tasks").await.expect(200);
    assert_eq!(all.body["data"].as_array().map(Vec::len), Some(1), "{}", all.body);
    let events = galley.get("viewer", &format!("{task}/events")).await.expect(200);
    let first = events.body["data"].as_array().and_then(|events| events.last()).cloned().unwrap_or_default();
    assert_eq!(first["actor"], json!({"kind": "schedule", "schedule": schedule}), "{}", events.body);
    let shown = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&shown["made"], &shown["owner"]), (&json!(1), &json!("dev-editor")));
    assert!(shown["next"].as_str() > Some(named.as_str()), "{shown}");
    assert_ne!(runs(&galley, &schedule).await[0]["cost_usd"], Value::Null, "what it has cost is told");
}

#[tokio::test]
async fn while_the_task_before_is_open_the_next_occurrence_is_left_out_and_a_pause_makes_nothing() {
    let galley = Galley::start().await;
    let schedule = scheduled(&galley, daily()).await;
    let path = format!("{SCHEDULES}/{schedule}");
    let task = galley.post("editor", &format!("{path}/run"), json!({})).await.expect(201).text("task_id");
    galley.let_an_occurrence_come(&schedule).await;
    galley.sweep().await;
    galley.until(async || runs(&galley, &schedule).await.len() == 2).await;
    let overlapped = runs(&galley, &schedule).await.into_iter().find(|run| run["outcome"] == "overlapped");
    assert_eq!(overlapped.map(|run| run["task_id"].clone()), Some(json!(task)));
    let patched = galley.request("editor", Method::PATCH, &path).json(&json!({"paused": true}));
    assert_eq!(answer(patched).await.expect(200).body["next"], Value::Null);
    galley.post("editor", &format!("{path}/occurrences/2199-12-31T02:29/skip"), json!({})).await.expect(404);
    answer(galley.request("rival", Method::DELETE, &path)).await.expect(404);
    answer(galley.request("editor", Method::DELETE, &path)).await.expect(204);
    galley.get("viewer", &path).await.expect(404);
}

#[tokio::test]
async fn an_export_has_somebodys_schedules_and_an_erasure_leaves_them_to_nobody_who_pauses_them() {
    let galley = Galley::start().await;
    let schedule = scheduled(&galley, daily()).await;
    let path = format!("{SCHEDULES}/{schedule}");
    let done = async |kind: &str| {
        let asked = galley.post("admin", &format!("/api/privacy/{kind}"), json!({"subject": "dev-editor"})).await;
        let job = format!("/api/privacy/jobs/{}", asked.expect(202).text("job_id"));
        galley.until(async || galley.get("admin", &job).await.expect(200).body["status"] == "done").await;
        job
    };
    let export = done("export").await;
    let part = galley.get("admin", &format!("{export}/parts/1")).await.expect(200).body;
    let records = part["records"].as_array().cloned().unwrap_or_default();
    let found = records.iter().find(|record| record["schedule"]["schedule_id"] == json!(schedule));
    assert_eq!(found.map(|found| &found["schedule"]["name"]), Some(&json!("Daily news")), "{part}");
    done("erase").await;
    let owner = galley.get("admin", &path).await.expect(200).text("owner");
    assert!(owner.starts_with("erased-"), "{owner}");
    galley.let_an_occurrence_come(&schedule).await;
    galley.sweep().await;
    galley.until(async || galley.get("admin", &path).await.expect(200).body["pause"]["because"] == "owner_gone").await;
    let ran = galley.get("admin", &format!("{path}/runs")).await.expect(200).body;
    assert_eq!(
        (&ran["data"][0]["outcome"], &ran["data"][0]["paused_because"]),
        (&json!("paused"), &json!("owner_gone"))
    );
    assert_eq!(galley.get("admin", "/api/content/tasks").await.expect(200).body["data"], json!([]));
}

#[tokio::test]
async fn what_could_cost_more_than_the_month_may_is_not_made() {
    let galley = Galley::start().await;
    let mut asked = daily();
    asked["max_cost_usd_per_month"] = json!("0.20");
    let refused = galley.post("editor", SCHEDULES, asked.clone()).await.expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "max_cost_usd_per_month", "less than one task may cost");
    asked["max_cost_usd_per_month"] = json!("0.40");
    let path = format!("{SCHEDULES}/{}", scheduled(&galley, asked).await);
    let shown = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!(shown["max_cost_usd_per_month"], "0.40");
    let run = format!("{path}/run");
    let task = galley.post("editor", &run, json!({})).await.expect(201).text("task_id");
    let over = galley.post("editor", &run, json!({})).await.expect(409);
    assert!(over.text("detail").contains("the cap of 0.40 dollars"), "{}", over.body);
    // What is over has cost nothing, so that another fits.
    let cancel = json!({"reason": "Not good enough"});
    galley.post("editor", &format!("/api/content/tasks/{task}/cancel"), cancel).await.expect(200);
    galley.post("editor", &run, json!({})).await.expect(201);
}

/// The commands of docs/plans.md, run in their order as an editor would.
#[tokio::test]
async fn the_commands_of_the_document_of_schedules_work() {
    let text = std::fs::read_to_string(root().join("docs/plans.md")).unwrap_or_default();
    let blocks = galley_tests::documents::blocks(&text, "sh");
    assert!(blocks.len() >= 4, "{blocks:?}");
    let galley = Galley::start().await;
    let output = tokio::process::Command::new("bash")
        .args(["-c", &format!("set -euo pipefail\n{}", blocks.join("\n"))])
        .env("URL", galley.stack.url())
        .env("EDITOR_KEY", galley.key("editor"))
        .env("ADMIN_KEY", galley.key("admin"))
        .output()
        .await
        .unwrap();
    let told = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
}
