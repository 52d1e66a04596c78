//! What a dying process, a lost message and a bad one leave behind: nothing that is not made good.

use std::time::Duration;

use galley_tests::{Galley, model::galley_with_model, options, request};
use serde_json::json;

#[tokio::test]
async fn a_task_finishes_although_its_worker_was_killed() {
    let (galley, model) = galley_with_model(&[]).await;
    let path = galley.create(request()).await;
    model.asked.notified().await;
    let generating = galley.wait(&path, "generating").await;
    assert_eq!(generating["attempt"], 1);

    galley.stack.kill("WorkFunction");
    model.answer();
    // Before the lease is over nobody takes the task away; after it, the sweeper's message finds another worker.
    assert_eq!(galley.sweep().await["found"], 0);
    galley.let_time_pass(&path).await;
    assert_eq!(galley.sweep().await["sent"], 1);
    let task = galley.wait(&path, "awaiting_approval").await;
    assert_eq!((&task["attempt"], &task["title"]), (&json!(2), &json!("By a model")));
    assert_eq!(model.calls(), 2);
}

#[tokio::test]
async fn the_third_lost_worker_is_the_last_and_its_place_is_given_back() {
    let (galley, model) = galley_with_model(&[("UserTasksPerDay", "1")]).await;
    let path = galley.create(request()).await;
    for attempt in 1..=3 {
        model.asked.notified().await;
        assert_eq!(galley.wait(&path, "generating").await["attempt"], attempt);
        galley.stack.kill("WorkFunction");
        galley.let_time_pass(&path).await;
        galley.sweep().await;
    }
    let task = galley.wait(&path, "failed").await;
    assert_eq!(task["error"]["code"], "worker_lost");
    // Galley failed it, so the user's only place of the day is free again.
    galley.post("author", "/api/content/tasks", request()).await.expect(201);
}

#[tokio::test]
async fn a_cancelled_task_stays_cancelled_whatever_its_worker_says() {
    let (galley, model) = galley_with_model(&[]).await;
    let path = galley.create(request()).await;
    model.asked.notified().await;
    galley.post("author", &format!("{path}/cancel"), json!({})).await.expect(200);
    let version = galley.wait(&path, "cancelled").await["version"].clone();
    model.answer();
    galley.let_time_pass(&path).await;
    galley.sweep().await;
    let other = galley.create(request()).await;
    galley.wait(&other, "awaiting_approval").await;
    assert_eq!(galley.wait(&path, "cancelled").await["version"], version);
}

#[tokio::test]
async fn a_bad_message_is_buried_alone() {
    let galley = Galley::start().await;
    let id = format!("task_{}", "0".repeat(32));
    for body in [
        "not json".to_owned(),
        json!({"v": 2, "kind": "generate"}).to_string(),
        json!({"v": 1, "kind": "dance", "tenant": "default", "id": "x", "trace_id": "0".repeat(32)}).to_string(),
        // Unknown, and so nothing to do: dropped with a warning.
        json!({"v": 1, "kind": "generate", "tenant": "default", "id": id, "trace_id": "0".repeat(32)}).to_string(),
    ] {
        galley.stack.send_raw("WorkQueue", &body).await.unwrap();
    }
    let path = galley.create(request()).await;
    galley.wait(&path, "awaiting_approval").await;
    let queue = galley.stack.template.queues.iter().find(|queue| queue.id == "WorkQueue").unwrap();
    let dead = queue.redrive.clone().unwrap().0;
    let buried = loop {
        let buried = galley.stack.peek(&dead).await.unwrap();
        if buried.len() == 3 {
            break buried;
        }
        assert!(buried.len() < 3, "{buried:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for message in buried {
        assert!(!message["MessageAttributes"]["reason"]["StringValue"].as_str().unwrap().is_empty(), "{message}");
    }
}

#[tokio::test]
async fn another_tenants_message_moves_nothing() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap();
    galley
        .stack
        .send_raw(
            "WorkQueue",
            &json!({"v": 1, "kind": "generate", "tenant": "rival", "id": id, "trace_id": "0".repeat(32)}).to_string(),
        )
        .await
        .unwrap();
    let other = galley.create(request()).await;
    galley.wait(&other, "awaiting_approval").await;
    assert_eq!(galley.wait(&path, "pending").await["version"], 1);
}

#[tokio::test]
async fn external_content_is_waited_for_a_day_and_no_longer() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    galley.let_time_pass(&path).await;
    // Due, but not yet a day old: the worker leaves it.
    assert_eq!(galley.sweep().await["sent"], 1);
    let other = galley.create(request()).await;
    galley.wait(&other, "awaiting_approval").await;
    assert_eq!(galley.wait(&path, "pending").await["version"], 1);
    galley.let_years_pass(&path).await;
    assert_eq!(galley.sweep().await["sent"], 1);
    assert_eq!(galley.wait(&path, "failed").await["error"]["code"], "external_timeout");
}

#[tokio::test]
async fn two_stacks_of_sweepers_send_once() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    galley.let_time_pass(&path).await;
    let (one, two) = tokio::join!(galley.sweep(), galley.sweep());
    assert_eq!(one["sent"].as_u64().unwrap() + two["sent"].as_u64().unwrap(), 1);
}

#[tokio::test]
async fn dead_letters_outlive_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || galley_local::Options { data: Some(folder.path().to_owned()), ..options() };
    let galley = Galley::with(kept()).await;
    let dead = galley.stack.template.queues.iter().find_map(|queue| queue.redrive.clone()).unwrap().0;
    galley.stack.send_raw(&dead, "a letter").await.unwrap();
    galley.stack.stop().await.unwrap();
    let galley = Galley::with(kept()).await;
    let letters = galley.stack.peek(&dead).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter["Body"].as_str().unwrap()).collect::<Vec<_>>(), ["a letter"]);
}
