//! The main job through the front door: created, drafted, decided, live.

use galley_tests::{Galley, answer, approval, article, options, request};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_task_goes_from_request_to_live_article() {
    let galley = Galley::start().await;
    let created = galley.post("author", "/api/content/tasks", request()).await.expect(201);
    let path = created.header("location").to_owned();
    assert_eq!(path, format!("/api/content/tasks/{}", created.text("task_id")));
    assert_eq!(created.header("etag"), "\"1\"");
    assert!(created.header("ratelimit").starts_with("\"minute\";r="));
    assert_eq!(created.header("x-content-type-options"), "nosniff");
    assert_eq!(created.header("cache-control"), "no-store");
    assert!(!created.header("x-request-id").is_empty());

    let task = galley.wait(&path, "awaiting_approval").await;
    assert_eq!(task["revision"], 1);
    assert_eq!(task["blockers"][0]["code"], "outline");
    assert!(task["content"].as_str().unwrap().contains("<h2"));

    // The outline may not go live, not even by an editor's word.
    let refused = galley.approve(&path, json!({})).await.expect(409);
    assert_eq!(refused.problem(), "blocked");
    assert_eq!((&refused.body["blockers"][0]["code"], &refused.body["errors"]), (&json!("outline"), &json!(null)));
    let refused = galley.approve(&path, json!({"override_blockers": true})).await.expect(403);
    assert_eq!(refused.problem(), "forbidden");

    // A person writes the article; with two revisions, the decision must name one.
    let edited = galley.write(&path, "HTTP caching in practice").await.expect(200);
    assert_eq!(edited.body["revision"], 2);
    assert_eq!(galley.approve(&path, json!({})).await.expect(428).problem(), "revision-unnamed");
    assert_eq!(galley.approve(&path, json!({"revision": 1})).await.expect(409).problem(), "revision-outdated");
    let stale = galley.request("editor", Method::POST, &format!("{path}/approve")).header("if-match", "\"1\"");
    let stale = answer(stale.json(&approval("dev-editor", &json!({})))).await.expect(412);
    assert_eq!(stale.problem(), "version-mismatch");
    let decided = galley.approve(&path, json!({"revision": 2})).await.expect(200);
    assert_eq!(decided.text("approval_status"), "published");
    assert_eq!(decided.text("reviewer_id"), "dev-editor");

    let url = decided.text("published_url");
    assert_eq!(url, "/api/content/published/default/http-caching-in-practice");
    let live = galley.get("nobody", &url).await.expect(200);
    assert!(live.text("content").contains("<h2 id=\"content-how-it-works\">How it works</h2>"));
    assert!(live.header("cache-control").starts_with("public"));
    assert_eq!((&live.body["task_type"], &live.body["language"]), (&json!("blog_post"), &json!("en")));
    assert_eq!((live.text("canonical_url"), live.text("updated_at")), (url.clone(), live.text("published_at")));
    // A person wrote over the outline, and a person read what they wrote; neither has a name that may be shown.
    assert_eq!(live.body["making"]["digital_source_type"], "digitalCreation");
    assert!(live.body["making"]["reviewed_at"].is_string() && live.body["author"].is_null());
    let again = galley.request("nobody", Method::GET, &url).header("if-none-match", live.header("etag"));
    assert_eq!(answer(again).await.status, 304);
    let list = galley.get("nobody", "/api/content/published/default").await.expect(200);
    assert_eq!(list.body["data"][0]["slug"], "http-caching-in-practice");

    let events = galley.get("viewer", &format!("{path}/events?limit=100")).await.expect(200);
    let mut names: Vec<&str> =
        events.body["data"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    names.reverse();
    assert_eq!(names, ["created", "claimed", "drafted", "edited", "approved", "published"]);
    let revisions = galley.get("viewer", &format!("{path}/revisions")).await.expect(200);
    let numbers: Vec<_> =
        revisions.body["data"].as_array().unwrap().iter().map(|one| one["revision"].clone()).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(
        galley.get("viewer", &format!("{path}/revisions/1")).await.expect(200).body["author"]["kind"],
        "outline"
    );
    galley.get("viewer", &format!("{path}/revisions/9")).await.expect(404);
}

#[tokio::test]
async fn an_admin_overrides_on_record() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let body = approval("dev-admin", &json!({"override_blockers": true}));
    let decided = galley.post("admin", &format!("{path}/approve"), body).await.expect(200);
    assert!(decided.text("message").contains("outline"));
    let task = galley.get("viewer", &path).await.expect(200);
    assert_eq!(task.body["approval"]["overrode"], json!(["outline"]));
}

