//! A provider that fails, stalls, truncates and rate-limits, and records every call by its id.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use galley_domain::models::price::Tokens;
use serde_json::json;
use tokio::net::TcpListener;

use crate::article;

/// What the provider did with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// Refused without work, so it costs nothing.
    Refused,
    /// Worked, and reported what it used.
    Answered(Tokens),
    /// Stopped without an answer; it may have worked.
    Silent,
}

#[derive(Debug)]
pub(super) struct Provider {
    pub(super) url: String,
    books: Arc<Books>,
}

#[derive(Debug)]
struct Books {
    random: Mutex<fastrand::Rng>,
    records: Mutex<BTreeMap<String, Did>>,
    counted: Mutex<BTreeMap<String, u64>>,
    healthy: AtomicBool,
}

impl Provider {
    pub(super) async fn start(seed: u64) -> Self {
        let books = Arc::new(Books {
            random: Mutex::new(fastrand::Rng::with_seed(seed ^ 0x9e37)),
            records: Mutex::default(),
            counted: Mutex::default(),
            healthy: AtomicBool::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&books));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, books }
    }

    pub(super) fn heal(&self) {
        self.books.healthy.store(true, Ordering::SeqCst);
    }

    pub(super) fn records(&self) -> BTreeMap<String, Did> {
        self.books.records.lock().unwrap().clone()
    }

    pub(super) fn counted(&self) -> BTreeMap<String, u64> {
        self.books.counted.lock().unwrap().clone()
    }
}

async fn complete(State(books): State<Arc<Books>>, headers: HeaderMap) -> Response {
    let id = headers["x-client-request-id"].to_str().unwrap().to_owned();
    let (dice, wait, output) = {
        let mut random = books.random.lock().unwrap();
        (random.u8(0..100), random.u64(20..600), random.u64(200..1200))
    };
    let dice = if books.healthy.load(Ordering::SeqCst) { 100 } else { dice };
    let keep = |did, kind: &str| {
        let before = books.records.lock().unwrap().insert(id.clone(), did);
        assert!(before.is_none(), "the id {id} came twice");
        *books.counted.lock().unwrap().entry(kind.to_owned()).or_default() += 1;
    };
    match dice {
        0..3 => {
            keep(Did::Refused, "failed");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        3..5 => {
            keep(Did::Refused, "asked for patience");
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response();
        }
        5..7 => {
            keep(Did::Silent, "stalled");
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    tokio::time::sleep(Duration::from_millis(wait)).await;
    if dice < 9 {
        keep(Did::Silent, "truncated");
        let broken =
            Body::from_stream(futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) }));
        return (StatusCode::OK, [(header::CONTENT_LENGTH, "100000")], broken).into_response();
    }
    let used = Tokens { input: 300, output };
    keep(Did::Answered(used), "answered");
    Json(json!({
        "choices": [{"message": {"content": format!("# On caching, {id}\n\n{}", article("Caching"))}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": used.input, "completion_tokens": used.output},
    }))
    .into_response()
}
