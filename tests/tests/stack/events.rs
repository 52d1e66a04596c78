//! Every file under events/ goes through the invoke API, as `cargo lambda invoke --data-file` sends it.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};

use galley_tests::{Galley, root};
use serde_json::{Value, json};

/// What each event is answered: a status, or the whole result where there is none.
#[expect(clippy::too_many_lines, reason = "a table: what comes of each event")]
fn expected() -> BTreeMap<&'static str, Value> {
    [
        ("admin/acts", json!(200)),
        ("admin/acts-of-no-kind", json!(400)),
        ("admin/acts-of-tenant", json!(200)),
        ("admin/all-costs", json!(200)),
        ("admin/list-tenant", json!(200)),
        ("admin/resume-tenant", json!(200)),
        ("admin/suspend-operators", json!(409)),
        ("admin/suspend-tenant", json!(200)),
        ("admin/tenants", json!(200)),
        ("admin/trail", json!(200)),
        ("admin/trail-of-tenant", json!(200)),
        ("admin/unknown-tenant", json!(404)),
        ("admin/calendar-feeds", json!(200)),
        ("admin/callback-secret", json!(200)),
        ("admin/change-settings", json!(200)),
        ("admin/deliveries-of-unknown", json!(404)),
        ("admin/ended", json!(200)),
        ("admin/erase", json!(202)),
        ("admin/events-of-unknown", json!(404)),
        ("admin/export", json!(202)),
        ("admin/flag-log", json!(200)),
        ("admin/flags", json!(200)),
        ("admin/inspect-unknown", json!(404)),
        ("admin/jobs", json!(200)),
        ("admin/keys", json!(200)),
        ("admin/keys-of-tenant", json!(200)),
        ("admin/kick-unknown", json!(404)),
        ("admin/let-go-unknown", json!(404)),
        ("admin/letters", json!(200)),
        ("admin/redrive-unknown-letter", json!(404)),
        ("admin/discard-unknown-letter", json!(404)),
        ("admin/let-in", json!(200)),
        ("admin/limits", json!(200)),
        ("admin/limits-log", json!(200)),
        ("admin/listen", json!(200)),
        ("admin/make-key", json!(201)),
        ("admin/make-key-elsewhere", json!(403)),
        ("admin/make-source", json!(201)),
        ("admin/make-source-invalid", json!(400)),
        ("admin/make-target", json!(201)),
        ("admin/make-target-invalid", json!(400)),
        ("admin/part-of-unknown-job", json!(404)),
        ("admin/pause-unknown-target", json!(404)),
        ("admin/patch-limits", json!(200)),
        ("admin/people", json!(200)),
        ("admin/receipts", json!(200)),
        ("admin/redrive", json!(200)),
        ("admin/redrive-invalid", json!(400)),
        ("admin/redrive-unknown", json!(404)),
        ("admin/remove-unknown-source", json!(404)),
        ("admin/remove-unknown-target", json!(404)),
        ("admin/revert-unknown-change", json!(404)),
        ("admin/revert-unknown-limits", json!(404)),
        ("admin/revert-unknown-settings", json!(404)),
        ("admin/revoke-unknown-feed", json!(404)),
        ("admin/revoke-unknown-key", json!(404)),
        ("admin/rotate-source", json!(200)),
        ("admin/settings", json!(200)),
        ("admin/settings-log", json!(200)),
        ("admin/sources", json!(200)),
        ("admin/set-flag", json!(200)),
        ("admin/set-flag-misspelt", json!(400)),
        ("admin/set-limits", json!(200)),
        ("admin/set-own-limits", json!(403)),
        ("admin/stop-unknown", json!(404)),
        ("admin/stuck", json!(200)),
        ("admin/stuck-other-admin", json!(403)),
        ("admin/targets", json!(200)),
        ("admin/test-unknown-target", json!(404)),
        ("admin/unknown-job", json!(404)),
        ("admin/unknown-key", json!(404)),
        ("admin/unknown-target", json!(404)),
        ("approve-task/approve-unknown", json!(404)),
        ("approve-task/assign-unknown", json!(404)),
        ("approve-task/bulk-cancel", json!(200)),
        ("approve-task/edit-ambiguous", json!(400)),
        ("approve-task/redeliver-unknown", json!(404)),
        ("approve-task/retry-unknown-placement", json!(404)),
        ("auth/callback-unknown", json!(404)),
        ("auth/logout", json!(204)),
        ("auth/me", json!(200)),
        ("auth/refresh-empty", json!(400)),
        ("auth/start", json!(404)),
        ("auth/terminal-empty", json!(400)),
        ("authorize/unknown-key", json!({"isAuthorized": false})),
        ("console/page", json!(200)),
        ("console/places", json!(200)),
        ("console/unknown-asset", json!(404)),
        ("create-task/bulk", json!(200)),
        ("create-task/confirm-unknown-intent", json!(404)),
        ("create-task/create", json!(201)),
        ("create-task/invalid", json!(400)),
        ("create-task/viewer", json!(403)),
        ("health/docs", json!(200)),
        ("health/health", json!(200)),
        ("health/live", json!(200)),
        ("health/metrics", json!(200)),
        ("health/nowhere", json!(404)),
        ("health/openapi", json!(200)),
        ("health/ready", json!(200)),
        ("ingest-webhook/stale-base64", json!(401)),
        ("ingest-webhook/unknown-source", json!(401)),
        ("ingest-webhook/unsigned", json!(401)),
        ("process-task/deliver", json!({"batchItemFailures": []})),
        ("process-task/generate", json!({"batchItemFailures": []})),
        ("process-task/job", json!({"batchItemFailures": []})),
        ("process-task/one-bad", json!({"batchItemFailures": []})),
        ("process-task/place", json!({"batchItemFailures": []})),
        ("process-task/publish", json!({"batchItemFailures": []})),
        ("process-task/webhook", json!({"batchItemFailures": []})),
        ("admin/agents", json!(200)),
        ("admin/make-agent", json!(201)),
        ("admin/make-agent-invalid", json!(400)),
        ("admin/move-label-of-unknown", json!(404)),
        ("query-models/agents", json!(200)),
        ("query-models/calendar", json!(200)),
        ("query-models/calendar-too-long", json!(400)),
        ("query-models/costs", json!(200)),
        ("query-models/costs-by-nothing", json!(400)),
        ("query-models/estimate", json!(200)),
        ("query-models/intent", json!(201)),
        ("query-models/intent-in-no-zone", json!(400)),
        ("query-models/models", json!(200)),
        ("query-tasks/deliveries-of-unknown", json!(404)),
        ("query-tasks/list", json!(200)),
        ("query-tasks/provenance-of-unknown", json!(404)),
        ("query-tasks/published", json!(200)),
        ("query-tasks/review-of-unknown", json!(404)),
        ("query-tasks/targets-of-unknown", json!(404)),
        ("query-tasks/unknown-feed", json!(404)),
        ("query-tasks/unknown-transcript", json!(404)),
        ("query-tasks/unknown-task", json!(404)),
        ("query-tasks/usage", json!(200)),
        ("site/robots", json!(200)),
        ("site/unknown-domain", json!(404)),
        ("site/unknown-tenant", json!(404)),
        ("smoke-test/before-traffic", json!(null)),
        ("stream-task/no-credential", json!(401)),
        ("stream-task/unknown-key", json!(403)),
        ("sweep-tasks/minute", json!({"found": 0, "sent": 0, "failed": 0, "held": 0})),
    ]
    .into()
}

