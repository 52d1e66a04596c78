//! The console in a real browser, against the real stack: an editor's day, and what admins and operators look after, in the roles that
//! it concerns. What is done and seen is in tests/browser/console.py and the files beside it, a scene for each test; whatever the scene,
//! no policy is broken and no script runs but ours.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use galley_local::Options;
use galley_tests::{
    Galley, RIVAL,
    browser::{play, play_with},
    options, request, root,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// A task whose second revision is a person's and is held back by nothing.
async fn written(galley: &Galley, title: &str) -> (String, u64) {
    let path = galley.drafted().await;
    let saved = galley.write(&path, title).await.expect(200);
    (path, saved.body["revision"].as_u64().unwrap())
}

#[tokio::test]
async fn a_reviewer_walks_the_queue_by_keyboard_and_is_brought_to_the_next_draft() {
    let galley = Galley::start().await;
    for title in ["The third draft", "The second draft", "The first draft"] {
        written(&galley, title).await;
    }
    let titles = ["The first draft", "The second draft", "The third draft"];
    play(&galley, "queue_by_keyboard", json!({"titles": titles})).await;
}

#[tokio::test]
async fn what_a_reviewer_saw_and_approved_is_what_is_live() {
    let galley = Galley::start().await;
    let (path, revision) = written(&galley, "How caches keep copies").await;
    let given = json!({"task": id(&path), "title": "How caches keep copies", "revision": revision});
    play(&galley, "approve", given).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["status"], &task["live_revision"]), (&json!("published"), &json!(revision)));
    assert_eq!(task["approval"]["reviewer_id"], "dev-editor");
}

#[tokio::test]
async fn nobody_is_offered_what_their_role_may_not_do() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    play(&galley, "roles", json!({"task": id(&path)})).await;
}

#[tokio::test]
async fn a_task_is_given_to_somebody_without_disturbing_whoever_reads_it() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let (other, _) = written(&galley, "Nobody has this one").await;
    let person = galley.request("admin", reqwest::Method::PUT, "/api/admin/people/github-7");
    galley_tests::answer(person.json(&json!({"role": "editor"}))).await.expect(200);
    play(&galley, "assign", json!({"task": id(&path), "other": id(&other)})).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["assignee"], &task["status"]), (&json!("github-7"), &json!("awaiting_approval")));
}

#[tokio::test]
async fn what_is_said_of_a_place_is_answered_resolved_and_known_again_in_the_next_text() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let markdown = "A cache keeps a copy for ten years.\n\nThe browser asks whether it still holds.";
    let next = json!({"title": "How caches keep copies", "markdown": "The browser asks whether it still holds."});
    let first = json!({"title": "How caches keep copies", "markdown": markdown});
    let save = async |body: &Value| {
        let save = galley.request("author", reqwest::Method::PUT, &format!("{path}/draft")).json(body);
        galley_tests::answer(save).await.expect(200);
    };
    save(&first).await;
    play(&galley, "comment", json!({"task": id(&path)})).await;
    let said = galley.get("viewer", &format!("{path}/comments")).await.expect(200).body;
    assert_eq!(
        (&said["data"][0]["anchor"]["quote"], &said["data"][0]["author"]),
        (&json!("ten years"), &json!("dev-author"))
    );
    assert_eq!(
        (&said["data"][1]["parent"], &said["data"][0]["resolved"]["by"]),
        (&said["data"][0]["comment_id"], &json!("dev-editor"))
    );
    save(&next).await;
    play(&galley, "comment_lost", json!({"task": id(&path)})).await;
}

#[tokio::test]
async fn a_text_that_is_held_back_shows_where_and_only_an_admin_may_publish_it() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let twice = "It says the same thing in the same words once more. ".repeat(60);
    let body = json!({"title": "How HTTP caching works", "markdown": format!("## Again\n\n{twice}")});
    galley_tests::answer(galley.request("author", reqwest::Method::PUT, &format!("{path}/draft")).json(&body))
        .await
        .expect(200);
    play(&galley, "held_back", json!({"task": id(&path)})).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["status"], &task["approval"]["reviewer_id"]), (&json!("published"), &json!("dev-admin")));
}

