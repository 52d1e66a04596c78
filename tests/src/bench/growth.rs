//! Whether a full table is as fast as an empty one.

use std::time::{Duration, Instant};

use futures_util::future;
use reqwest::Method;
use serde_json::{Value, json};

use super::{median, ms};
use crate::{Galley, answer};

const TIMES: usize = 60;

/// Adds tasks to the table behind Galley's back, all like one that it made, until there are `until`.
pub async fn fill(galley: &Galley, like: &Value, from: u64, until: u64) {
    let table = galley.stack.table_name();
    let items: Vec<u64> = (from..until).collect();
    for part in items.chunks(25 * 8) {
        let batches = part.chunks(25).map(|batch| {
            let puts: Vec<Value> =
                batch.iter().map(|number| json!({"PutRequest": {"Item": copy(like, *number)}})).collect();
            let body = json!({"RequestItems": {table: puts}});
            async move { galley.stack.dynamodb("BatchWriteItem", &body).await.unwrap() }
        });
        for written in future::join_all(batches).await {
            assert_eq!(written["UnprocessedItems"].as_object().map_or(0, serde_json::Map::len), 0);
        }
    }
}

/// The same task under another id, a little older.
fn copy(like: &Value, number: u64) -> Value {
    let id = format!("task_{number:032x}");
    let mut item = like.clone();
    item["pk"]["S"] = format!("TASK#{id}").into();
    item["id"]["S"] = id.clone().into();
    let time = format!("2026-01-01T00:00:{:02}.{:03}Z", (number / 1000) % 60, number % 1000);
    item["list_sk"]["S"] = format!("{time}#{id}").into();
    for due in ["due_at", "due_shard"] {
        item.as_object_mut().unwrap().remove(due);
    }
    item
}

/// The item of a task, as it is stored.
pub async fn stored(galley: &Galley, path: &str) -> Value {
    let key = json!({"pk": {"S": format!("TASK#{}", path.rsplit('/').next().unwrap())}, "sk": {"S": "META"}});
    let body = json!({"TableName": galley.stack.table_name(), "Key": key, "ConsistentRead": true});
    galley.stack.dynamodb("GetItem", &body).await.unwrap()["Item"].take()
}

/// The median of listing, reading and creating, in milliseconds; and of reading one item of the embedded table without
/// Galley, which is what the others stand on.
pub async fn measured(galley: &Galley, path: &str) -> [f64; 4] {
    let mut all = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    let create = json!({"topic": "How HTTP caching works", "target_length": 400});
    for _ in 0..TIMES {
        all[0].push(timed(galley, Method::GET, "/api/content/tasks?limit=20", None, 200).await);
        all[1].push(timed(galley, Method::GET, path, None, 200).await);
        all[2].push(timed(galley, Method::POST, "/api/content/tasks", Some(&create), 201).await);
        let began = Instant::now();
        stored(galley, path).await;
        all[3].push(began.elapsed());
    }
    all.map(|took| ms(median(took)))
}

async fn timed(galley: &Galley, method: Method, path: &str, body: Option<&Value>, status: u16) -> Duration {
    loop {
        let request = galley.request("author", method.clone(), path);
        let request = body.into_iter().fold(request, reqwest::RequestBuilder::json);
        let began = Instant::now();
        let answered = answer(request).await;
        // The gateway's throttle is not what is measured.
        if answered.status != 429 {
            assert_eq!(answered.status, status, "{}", answered.body);
            return began.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
