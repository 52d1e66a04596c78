//! Personal data: kept in the content, and nowhere else.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_local::fault_proxy::{Fault, Service};
use galley_tests::{Galley, answer, model::galley_with_model, request};
use reqwest::Method;
use serde_json::{Value, json};

const MAIL: &str = "ana.personal@example.org";
const PHONE: &str = "+49 30 901820";
const CARD: &str = "4111 1111 1111 1111";

#[tokio::test]
async fn what_is_personal_stays_in_the_content() {
    let galley = Galley::start().await;
    let said = format!("Ask {MAIL}, {PHONE}, {CARD}");
    let mut body = request();
    body["topic"] = json!(said);
    let path = galley.create(body).await;
    galley.wait(&path, "awaiting_approval").await;
    let review = json!({"human_feedback": said, "reviewer_id": "dev-editor"});
    galley.post("editor", &format!("{path}/request-changes"), review).await.expect(200);
    galley.wait(&path, "awaiting_approval").await;
    galley.post("author", &format!("{path}/cancel"), json!({"reason": said})).await.expect(200);
    // On its way into the log by every door there is: a path, a header, a refused body, a failure's words.
    answer(galley.request("viewer", Method::GET, &format!("/api/content/tasks/{MAIL}")).header("user-agent", MAIL))
        .await
        .expect(404);
    galley.post("author", "/api/content/tasks", json!({"topic": "x", "style": MAIL})).await.expect(400);

    assert_eq!(galley.get("viewer", &path).await.expect(200).body["topic"], said);
    let events = galley.get("viewer", &format!("{path}/events")).await.expect(200).body;
    let events = events["data"].as_array().unwrap().clone();
    let reasons: Vec<&str> = events.iter().filter_map(|event| event["reason"].as_str()).collect();
    assert_eq!(reasons, ["Ask [email], [phone], [card]"; 2]);
    let mut lines = 0;
    for file in std::fs::read_dir(galley.stack.data().join("logs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        lines += text.lines().count();
        for personal in [MAIL, "901820", CARD] {
            assert!(!text.contains(personal), "{text}");
        }
    }
    assert!(lines > 3);
    // The path of the refused request is there, without whose it was.
    let logged = std::fs::read_to_string(galley.stack.data().join("logs/QueryTasksFunction.log")).unwrap();
    assert!(logged.contains("/api/content/tasks/*"), "{logged}");
}

/// Waits until the job is done; how it is shown then.
async fn done(galley: &Galley, job: &str) -> Value {
    let mut shown = Value::Null;
    galley
        .until(async || {
            shown = galley.get("admin", job).await.expect(200).body;
            shown["status"] == "done"
        })
        .await;
    shown
}

/// A task of the author's that the editor has sent back and decided on, with a text of the author's own.
async fn history(galley: &Galley) -> String {
    let path = galley.drafted().await;
    galley.write(&path, "By the author").await.expect(200);
    let review = json!({"human_feedback": "Please add an example", "reviewer_id": "dev-editor"});
    galley.post("editor", &format!("{path}/request-changes"), review).await.expect(200);
    galley.wait(&path, "awaiting_approval").await;
    let revision = galley.write(&path, "By the author again").await.expect(200).body["revision"].clone();
    galley.approve(&path, json!({"revision": revision})).await.expect(200);
    path
}

#[tokio::test]
async fn an_export_has_all_that_is_kept_of_somebody_and_nothing_of_others() {
    let galley = Galley::start().await;
    let path = history(&galley).await;
    let other = galley.post("editor", "/api/content/tasks", request()).await.expect(201).text("task_id");
    galley.post("admin", "/api/admin/keys", json!({"subject": "dev-author", "role": "viewer"})).await.expect(201);
    let asked = galley.post("admin", "/api/privacy/export", json!({"subject": "dev-author"})).await.expect(202);
    let job = asked.header("location").to_owned();
    let shown = done(&galley, &job).await;
    assert_eq!(
        (&shown["kind"], &shown["subject"], &shown["requested_by"]),
        (&json!("export"), &json!("dev-author"), &json!("dev-admin"))
    );
    let mut records = Vec::new();
    for number in 1..=shown["parts"].as_u64().unwrap() {
        let part = galley.get("admin", &format!("{job}/parts/{number}")).await.expect(200).body;
        records.extend(part["records"].as_array().unwrap().clone());
    }
    let kinds = |kind: &str| records.iter().filter(|record| record.get(kind).is_some()).count();
    assert_eq!((kinds("task"), kinds("revision")), (1, 2));
    assert!(kinds("key") >= 2 && kinds("event") >= 3, "{records:?}");
    let task = records.iter().find_map(|record| record.get("task")).unwrap();
    assert!(path.ends_with(task["task_id"].as_str().unwrap()) && task["request"]["topic"] == request()["topic"]);
    let text = json!(records).to_string();
    assert!(text.contains("By the author again") && !text.contains(&other) && !text.contains("Please add an example"));
    for number in ["0", "99", "x"] {
        galley.get("admin", &format!("{job}/parts/{number}")).await.expect(404);
    }
    galley.get(galley_tests::RIVAL, &job).await.expect(404);
    assert_eq!(galley.get("admin", "/api/privacy/jobs").await.expect(200).body["data"][0]["status"], "done");
}

#[tokio::test]
async fn an_erasure_leaves_a_name_that_is_nobodys_and_the_content() {
    let galley = Galley::start().await;
    let path = history(&galley).await;
    let live = galley.get("viewer", &path).await.expect(200).body["published_url"].as_str().unwrap().to_owned();
    let article = galley.get("nobody", &live).await.expect(200).body;
    for subject in ["dev-author", "dev-editor"] {
        let asked = galley.post("admin", "/api/privacy/erase", json!({"subject": subject})).await.expect(202);
        let shown = done(&galley, asked.header("location")).await;
        assert!(shown["subject"].as_str().unwrap().starts_with("erased-"), "{shown}");
        assert_eq!(shown["tasks"], 1);
    }
    for shown in [
        &path,
        &format!("{path}/events"),
        &format!("{path}/revisions"),
        "/api/admin/keys?limit=100",
        "/api/content/tasks",
        "/api/privacy/jobs",
    ] {
        let text = galley.get("admin", shown).await.expect(200).body.to_string();
        assert!(!text.contains("dev-author") && !text.contains("dev-editor"), "{shown}: {text}");
    }
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert!(task["requested_by"].as_str().unwrap().starts_with("erased-"));
    assert_ne!(task["requested_by"], task["approval"]["reviewer_id"], "two people stay two");
    assert_eq!(galley.get("nobody", &live).await.expect(200).body["content"], article["content"]);
    // Nothing is left to find, and the keys open nothing any more.
    let again = galley.post("admin", "/api/privacy/export", json!({"subject": "dev-author"})).await.expect(202);
    let empty = done(&galley, again.header("location")).await;
    assert_eq!((&empty["tasks"], &empty["parts"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_job_whose_message_was_lost_is_done_all_the_same() {
    let galley = Galley::start().await;
    galley.stack.fault_proxy().decide(|call| {
        let lost = call.service == Service::Sqs && call.function == "AdminFunction";
        if lost { Fault::Vanishes } else { Fault::Passes }
    });
    let asked = galley.post("admin", "/api/privacy/export", json!({"subject": "dev-author"})).await.expect(202);
    let job = asked.header("location").to_owned();
    galley.stack.fault_proxy().heal();
    galley.let_a_job_wait(&job).await;
    galley.until(async || galley.sweep().await["sent"] == 1).await;
    done(&galley, &job).await;
    for wrong in [json!({}), json!({"subject": "a b"}), json!({"subject": "dev-author", "tenant": "rival"})] {
        galley.post("admin", "/api/privacy/erase", wrong).await.expect(400);
    }
}

#[tokio::test]
async fn what_models_hear_and_say_is_a_hash_unless_the_tenant_keeps_it() {
    let (galley, model) = galley_with_model(&[]).await;
    model.answer();
    let mut body = request();
    body["topic"] = json!(format!("Ask {MAIL} about caching"));
    let before = galley.create(body.clone()).await;
    galley.wait(&before, "awaiting_approval").await;
    let settings = "/api/admin/settings";
    let keeps = |keeps: bool| {
        json!({"quality_bar": 70, "assessment": null, "keep_model_texts": keeps, "auto_publish": false, "reuse_answers": false, "language": null, "four_eyes": false, "near_duplicates": "tell", "disclosure": null,
        "site_name": null, "site_logo": null, "site_accent": null, "site_navigation": [], "site_footer": null})
    };
    assert_eq!(galley.get("admin", settings).await.expect(200).body, keeps(false));
    let change = async |who: &str, body: Value| answer(galley.request(who, Method::PATCH, settings).json(&body)).await;
    change("editor", json!({"keep_model_texts": true})).await.expect(403);
    change("admin", json!({"keep_model_texts": "yes"})).await.expect(400);
    change("admin", json!({"quality_bar": 101})).await.expect(400);
    change("admin", json!({"assessment": "guess"})).await.expect(400);
    change("admin", json!({"usd_per_day": "9"})).await.expect(400);
    assert_eq!(change("admin", json!({"keep_model_texts": true})).await.expect(200).body, keeps(true));
    assert_eq!(change("admin", json!({})).await.expect(200).body, keeps(true));
    let after = galley.create(body).await;
    galley.wait(&after, "awaiting_approval").await;

    let call = async |task: &str| {
        let calls = galley.get("viewer", &format!("{task}/provenance")).await.expect(200).body["data"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(calls.len(), 1);
        assert_eq!((&calls[0]["outcome"], &calls[0]["phase"]), (&json!("answered"), &json!("draft")));
        assert!(
            calls[0]["prompt_sha256"].as_str().unwrap().len() == 64
                && calls[0]["response_sha256"].as_str().unwrap().len() == 64
        );
        format!("{task}/provenance/{}", calls[0]["call_id"].as_str().unwrap())
    };
    galley.get("viewer", &call(&before).await).await.expect(404);
    let said = galley.get("viewer", &call(&after).await).await.expect(200);
    assert!(said.text("prompt").contains("Ask [email] about caching") && said.text("response").contains("By a model"));
    galley.get(galley_tests::RIVAL, &call(&after).await).await.expect(404);
}

#[tokio::test]
async fn an_admin_is_erased_from_what_they_made_for_their_tenant() {
    let galley = Galley::start().await;
    let key = json!({"subject": "other-admin", "role": "admin"});
    let other = galley.post("admin", "/api/admin/keys", key).await.expect(201).text("key");
    let as_other = |method: Method, path: &str| {
        galley.client.request(method, format!("{}{path}", galley.stack.url())).bearer_auth(&other)
    };
    let source = json!({"source": "of-other", "scheme": "galley"});
    answer(as_other(Method::POST, "/api/admin/webhook-sources").json(&source)).await.expect(201);
    answer(as_other(Method::PUT, "/api/admin/people/github-1").json(&json!({"role": "viewer"}))).await.expect(200);
    let export =
        answer(as_other(Method::POST, "/api/privacy/export").json(&json!({"subject": "ana"}))).await.expect(202);
    done(&galley, export.header("location")).await;
    let asked = galley.post("admin", "/api/privacy/erase", json!({"subject": "other-admin"})).await.expect(202);
    done(&galley, asked.header("location")).await;
    for shown in [
        "/api/admin/webhook-sources",
        "/api/admin/people",
        "/api/privacy/jobs",
        "/api/admin/keys?limit=100",
        "/api/admin/acts?limit=100",
    ] {
        let text = galley.get("admin", shown).await.expect(200).body.to_string();
        assert!(text.contains("erased-") && !text.contains("other-admin"), "{shown}: {text}");
    }
}
