//! A fake model that holds every call until it is told to answer, and counts the calls.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};

use crate::{Galley, article, options};

#[derive(Debug, Default)]
pub struct Model {
    calls: AtomicUsize,
    /// Notified once for each call.
    pub asked: Notify,
    answering: watch::Sender<bool>,
    open: AtomicUsize,
}

/// One open call.
struct Open<'a>(&'a Model);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Model {
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Calls whose caller still waits for an answer.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// From now on every call is answered with an article, also those that wait.
    pub fn answer(&self) {
        self.answering.send_replace(true);
    }
}

/// A stack whose drafts this model writes, with further template parameters.
pub async fn galley_with_model(parameters: &[(&str, &str)]) -> (Galley, Arc<Model>) {
    let model = Arc::new(Model::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&model));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut options = options();
    for (name, value) in [("LlmBaseUrl", url.as_str()), ("LlmModel", "test-model")].iter().chain(parameters) {
        options.parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    (Galley::with(options).await, model)
}

async fn complete(State(model): State<Arc<Model>>) -> Json<Value> {
    model.calls.fetch_add(1, Ordering::SeqCst);
    model.open.fetch_add(1, Ordering::SeqCst);
    let _open = Open(&model);
    model.asked.notify_one();
    drop(model.answering.subscribe().wait_for(|answering| *answering).await);
    let content = format!("# By a model\n\n{}", article("Caching"));
    Json(json!({
        "choices": [{"message": {"content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 20},
    }))
}