#[tokio::test]
async fn no_picture_of_an_article_is_loaded_unasked() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let html = "<p>Before.</p><p><img src=\"https://pics.example/one.png\" alt=\"One\"></p><p>After.</p>";
    let save = galley.request("author", reqwest::Method::PUT, &format!("{path}/draft"));
    galley_tests::answer(save.json(&json!({"title": "With a picture", "html": html}))).await.expect(200);
    play(&galley, "pictures", json!({"task": id(&path)})).await;
}

#[tokio::test]
async fn of_two_reviewers_the_second_is_told_and_loses_nothing() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    play(&galley, "two_reviewers", json!({"task": id(&path)})).await;
    assert_eq!(galley.get("viewer", &path).await.expect(200).body["status"], "rejected");
}

#[tokio::test]
async fn a_text_survives_a_reload_and_a_conflict_and_is_gone_at_sign_out() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    play(&galley, "edit", json!({"task": id(&path)})).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["revision"], &task["status"]), (&json!(4), &json!("awaiting_approval")));
}

#[tokio::test]
async fn a_text_that_was_typed_before_somebody_else_saved_is_offered_and_keeps_its_form() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    play(&galley, "typed_on_an_old_revision", json!({"task": id(&path), "key": galley.key("editor")})).await;
    let revision = galley.get("viewer", &format!("{path}/revisions/4")).await.expect(200).body;
    let markdown = revision["markdown"].as_str().unwrap_or_else(|| panic!("{revision}"));
    assert!(markdown.starts_with("Mine comes first. "), "{markdown}");
}

#[tokio::test]
async fn whoever_edits_what_is_scheduled_is_told_so_and_given_what_they_typed() {
    let galley = Galley::start().await;
    let (path, revision) = written(&galley, "How caches keep copies").await;
    let hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    let decision = json!({"revision": revision, "publish_at": hour.to_string()});
    galley.approve(&path, decision).await.expect(200);
    play(&galley, "edit_what_is_scheduled", json!({"task": id(&path)})).await;
}

#[tokio::test]
async fn of_two_writers_the_second_is_told_within_two_seconds_and_loses_nothing() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    play(&galley, "two_writers", json!({"task": id(&path)})).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["revision"], &task["title"]), (&json!(4), &json!("How caches keep copies")));
}

#[tokio::test]
async fn the_stack_dies_while_somebody_writes_and_nothing_that_was_typed_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |port| Options { data: Some(folder.path().to_owned()), port, ..options() };
    let galley = Galley::with(kept(0)).await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let url = galley.stack.console_url();
    let port = galley.stack.url().rsplit(':').next().unwrap().parse().unwrap();
    let mut running = Some(galley);
    play_with(url, "stack_killed", json!({"task": id(&path)}), async |wanted| match running.take() {
        Some(galley) if wanted == "stop" => galley.stack.stop().await.unwrap(),
        None if wanted == "start" => running = Some(Galley::with(kept(port)).await),
        _ => panic!("{wanted} at the wrong time"),
    })
    .await;
    let task = running.unwrap().get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["revision"], &task["status"]), (&json!(3), &json!("awaiting_approval")));
}

#[tokio::test]
async fn whoever_wrote_a_text_is_told_that_somebody_else_approves_it() {
    let galley = Galley::start().await;
    // Before the editor's first request: who may approve is told with who calls, and kept for a minute.
    let settings = galley.request("admin", reqwest::Method::PATCH, "/api/admin/settings");
    galley_tests::answer(settings.json(&json!({"four_eyes": true}))).await.expect(200);
    let path = galley.drafted().await;
    let text = json!({"title": "How caches keep copies", "markdown": galley_tests::article("How caches keep copies")});
    let save = galley.request("editor", reqwest::Method::PUT, &format!("{path}/draft"));
    galley_tests::answer(save.json(&text)).await.expect(200);
    let forced = galley.approve(&path, json!({"revision": 2})).await.expect(403);
    assert!(forced.text("detail").starts_with("four_eyes: "), "{}", forced.body);
    play(&galley, "four_eyes", json!({"task": id(&path)})).await;
    let task = galley.get("viewer", &path).await.expect(200).body;
    assert_eq!((&task["status"], &task["approval"]["reviewer_id"]), (&json!("published"), &json!("dev-admin")));
}