#[tokio::test]
async fn a_reviewer_speaks_for_nobody_else() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let other = approval("somebody-else", &json!({"approved": false}));
    galley.post("editor", &format!("{path}/approve"), other.clone()).await.expect(403);
    // An admin may record another's decision.
    galley.post("admin", &format!("{path}/approve"), other).await.expect(200);
    galley.wait(&path, "rejected").await;
}

#[tokio::test]
async fn feedback_reaches_the_next_draft() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let review = json!({"human_feedback": "Please mention the Vary header", "reviewer_id": "dev-editor"});
    let sent_back = galley.post("editor", &format!("{path}/request-changes"), review).await.expect(200);
    assert_eq!(sent_back.text("approval_status"), "pending");
    let task = galley.wait(&path, "awaiting_approval").await;
    assert_eq!(task["revision"], 2);
    assert!(task["content"].as_str().unwrap().contains("Vary header"));
}

#[tokio::test]
async fn what_is_published_was_cleaned() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    let html = format!(
        "{}<script>steal()</script><img src=x onerror=steal()>",
        "<p>Plain words that fill the page.</p>".repeat(60)
    );
    let draft = json!({"title": "A clean one", "html": html, "excerpt": "Short <b onclick=steal()>and</b> plain"});
    let edited = answer(galley.request("author", Method::PUT, &format!("{path}/draft")).json(&draft)).await.expect(200);
    let decided = galley
        .post(
            "admin",
            &format!("{path}/approve"),
            approval("dev-admin", &json!({"revision": edited.body["revision"], "override_blockers": true})),
        )
        .await
        .expect(200);
    let live = galley.get("nobody", &decided.text("published_url")).await.expect(200).text("content");
    assert!(!live.contains("script") && !live.contains("onerror"), "{live}");
    assert_eq!(galley.get("viewer", &path).await.expect(200).text("excerpt"), "Short and plain");
}

#[tokio::test]
async fn a_taken_slug_gets_a_suffix() {
    let galley = Galley::start().await;
    let first = galley.published("The same title").await;
    let second = galley.published("The same title").await;
    let slug = |task: Value| task["published_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let (first, second) = (slug(galley.wait(&first, "published").await), slug(galley.wait(&second, "published").await));
    assert_eq!(first, "the-same-title");
    assert!(second.starts_with("the-same-title-") && second.len() == "the-same-title-".len() + 4, "{second}");
}

#[tokio::test]
async fn a_scheduled_article_waits_for_its_hour() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    galley.write(&path, "In its own time").await.expect(200);
    let past = galley.approve(&path, json!({"revision": 2, "publish_at": "2020-01-01T00:00:00Z"})).await.expect(400);
    assert_eq!(past.body["errors"][0]["field"], "publish_at");
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2)).to_string();
    let decided = galley.approve(&path, json!({"revision": 2, "publish_at": soon})).await.expect(200);
    assert_eq!(decided.text("approval_status"), "approved");
    assert_eq!(decided.body["published_url"], Value::Null);
    assert_eq!(galley.sweep().await["found"], 0);
    // The hour comes: what the sweeper finds then, the quick queue publishes.
    while galley.sweep().await["sent"] != 1 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let task = galley.wait(&path, "published").await;
    galley.get("nobody", task["published_url"].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn an_article_that_waits_is_moved_to_another_hour_and_goes_live_at_that() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    galley.write(&path, "Earlier than planned").await.expect(200);
    let later = |seconds| (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds)).to_string();
    galley.approve(&path, json!({"revision": 2, "publish_at": later(7200)})).await.expect(200);
    let schedule = format!("{path}/schedule");
    let moved = galley.post("editor", &schedule, json!({"publish_at": later(3600)})).await.expect(200);
    assert_eq!(moved.text("status"), "approved");
    assert_eq!(galley.sweep().await["found"], 0);
    galley.post("editor", &schedule, json!({"reason": "The embargo is over"})).await.expect(200);
    let task = galley.wait(&path, "published").await;
    galley.get("nobody", task["published_url"].as_str().unwrap()).await.expect(200);
    let late = galley.post("editor", &schedule, json!({"publish_at": later(3600)})).await.expect(409);
    assert_eq!((late.problem().as_str(), &late.body["state"]), ("illegal-move", &json!("published")));
}

