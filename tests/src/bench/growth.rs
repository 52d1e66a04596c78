//! Compares stacks with tables of growing size, measured in turns.

use std::time::{Duration, Instant};

use futures_util::future;
use serde_json::{Value, json};

use super::{
    load::{self, Kind, Load},
    median, ms, unthrottled,
};
use crate::{Galley, answer};

/// How often each is measured.
const TIMES: usize = 100;

/// A stack with a given number of tasks in its table.
#[derive(Debug)]
pub struct Grown {
    pub tasks: u64,
    galley: Galley,
    /// The path of one of its tasks.
    path: String,
    took: [Vec<Duration>; 4],
}

impl Grown {
    /// Writes copies of one task directly into the table.
    pub async fn to(tasks: u64) -> Self {
        let galley = unthrottled(false).await;
        let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
        let like = stored(&galley, &path).await;
        fill(&galley, &like, tasks).await;
        Self { tasks, galley, path, took: Default::default() }
    }

    /// The medians, in milliseconds, of listing, reading and creating, and of one item of the table without Galley.
    pub fn medians(&self) -> [f64; 4] {
        self.took.clone().map(|took| ms(median(took)))
    }

    /// Measures the stack with this many concurrent clients.
    pub async fn load(&self, kind: Kind, clients: usize) -> Load {
        load::of(&self.galley, kind, &self.path, clients).await
    }

    async fn measure(&mut self) {
        let (galley, path) = (&self.galley, self.path.as_str());
        for (took, kind) in self.took.iter_mut().zip([Kind::List, Kind::Read, Kind::Create]) {
            let request = kind.request(galley, path);
            let began = Instant::now();
            let answered = answer(request).await;
            took.push(began.elapsed());
            assert!(answered.status < 300, "{}", answered.body);
        }
        let began = Instant::now();
        stored(galley, path).await;
        self.took[3].push(began.elapsed());
    }
}

/// Measures all in turns, so that noise of the machine affects all alike.
pub async fn measure(all: &mut [Grown]) {
    for _ in 0..TIMES {
        for grown in &mut *all {
            grown.measure().await;
        }
    }
}

async fn fill(galley: &Galley, like: &Value, tasks: u64) {
    let table = galley.stack.table_name();
    let items: Vec<u64> = (1..tasks).collect();
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
async fn stored(galley: &Galley, path: &str) -> Value {
    let key = json!({"pk": {"S": format!("TASK#{}", path.rsplit('/').next().unwrap())}, "sk": {"S": "META"}});
    let body = json!({"TableName": galley.stack.table_name(), "Key": key, "ConsistentRead": true});
    galley.stack.dynamodb("GetItem", &body).await.unwrap()["Item"].take()
}