#[tokio::test]
async fn what_a_role_may_not_do_is_refused_when_it_is_forced() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let before = galley.get("admin", &path).await.expect(200).body;
    let keys = json!({"viewer": galley.key("viewer"), "author": galley.key("author")});
    play(&galley, "forced", json!({"task": id(&path), "keys": keys})).await;
    assert_eq!(galley.get("admin", &path).await.expect(200).body, before);
}

#[tokio::test]
async fn what_is_checked_is_as_it_would_be_saved_and_nothing_is_stored() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let before = galley.get("viewer", &path).await.expect(200).body;
    let text = json!({"title": "Another title", "markdown": "## One\n\n<script>alert(1)</script>Some *words*."});
    let checked = galley.post("author", &format!("{path}/draft/check"), text.clone()).await.expect(200).body;
    assert_eq!(galley.get("viewer", &path).await.expect(200).body, before);
    galley.get("viewer", &format!("{path}/revisions/3")).await.expect(404);
    let save = galley.request("author", reqwest::Method::PUT, &format!("{path}/draft")).json(&text);
    galley_tests::answer(save).await.expect(200);
    let saved = galley.get("viewer", &format!("{path}/revisions/3")).await.expect(200).body;
    for field in ["content", "blockers", "cleaned", "word_count", "quality", "excerpt", "seo"] {
        assert_eq!(checked[field], saved[field], "{field}");
    }
}

#[tokio::test]
async fn a_session_that_ends_while_somebody_writes_costs_them_no_text() {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let given = json!({"task": id(&path), "key": galley.key("editor")});
    play(&galley, "ended_session", given).await;
    assert_eq!(galley.get("viewer", &path).await.expect(200).body["status"], "awaiting_approval");
}

#[tokio::test]
async fn what_is_asked_for_is_checked_priced_and_followed_to_its_draft() {
    let galley = Galley::start().await;
    play(&galley, "ask", json!({})).await;
}

#[tokio::test]
async fn each_line_of_a_pasted_table_has_a_result_of_its_own() {
    let galley = Galley::start().await;
    play(&galley, "ask_many", json!({})).await;
    let listed = galley.get("viewer", "/api/content/tasks").await.expect(200).body;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_editor_takes_an_article_down_and_an_author_is_not_offered_it() {
    let galley = Galley::start().await;
    let path = galley.published("An article that is live").await;
    play(&galley, "published", json!({"task": id(&path), "title": "An article that is live"})).await;
    assert_eq!(galley.get("viewer", &path).await.expect(200).body["status"], "archived");
}

/// A live article whose next text goes live in a while.
async fn live_with_a_next(galley: &Galley, title: &str) -> String {
    let path = galley.published(title).await;
    let saved = galley.write(&path, title).await.expect(200);
    let hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    let next = json!({"revision": saved.body["revision"], "publish_at": hour.to_string()});
    galley.approve(&path, next).await.expect(200);
    path
}

#[tokio::test]
async fn an_article_is_listed_while_its_next_text_has_an_hour() {
    let galley = Galley::start().await;
    let title = "An article that is live";
    live_with_a_next(&galley, title).await;
    play(&galley, "next_is_scheduled", json!({"title": title})).await;
}

#[tokio::test]
async fn where_an_article_was_sent_is_seen_and_sent_again_from_what_is_published() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options();
    let stand_in = format!("hooks.example.com={}", listener.local_addr().unwrap());
    options.parameters.insert("CallbackStandIns".into(), stand_in);
    let got = Arc::new(AtomicUsize::new(0));
    let counted = got.clone();
    let receiver = axum::Router::new().fallback(async move || {
        counted.fetch_add(1, Ordering::SeqCst);
        axum::http::StatusCode::NO_CONTENT
    });
    tokio::spawn(async { axum::serve(listener, receiver).await });
    let galley = Galley::with(options).await;
    let target = json!({"name": "blog", "url": "https://blog.example.com", "secret": "not a real password",
        "settings": {"kind": "wordpress", "username": "editor"}});
    galley.post("admin", "/api/admin/targets", target).await.expect(201);
    let pause = galley.request("admin", reqwest::Method::PATCH, "/api/admin/targets/blog");
    galley_tests::answer(pause.json(&json!({"paused": true}))).await.expect(200);
    let mut asked = request();
    asked["publish_to"] = json!(["blog"]);
    asked["callback_url"] = json!("https://hooks.example.com/galley");
    let path = galley.create(asked).await;
    galley.wait(&path, "awaiting_approval").await;
    let saved = galley.write(&path, "An article that went out").await.expect(200);
    galley.approve(&path, json!({"revision": saved.body["revision"]})).await.expect(200);
    let list = async |what| galley.get("viewer", &format!("{path}/{what}")).await.expect(200).body["data"].clone();
    galley.until(async || list("targets").await[0]["status"] == "held").await;
    let told = |all: &Value| all.as_array().unwrap().iter().all(|one| one["status"] == "delivered");
    galley.until(async || told(&list("deliveries").await)).await;
    let before = got.load(Ordering::SeqCst);
    play(&galley, "sent", json!({"task": id(&path), "title": "An article that went out"})).await;
    galley.until(async || got.load(Ordering::SeqCst) == before + 1).await;
}

