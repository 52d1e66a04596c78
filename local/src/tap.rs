//! A listener for each function before the table, which tells what the function asked for. Tests count with it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::Response};
use tokio::task::JoinSet;

use crate::{StackError, aws_json, listen};

/// One call of a function to the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub function: String,
    /// As in `UpdateItem`.
    pub operation: String,
}

#[derive(Clone, Debug)]
pub struct Tap {
    table_url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    client: reqwest::Client,
}

#[derive(Clone)]
struct Listener {
    tap: Tap,
    function: String,
}

impl Tap {
    pub(crate) fn new(table_url: String) -> Self {
        Self { table_url, calls: Arc::default(), client: reqwest::Client::new() }
    }

    /// The calls since the last time, in order.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts a listener for one function.
    pub(crate) async fn listener(&self, function: &str, tasks: &mut JoinSet<()>) -> Result<SocketAddr, StackError> {
        let listener = listen(0).await?;
        let address = listener.local_addr()?;
        let state = Listener { tap: self.clone(), function: function.to_owned() };
        let router = Router::new().fallback(forward).with_state(state);
        tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a tap stopped");
            }
        });
        Ok(address)
    }
}

async fn forward(State(listener): State<Listener>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let tap = &listener.tap;
    tap.calls
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Call { function: listener.function.clone(), operation });
    aws_json::forward(&tap.client, &tap.table_url, headers, body).await
}
