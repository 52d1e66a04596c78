//! Load on the local stack: a growing number of clients, each of which sends its next request at once after an answer.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::future;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::ms;
use crate::{Galley, answer};

/// The number of requests of a kind, divided among the clients.
const REQUESTS: usize = 240;
/// Of each client at least so many, or the first ones would be all.
const OF_EACH: usize = 5;

/// The kind of request.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    List,
    Read,
    Create,
}

impl Kind {
    /// By an author; a read is of the task at `path`.
    pub fn request(self, galley: &Galley, path: &str) -> RequestBuilder {
        match self {
            Self::List => galley.request("author", Method::GET, "/api/content/tasks?limit=20"),
            Self::Read => galley.request("author", Method::GET, path),
            Self::Create => galley
                .request("author", Method::POST, "/api/content/tasks")
                .json(&json!({"topic": "How HTTP caching works", "target_length": 400})),
        }
    }
}

/// The results.
#[derive(Clone, Debug)]
pub struct Load {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    /// Answers by their status.
    pub answers: BTreeMap<u16, usize>,
}

impl Load {
    /// Answers that are no success. Where none comes at all, the bench fails.
    pub fn errors(&self) -> usize {
        self.answers.iter().filter(|(status, _)| !(200..300).contains(*status)).map(|(_, count)| count).sum()
    }
}

pub async fn of(galley: &Galley, kind: Kind, path: &str, clients: usize) -> Load {
    let began = Instant::now();
    let times = (REQUESTS / clients).max(OF_EACH);
    let each = (0..clients).map(|_| client(galley, kind, path, times));
    let all: Vec<(Duration, u16)> = future::join_all(each).await.concat();
    let took = began.elapsed();
    let mut answers = BTreeMap::new();
    for (_, status) in &all {
        *answers.entry(*status).or_insert(0) += 1;
    }
    let mut latencies: Vec<Duration> = all.iter().map(|(took, _)| *took).collect();
    latencies.sort_unstable();
    let at = |hundredth: usize| ms(latencies[(latencies.len() * hundredth / 100).min(latencies.len() - 1)]);
    let count = f64::from(u32::try_from(all.len()).unwrap());
    Load { per_second: count / took.as_secs_f64(), p50_ms: at(50), p95_ms: at(95), p99_ms: at(99), answers }
}

async fn client(galley: &Galley, kind: Kind, path: &str, times: usize) -> Vec<(Duration, u16)> {
    let mut all = Vec::with_capacity(times);
    for _ in 0..times {
        let request = kind.request(galley, path);
        let began = Instant::now();
        let status = answer(request).await.status;
        all.push((began.elapsed(), status));
    }
    all
}