#[tokio::test]
async fn an_admin_lets_people_in_and_go() {
    play(&Galley::start().await, "people", json!({})).await;
}

#[tokio::test]
async fn a_key_is_shown_once_and_is_nowhere_afterwards() {
    let galley = Galley::start().await;
    play(&galley, "keys", json!({})).await;
    let keys = galley.get("admin", "/api/admin/keys").await.expect(200).body["data"].clone();
    let of = |subject: &str| keys.as_array().unwrap().iter().filter(|key| key["subject"] == subject).count();
    assert_eq!((of("robot"), of("second"), of("third")), (1, 1, 1), "{keys}");
}

#[tokio::test]
async fn a_webhook_source_signs_with_the_secret_that_was_shown_once() {
    play(&Galley::start().await, "sources", json!({})).await;
}

#[tokio::test]
async fn an_admin_makes_a_target_and_pauses_it() {
    play(&Galley::start().await, "targets", json!({})).await;
}

#[tokio::test]
async fn a_change_of_the_settings_is_listed_and_taken_back() {
    let galley = Galley::start().await;
    let before = galley.get("admin", "/api/admin/settings").await.expect(200).body;
    play(&galley, "settings", json!({})).await;
    assert_eq!(galley.get("admin", "/api/admin/settings").await.expect(200).body, before);
}

#[tokio::test]
async fn what_was_spent_is_seen_against_its_caps() {
    play(&Galley::start().await, "usage", json!({})).await;
}

#[tokio::test]
async fn what_is_kept_of_a_person_is_downloaded_and_erased() {
    play(&Galley::start().await, "privacy", json!({})).await;
}

#[tokio::test]
async fn who_did_what_is_found_on_the_audit_log_and_told_to_admins_alone() {
    let galley = Galley::start().await;
    let limits = galley.request("operator", reqwest::Method::PATCH, "/api/admin/tenants/default/limits");
    galley_tests::answer(limits.json(&json!({"read_per_minute": 500}))).await.expect(200);
    let key = |role| galley.key(role);
    let keys = json!({"viewer": key("viewer"), "editor": key("editor"), "admin": key("admin")});
    play(&galley, "audit_log", json!({"keys": keys})).await;
}

