//! A proxy between the functions and their services: a listener for each function, which records the calls, and on
//! which a test can inject faults.

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::{sync::Notify, task::JoinSet};

use crate::{
    aws_json,
    door::{Door, behind},
    dynamodb::DynamoDb,
    error::StackError,
    net::listen,
};

/// The most calls that are remembered: a stack may run for months without anyone reading them.
pub const MOST_CALLS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    DynamoDb,
    Sqs,
}

/// One call of a function to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub function: String,
    pub service: Service,
    /// As in `UpdateItem`.
    pub operation: String,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    Passes,
    /// Passes, later.
    Waits(Duration),
    /// Refused with a throttling error.
    Throttled,
    /// Answered with 500, without effect.
    Fails,
    /// Executed, but the connection is closed instead of an answer.
    LosesItsAnswer,
    /// Neither executed nor answered.
    Vanishes,
    /// Executed but never answered.
    IsNeverAnswered,
}

/// Where a service is.
#[derive(Clone, Debug)]
pub(crate) enum Upstream {
    Table(DynamoDb),
    At { url: String, client: reqwest::Client },
}

impl Upstream {
    async fn forward(&self, headers: HeaderMap, body: Bytes) -> Response {
        match self {
            Self::Table(table) => table.forward(headers, body).await,
            Self::At { url, client } => aws_json::forward(client, url, headers, body).await,
        }
    }
}

type Decide = dyn Fn(&Call) -> Fault + Send + Sync;

#[derive(Clone)]
pub struct FaultProxy {
    shared: Arc<Shared>,
}

struct Shared {
    calls: Mutex<VecDeque<Call>>,
    decide: RwLock<Option<Arc<Decide>>>,
    /// Notified when a call hangs.
    hung: Notify,
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy").finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Listener {
    fault_proxy: FaultProxy,
    function: String,
    service: Service,
    upstream: Upstream,
}

impl FaultProxy {
    pub(crate) fn new() -> Self {
        let shared = Shared { calls: Mutex::default(), decide: RwLock::default(), hung: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Takes the recorded calls, in order, at most the last `MOST_CALLS`.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// From now on `decide` chooses what happens to each call.
    pub fn decide(&self, decide: impl Fn(&Call) -> Fault + Send + Sync + 'static) {
        *self.shared.decide.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(decide));
    }

    /// From now on every call passes.
    pub fn heal(&self) {
        *self.shared.decide.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits until a call hangs that will never be answered.
    pub async fn hung(&self) {
        self.shared.hung.notified().await;
    }

    /// Starts a listener for what one function asks of a service.
    pub(crate) async fn listener(
        &self,
        function: &str,
        service: Service,
        upstream: Upstream,
        tasks: &mut JoinSet<()>,
    ) -> Result<SocketAddr, StackError> {
        let listener = listen(0).await?;
        let address = listener.local_addr()?;
        let state = Listener { fault_proxy: self.clone(), function: function.to_owned(), service, upstream };
        let router = behind(Door::of_programs(), Router::new().fallback(forward).with_state(state));
        tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a fault_proxy stopped");
            }
        });
        Ok(address)
    }

    async fn hang(&self) -> Response {
        self.shared.hung.notify_one();
        std::future::pending().await
    }

    /// Records the call and returns its fault.
    fn pass(&self, call: Call) -> Fault {
        let decide = self.shared.decide.read().unwrap_or_else(PoisonError::into_inner).clone();
        let fate = decide.map_or(Fault::Passes, |decide| decide(&call));
        let mut calls = self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == MOST_CALLS {
            calls.pop_front();
        }
        calls.push_back(call);
        fate
    }
}

async fn forward(State(listener): State<Listener>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let Listener { fault_proxy, function, service, upstream } = listener;
    let passed = upstream.forward(headers, body);
    match fault_proxy.pass(Call { function, service, operation }) {
        Fault::Passes => passed.await,
        Fault::Waits(time) => {
            tokio::time::sleep(time).await;
            passed.await
        }
        Fault::Throttled => refused(StatusCode::BAD_REQUEST, throttled(service)),
        Fault::Fails => refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        Fault::LosesItsAnswer => {
            drop(passed.await);
            cut()
        }
        Fault::Vanishes => fault_proxy.hang().await,
        Fault::IsNeverAnswered => {
            drop(passed.await);
            fault_proxy.hang().await
        }
    }
}

const fn throttled(service: Service) -> &'static str {
    match service {
        Service::DynamoDb => "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        Service::Sqs => "com.amazonaws.sqs#RequestThrottled",
    }
}

fn refused(status: StatusCode, kind: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], Json(json!({"__type": kind, "message": "fault"})))
        .into_response()
}

/// An answer shorter than its content length: the client sees a broken connection.
fn cut() -> Response {
    let broken = axum::body::Body::from_stream(futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::other("cut"))
    }));
    (StatusCode::OK, [(header::CONTENT_LENGTH, "1000000")], broken).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_runs_for_months_does_not_remember_every_call() {
        let fault_proxy = FaultProxy::new();
        for nth in 0..MOST_CALLS + 5 {
            let call = Call { function: "F".into(), service: Service::Sqs, operation: nth.to_string() };
            assert_eq!(fault_proxy.pass(call), Fault::Passes);
        }
        let calls = fault_proxy.take();
        assert_eq!(calls.len(), MOST_CALLS);
        assert_eq!((calls[0].operation.as_str(), calls[MOST_CALLS - 1].operation.as_str()), ("5", "10004"));
        assert!(fault_proxy.take().is_empty());
    }
}