fn files() -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    for folder in std::fs::read_dir(root().join("events")).unwrap() {
        let folder = folder.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            let name =
                format!("{}/{}", folder.file_name().to_str().unwrap(), path.file_stem().unwrap().to_str().unwrap());
            files.insert(name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap());
        }
    }
    files
}

#[tokio::test]
async fn every_event_is_answered_as_it_should_be() {
    let galley = Galley::start().await;
    let (files, expected) = (files(), expected());
    assert_eq!(files.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected.keys().copied().collect());
    let covered: BTreeSet<&str> = files.keys().filter_map(|name| name.split('/').next()).collect();
    let functions = galley.stack.template.functions.iter().map(|function| function.binary.as_str()).collect();
    assert_eq!(covered, functions);
    for (name, event) in &files {
        let function = name.split('/').next().unwrap();
        let url = format!("{}/2015-03-31/functions/{function}/invocations", galley.stack.invoke_url());
        let response = galley.client.post(url).body(event.to_string()).send().await.unwrap();
        assert!(!response.headers().contains_key("x-amz-function-error"), "{name}");
        // What streams has more than JSON, behind eight zeros.
        let text = response.text().await.unwrap();
        let result: Value = serde_json::from_str(text.split('\0').next().unwrap()).unwrap();
        let shown = if result["statusCode"].is_null() { result } else { result["statusCode"].clone() };
        assert_eq!(shown, expected[name.as_str()], "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_invoked_is_told_as_lambda_tells_it() {
    let galley = Galley::start().await;
    let invoke = |name: &str, body: &'static str| {
        galley
            .client
            .post(format!("{}/2015-03-31/functions/{name}/invocations", galley.stack.invoke_url()))
            .body(body)
            .send()
    };
    assert_eq!(invoke("nobody", "{}").await.unwrap().status(), 404);
    assert_eq!(invoke("health", "not json").await.unwrap().status(), 400);
    // A function that fails is a 200 with a header that says so.
    let failed = invoke("health", "{\"no\": \"event\"}").await.unwrap();
    assert_eq!(
        (failed.status().as_u16(), failed.headers()["x-amz-function-error"].as_bytes()),
        (200, b"Unhandled".as_slice())
    );
}
