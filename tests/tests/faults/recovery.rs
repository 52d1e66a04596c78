//! What operators and the sweeper find, and how it comes right again.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::time::{Duration, Instant};

use galley_domain::kernel::usd::MicroUsd;
use galley_local::{
    Options,
    host::Invoked,
    signal::{self, Signal},
};
use galley_tests::{Galley, RIVAL, model::galley_with_model, options, request};
use serde_json::{Value, json};

fn send(pids: &[u32], signal: Signal) {
    assert!(pids.iter().all(|pid| signal::send(*pid, signal)), "{pids:?}");
}

/// Asks until `found` says so.
async fn until<T>(mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_worker_that_stood_still_past_its_lease_changes_nothing_when_it_wakes() {
    let (galley, model) = galley_with_model(&[("LlmInputPrice", "1"), ("LlmOutputPrice", "1")]).await;
    let path = galley.create(request()).await;
    model.asked.notified().await;
    let paused = galley.stack.pids("WorkFunction");
    send(&paused, Signal::STOP);

    galley.let_time_pass(&path).await;
    galley.sweep().await;
    model.asked.notified().await;
    model.answer();
    let drafted = galley.wait(&path, "awaiting_approval").await;
    assert_eq!((&drafted["attempt"], &drafted["revision"]), (&json!(2), &json!(1)));

    send(&paused, Signal::CONT);
    let log = galley.stack.data().join("logs/WorkFunction.log");
    let lost = until(async || {
        let lines = std::fs::read_to_string(&log).unwrap();
        let lost = lines.lines().filter(|line| line.contains("the lease was lost")).count();
        (lost > 0).then_some(lost)
    })
    .await;
    assert_eq!(lost, 1, "it says so once");
    let after = galley.get("viewer", &path).await.expect(200).body;
    for unchanged in ["version", "revision", "title", "content", "status"] {
        assert_eq!(after[unchanged], drafted[unchanged], "{unchanged}");
    }
    // What it asked is in the books, settled or at its reserved cost, and the task's cost is their sum.
    let calls = galley.calls(&path).await;
    assert_eq!((calls.len(), model.calls()), (2, 2));
    let sum: u64 = calls.iter().map(|call| call["cost"]["N"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(after["cost_usd"].as_str().unwrap().parse(), Ok(MicroUsd::from_micros(sum)));
}

#[tokio::test]
async fn a_cancelled_tasks_call_is_dropped_within_a_second() {
    let (galley, model) = galley_with_model(&[]).await;
    let path = galley.create(request()).await;
    model.asked.notified().await;
    assert_eq!(model.open(), 1);
    galley.post("author", &format!("{path}/cancel"), json!({})).await.expect(200);
    let cancelled = Instant::now();
    until(async || (model.open() == 0).then_some(())).await;
    assert!(cancelled.elapsed() < Duration::from_millis(1500), "{:?}", cancelled.elapsed());
}

#[tokio::test]
async fn what_is_stuck_is_listed_with_its_reason_until_it_moves() {
    let (galley, model) = galley_with_model(&[]).await;
    let abandoned = galley.create(request()).await;
    model.asked.notified().await;
    galley.stack.kill("WorkFunction");
    let waiting = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    assert_eq!(galley.get("operator", "/api/admin/stuck").await.expect(200).body, json!({"data": [], "total": 0}));
    galley.let_time_pass(&abandoned).await;
    galley.let_time_pass(&waiting).await;
    let stuck = async || galley.get("operator", "/api/admin/stuck").await.expect(200).body;
    let list = stuck().await;
    let found = |list: &Value, path: &str| {
        let id = path.rsplit('/').next().unwrap();
        list["data"].as_array().unwrap().iter().find(|item| item["id"] == id).cloned()
    };
    assert_eq!(list["total"], 2);
    assert_eq!(found(&list, &abandoned).unwrap()["reason"], "lease_expired");
    assert_eq!(found(&list, &waiting).unwrap()["reason"], "unclaimed");
    assert!(found(&list, &abandoned).unwrap()["overdue_s"].as_i64().unwrap() > 1000);
    let health = galley.get("operator", "/api/health").await.expect(200).body;
    let queue = |name: &str| health["components"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    assert!(queue("work queue")["age_s"].as_i64().unwrap() > 1000, "{health}");
    assert_eq!(queue("quick queue")["age_s"], 0);
    // The sweeper has sent for both. One moves, the other has nothing to move it.
    model.answer();
    galley.sweep().await;
    galley.wait(&abandoned, "awaiting_approval").await;
    let list = stuck().await;
    assert!(found(&list, &abandoned).is_none());
    assert_eq!(found(&list, &waiting).unwrap()["resends"], 1);
    for (who, status) in [("admin", 403), (RIVAL, 403), ("nobody", 401)] {
        assert_eq!(galley.get(who, "/api/admin/stuck").await.status, status, "{who}");
    }
}

#[tokio::test]
async fn dead_letters_go_back_and_do_their_work_once() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap();
    let task = |tenant: &str| {
        json!({"v": 1, "kind": "generate", "tenant": tenant, "id": id, "trace_id": "0".repeat(32)}).to_string()
    };
    for body in [&task("default"), &task("default"), "not json", &task("default").replace("\"v\":1", "\"v\":9")] {
        galley.stack.send_raw("WorkDeadLetterQueue", body).await.unwrap();
    }
    let redrive = async |body: Value| galley.post("operator", "/api/admin/dlq/redrive", body).await;
    for (body, field) in
        [(json!({}), "queue"), (json!({"queue": "slow"}), "queue"), (json!({"queue": "work", "limit": 0}), "limit")]
    {
        assert_eq!(redrive(body).await.expect(400).body["errors"][0]["field"], field);
    }
    assert_eq!(galley.post("admin", "/api/admin/dlq/redrive", json!({"queue": "work"})).await.status, 403);
    assert_eq!(redrive(json!({"queue": "work", "limit": 1})).await.expect(200).body["moved"], 1);
    assert_eq!(redrive(json!({"queue": "work"})).await.expect(200).body, json!({"moved": 1, "unreadable": 2}));
    assert_eq!(redrive(json!({"queue": "work"})).await.expect(200).body, json!({"moved": 0, "unreadable": 2}));
    assert_eq!(redrive(json!({"queue": "quick"})).await.expect(200).body, json!({"moved": 0, "unreadable": 0}));
    let left: Vec<Value> = galley.stack.peek("WorkDeadLetterQueue").await.unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(galley.wait(&path, "pending").await["version"], 1);
}

#[tokio::test]
async fn a_huge_message_is_buried_and_its_neighbour_works() {
    let galley = Galley::start().await;
    let huge = format!(r#"{{"v":1,"kind":"generate","tenant":"default","id":"{}"}}"#, "x".repeat(250 * 1024));
    galley.stack.send_raw("WorkQueue", &huge).await.unwrap();
    let path = galley.create(request()).await;
    galley.wait(&path, "awaiting_approval").await;
    until(async || {
        let buried = galley.stack.peek("WorkDeadLetterQueue").await.unwrap();
        (buried.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_task_of_a_newer_release_is_left_unharmed() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap();
    let key = json!({"pk": {"S": format!("TASK#{id}")}, "sk": {"S": "META"}});
    let table = galley.stack.table_name();
    let update = json!({
        "TableName": table, "Key": key, "UpdateExpression": "SET schema_version = :newer, due_at = :past",
        "ExpressionAttributeValues": {":newer": {"N": "99"}, ":past": {"N": "1000"}},
    });
    galley.stack.dynamodb("UpdateItem", &update).await.unwrap();
    assert_eq!(galley.sweep().await["sent"], 1);
    let log = galley.stack.data().join("logs/WorkFunction.log");
    until(async || {
        std::fs::read_to_string(&log).unwrap().contains("schema version 99, newer than this code").then_some(())
    })
    .await;
    assert_eq!(galley.get("viewer", &path).await.expect(503).problem(), "unavailable");
    assert_eq!(galley.post("author", &format!("{path}/cancel"), json!({})).await.status, 503);
    let kept = galley.stack.dynamodb("GetItem", &json!({"TableName": table, "Key": key})).await.unwrap();
    assert_eq!((&kept["Item"]["version"]["N"], &kept["Item"]["state"]["S"]), (&json!("1"), &json!("pending")));
}

#[tokio::test]
async fn ten_thousand_stuck_tasks_are_found_in_one_run() {
    const STUCK: usize = 10_000;
    // What is sent stays in the queue: what is measured here is the sweeper alone, whatever else this machine does.
    let galley = Galley::with(Options { deliver: false, ..options() }).await;
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap();
    let key = json!({"pk": {"S": format!("TASK#{id}")}, "sk": {"S": "META"}});
    let table = galley.stack.table_name();
    let read = galley.stack.dynamodb("GetItem", &json!({"TableName": table, "Key": key})).await.unwrap();
    // Copies of one task that waits for content.
    for batch in 0..STUCK / 25 {
        let puts: Vec<Value> = (0..25)
            .map(|nth| {
                let mut item = read["Item"].clone();
                let number = batch * 25 + nth;
                item["pk"]["S"] = json!(format!("TASK#task_{number:032x}"));
                item["list_sk"]["S"] = json!(format!("2026-11-20T12:00:00.000Z#task_{number:032x}"));
                item["due_at"]["N"] = json!(format!("{}", 1000 + number));
                item["due_shard"]["N"] = json!((number % 8).to_string());
                json!({"PutRequest": {"Item": item}})
            })
            .collect();
        galley.stack.dynamodb("BatchWriteItem", &json!({"RequestItems": {table: puts}})).await.unwrap();
    }
    galley.stack.fault_proxy().take();
    let start = Instant::now();
    let swept = galley.sweep().await;
    let sweeper = galley.stack.template.functions.iter().find(|function| function.binary == "sweep-tasks").unwrap();
    assert!(start.elapsed() < sweeper.timeout, "{:?}", start.elapsed());
    assert_eq!(swept, json!({"found": STUCK, "sent": STUCK, "failed": 0, "held": 0}));
    let calls = galley.stack.fault_proxy().take();
    assert!(calls.iter().all(|call| call.operation != "Scan"));
    assert_eq!(galley.sweep().await["found"], 0, "each is left alone for a while");
    assert_eq!(galley.get("operator", "/api/admin/stuck?limit=1").await.expect(200).body["total"], 8000);
}

/// What a handler that dies leaves behind is the count of its tries alone.
#[tokio::test]
async fn a_webhook_that_its_handlers_die_of_ends_is_listed_and_can_be_tried_again() {
    let galley = Galley::with(Options { deliver: false, ..options() }).await;
    let event = json!({"event_id": "poison", "event_type": "content.requested", "request": request()});
    galley.webhook(&event).await.expect(202);
    galley.let_a_webhook_be_begun("poison", 10).await;
    let message = json!({"v": 1, "kind": "webhook", "tenant": "default", "id": "content-generated#poison",
        "trace_id": "0af7651916cd43dd8448eb211c80319c"});
    let record = json!({"messageId": "m", "receiptHandle": "h", "body": message.to_string(), "attributes": {},
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1"});
    let handle = async || match galley.stack.invoke("QuickFunction", json!({"Records": [record.clone()]})).await {
        Invoked::Returned(answer) => assert_eq!(answer, json!({"batchItemFailures": []})),
        other => panic!("{other:?}"),
    };
    let outcome = async || {
        let receipts = "/api/admin/webhook-sources/content-generated/receipts";
        galley.get("admin", receipts).await.expect(200).body["data"][0].clone()
    };
    let ended = async || galley.get("operator", "/api/admin/ended").await.expect(200).body["data"].clone();
    assert_eq!((outcome().await["outcome"].clone(), ended().await), (json!("received"), json!([])));
    handle().await;
    let given_up = outcome().await;
    assert_eq!((&given_up["outcome"], &given_up["tries"]), (&json!("abandoned"), &json!(10)));
    let listed = ended().await;
    assert_eq!((&listed[0]["kind"], &listed[0]["id"]), (&json!("webhook"), &json!("content-generated#poison")));
    assert_eq!(galley.sweep().await["found"], 0, "nothing sends for it any more");
    handle().await;
    assert_eq!(galley.get("admin", "/api/content/tasks").await.expect(200).body["data"], json!([]));

    let path = format!("/api/admin/ended/{}/redrive", listed[0]["ended_id"].as_str().unwrap());
    galley.post("admin", &path, json!({})).await.expect(403);
    galley.post("operator", &path, json!({})).await.expect(202);
    galley.post("operator", &path, json!({})).await.expect(404);
    assert_eq!(ended().await, json!([]));
    handle().await;
    assert_eq!(outcome().await["outcome"], "processed");
    assert_eq!(galley.get("admin", "/api/content/tasks").await.expect(200).body["data"].as_array().unwrap().len(), 1);
}