#[tokio::test]
async fn lists_are_filtered_and_paged_without_gaps_or_doubles() {
    let galley = Galley::start().await;
    for n in 0..5 {
        galley.create(json!({"topic": format!("Topic number {n}"), "generator": "external", "task_type": if n % 2 == 0 { "email" } else { "newsletter" }})).await;
    }
    let mut seen = Vec::new();
    let mut next = "/api/content/tasks?limit=2&status=pending".to_owned();
    loop {
        let page = galley.get("viewer", &next).await.expect(200);
        for task in page.body["data"].as_array().unwrap() {
            assert!(task["content"].is_null());
            seen.push(task["topic"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        // A cursor belongs to its tenant and its filter.
        galley.get("rival", &format!("/api/content/tasks?limit=2&status=pending&cursor={cursor}")).await.expect(400);
        galley.get("viewer", &format!("/api/content/tasks?limit=2&cursor={cursor}")).await.expect(400);
        next = format!("/api/content/tasks?limit=2&status=pending&cursor={cursor}");
    }
    assert_eq!(seen, ["Topic number 4", "Topic number 3", "Topic number 2", "Topic number 1", "Topic number 0"]);
    let emails = galley.get("viewer", "/api/content/tasks?task_type=email").await.expect(200);
    assert_eq!(emails.body["data"].as_array().unwrap().len(), 3);
    for query in ["limit=0", "limit=101", "status=lost", "task_type=poem", "cursor=abc"] {
        galley.get("viewer", &format!("/api/content/tasks?{query}")).await.expect(400);
    }
    let etag = galley.get("viewer", "/api/content/tasks?limit=1").await.expect(200).body["data"][0]["version"].clone();
    assert_eq!(etag, 1);
}

#[tokio::test]
async fn bulk_answers_for_each_item() {
    let galley = Galley::start().await;
    let tasks = json!({"tasks": [request(), {"topic": "x"}, request()]});
    let made =
        galley.post_with_key("author", "/api/content/tasks/bulk/create", "bulk-1", tasks.clone()).await.expect(200);
    let statuses = |answer: &Value| -> Vec<u64> {
        answer["results"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect()
    };
    assert_eq!(statuses(&made.body), [201, 400, 201]);
    assert_eq!(made.body["results"][1]["problem"]["errors"][0]["field"], "tasks[1].topic");
    // The same bulk again makes nothing new.
    let again = galley.post_with_key("author", "/api/content/tasks/bulk/create", "bulk-1", tasks).await.expect(200);
    assert_eq!(again.body["results"][0]["id"], made.body["results"][0]["id"]);

    let ids: Vec<Value> = [0, 2].map(|n| made.body["results"][n]["id"].clone()).into();
    let cancelled = galley
        .post(
            "author",
            "/api/content/tasks/bulk/update",
            json!({"ids": [ids[0], "task_x", ids[1]], "action": "cancel"}),
        )
        .await
        .expect(200);
    assert_eq!(statuses(&cancelled.body), [200, 404, 200]);
    let body = json!({"ids": ids, "action": "approve", "body": {"human_feedback": "All fine with me", "reviewer_id": "dev-author"}});
    galley.post("author", "/api/content/tasks/bulk/update", body).await.expect(403);
    let too_many: Vec<String> = (0..101).map(|n| format!("task_{n}")).collect();
    let refused = galley
        .post("author", "/api/content/tasks/bulk/update", json!({"ids": too_many, "action": "cancel"}))
        .await
        .expect(400);
    assert_eq!(refused.body["errors"][0]["field"], "ids");
    galley.post("author", "/api/content/tasks/bulk/create", json!({"tasks": []})).await.expect(400);
    galley.post("author", "/api/content/tasks/bulk/create", json!({"tasks": vec![request(); 101]})).await.expect(400);
}

#[tokio::test]
async fn tasks_outlive_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || galley_local::Options { data: Some(folder.path().to_owned()), ..options() };
    let galley = Galley::with(kept()).await;
    let done = galley.published("Still here").await;
    let waiting = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    galley.stack.stop().await.unwrap();

    let galley = Galley::with(kept()).await;
    let task = galley.wait(&done, "published").await;
    galley.get("nobody", task["published_url"].as_str().unwrap()).await.expect(200);
    galley.wait(&waiting, "pending").await;
    let id = waiting.rsplit('/').next().unwrap();
    galley.webhook(&json!({"event_id": "after-restart", "event_type": "content.generated", "task_id": id, "content": {"title": "Late but here", "markdown": article("Late")}})).await.expect(202);
    galley.wait(&waiting, "awaiting_approval").await;
}
