//! The Runtime API for one process, with time measurement.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::{Notify, mpsc};

#[derive(Debug)]
pub struct Runtime {
    pub address: String,
    shared: Arc<Shared>,
    polls: mpsc::UnboundedReceiver<Instant>,
    answers: mpsc::UnboundedReceiver<(Instant, Bytes)>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<VecDeque<String>>,
    more: Notify,
    /// Notified when there are no more events.
    done: Notify,
    polls: mpsc::UnboundedSender<Instant>,
    answers: mpsc::UnboundedSender<(Instant, Bytes)>,
}

impl Runtime {
    /// With some events; afterwards the process waits for more.
    pub async fn start(events: Vec<String>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let ((polled, polls), (answered, answers)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let events = Mutex::new(events.into());
        let shared =
            Arc::new(Shared { events, more: Notify::new(), done: Notify::new(), polls: polled, answers: answered });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(answer))
            .route("/2018-06-01/runtime/init/error", post(answer))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Self { address, shared, polls, answers, server }
    }

    /// When the process asked for its first event.
    pub async fn first_poll(&mut self) -> Instant {
        self.polls.recv().await.unwrap()
    }

    /// From handing out an event to its answer.
    pub async fn invoke(&mut self, event: String) -> (Duration, Bytes) {
        let began = Instant::now();
        self.shared.events.lock().unwrap().push_back(event);
        self.shared.more.notify_one();
        let (at, body) = self.answers.recv().await.unwrap();
        (at.duration_since(began), body)
    }

    /// Until the process asks for more than there is.
    pub async fn done(&self) {
        self.shared.done.notified().await;
    }

    /// The next answer to an event that was there from the start.
    pub async fn answer(&mut self) -> Bytes {
        self.answers.recv().await.unwrap().1
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let _ = shared.polls.send(Instant::now());
    loop {
        let event = shared.events.lock().unwrap().pop_front();
        if let Some(event) = event {
            let deadline = jiff::Timestamp::now().as_millisecond() + 60_000;
            let headers = [
                ("lambda-runtime-aws-request-id", uuid_of(Instant::now())),
                ("lambda-runtime-deadline-ms", deadline.to_string()),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned()),
                ("lambda-runtime-trace-id", "Root=1-691f0000-0123456789abcdef01234567;Sampled=0".to_owned()),
                ("content-type", "application/json".to_owned()),
            ];
            return (StatusCode::OK, headers, event).into_response();
        }
        shared.done.notify_one();
        shared.more.notified().await;
    }
}

/// Different each time; it names a request and nothing else.
fn uuid_of(now: Instant) -> String {
    format!("00000000-0000-4000-8000-{:012x}", now.elapsed().as_nanos() ^ u128::from(fastrand::u32(..)))
}

async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    drop(shared.answers.send((Instant::now(), body)));
    StatusCode::ACCEPTED
}