#[tokio::test]
async fn an_operator_turns_flags_suspends_a_tenant_and_sets_its_limits() {
    let galley = Galley::start().await;
    let rival = format!("/api/admin/tenants/{RIVAL}");
    galley_tests::answer(galley.request("operator", reqwest::Method::PUT, &rival)).await.expect(200);
    play(&galley, "operators", json!({})).await;
    assert_eq!(galley.get("operator", &rival).await.expect(200).body["status"], "active");
    let limits = galley.get("operator", &format!("{rival}/limits")).await.expect(200).body;
    assert_eq!((&limits["read_per_minute"], &limits["usd_per_day"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_operator_finds_a_task_of_any_tenant_and_cancels_it() {
    let galley = Galley::start().await;
    let title = "How caches keep copies";
    let (path, _) = written(&galley, title).await;
    play(&galley, "inspected", json!({"task": id(&path), "title": title})).await;
    assert_eq!(galley.get("viewer", &path).await.expect(200).body["status"], "cancelled");
}

#[tokio::test]
async fn a_dead_letter_is_sent_back_or_thrown_away() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let letter = json!({"v": 1, "kind": "generate", "tenant": "default", "id": id(&path), "trace_id": "0".repeat(32)});
    galley.stack.send_raw("WorkDeadLetterQueue", &letter.to_string()).await.unwrap();
    galley.stack.send_raw("QuickDeadLetterQueue", "<img src=x onerror=alert(1)>").await.unwrap();
    play(&galley, "letters", json!({})).await;
}

#[tokio::test]
async fn nobody_is_offered_an_area_that_is_not_theirs_and_the_api_refuses_it() {
    let galley = Galley::start().await;
    let key = |role| galley.key(role);
    let keys = json!({"viewer": key("viewer"), "author": key("author"), "editor": key("editor"), "admin": key("admin"),
        "operator": key("operator")});
    play(&galley, "who_may", json!({"keys": keys})).await;
}

#[tokio::test]
async fn no_title_feedback_or_name_does_anything_in_the_console() {
    let galley = Galley::start().await;
    let (mut tasks, mut titles) = (Vec::new(), Vec::new());
    for attack in [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "\"><svg onload=alert(1)>",
        "</title></iframe><script>alert(1)</script>",
        "{{constructor.constructor('alert(1)')()}}",
        "javascript:alert(1)",
    ] {
        let mut asked = request();
        asked["topic"] = json!(attack);
        asked["tags"] = json!([attack]);
        asked["metadata"] = json!({"note": attack});
        let path = galley.create(asked).await;
        galley.wait(&path, "awaiting_approval").await;
        galley.write(&path, attack).await.expect(200);
        let note = json!({"human_feedback": format!("Again: {attack}"), "reviewer_id": "dev-editor", "revision": 2});
        galley.post("editor", &format!("{path}/request-changes"), note).await.expect(200);
        let task = galley.wait(&path, "awaiting_approval").await;
        titles.push(task["title"].as_str().unwrap_or_else(|| panic!("{task}")).to_owned());
        tasks.push(id(&path).to_owned());
    }
    play(&galley, "harmless", json!({"tasks": tasks, "titles": titles})).await;
}

#[tokio::test]
async fn every_page_is_accessible_in_both_themes_and_on_a_phone() {
    let galley = Galley::start().await;
    galley.published("An article that is live").await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let axe = root().join("console/node_modules/axe-core/axe.min.js");
    assert!(axe.exists(), "no axe-core: run `make console`");
    play(&galley, "accessible", json!({"task": id(&path), "axe": axe})).await;
}

async fn accessible_area(area: &str) {
    let galley = Galley::start().await;
    let (path, _) = written(&galley, "How caches keep copies").await;
    let axe = root().join("console/node_modules/axe-core/axe.min.js");
    play(&galley, "areas_accessible", json!({"task": id(&path), "axe": axe, "area": area})).await;
}

#[tokio::test]
async fn every_page_of_an_admin_is_accessible_in_both_themes_and_on_a_phone() {
    accessible_area("admin").await;
}

#[tokio::test]
async fn every_page_of_an_operator_is_accessible_in_both_themes_and_on_a_phone() {
    accessible_area("operate").await;
}
