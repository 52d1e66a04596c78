//! One instance: a process and its own Runtime API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).

use std::{
    collections::BTreeMap,
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, BodyDataStream, Bytes},
    extract::{Path as UrlPath, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinHandle,
};

use crate::{
    door::{Door, behind},
    error::StackError,
    folder,
    host::invoked::Invoked,
    net::listen,
    template::REGION,
};

/// Limit on an answer, above Lambda's own.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// A function notices at its next write, a heartbeat later at most, that its listener is gone, and ends. Otherwise it is
/// killed after this time.
pub(super) const TIDIES_UP: Duration = Duration::from_secs(40);

/// One invocation on its way into the process.
struct Invocation {
    id: String,
    event: Value,
    deadline_ms: u128,
    /// Takes what the function streams, as it comes.
    chunks: Option<mpsc::Sender<Bytes>>,
    answer: oneshot::Sender<Invoked>,
}

/// The invocation that the process works on.
struct Current {
    id: String,
    chunks: Option<mpsc::Sender<Bytes>>,
    answer: oneshot::Sender<Invoked>,
}

/// The Runtime API's side of an instance.
struct Runtime {
    waiting: Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<Current>>,
    arn: String,
    /// Whether the process has asked for its first invocation.
    asked: watch::Sender<bool>,
}

#[derive(Debug)]
pub(super) struct Instance {
    invocations: mpsc::Sender<Invocation>,
    process: Handle,
    server: JoinHandle<()>,
    asked: watch::Receiver<bool>,
}

/// A process and the means to kill it.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    pid: u32,
    kill: mpsc::Sender<()>,
    ended: watch::Receiver<bool>,
}

impl Handle {
    /// `None` once the process has ended.
    pub(super) fn pid(&self) -> Option<u32> {
        (!*self.ended.borrow()).then_some(self.pid)
    }

    pub(super) fn kill(&self) {
        // A full channel means that the process is being killed already.
        let _ = self.kill.try_send(());
    }

    pub(super) async fn ended(mut self) {
        drop(self.ended.wait_for(|ended| *ended).await);
    }
}

impl Instance {
    pub(super) async fn start(
        function: &str,
        binary: &Path,
        environment: &BTreeMap<String, String>,
        log: &Path,
    ) -> Result<Self, StackError> {
        let listener = listen(0).await?;
        let address = listener.local_addr()?;
        let (invocations, waiting) = mpsc::channel(1);
        let arn = format!("arn:aws:lambda:{REGION}:{}:function:{function}:live", crate::template::ACCOUNT);
        let (asking, asked) = watch::channel(false);
        let runtime = Arc::new(Runtime { waiting: Mutex::new(waiting), current: Mutex::new(None), arn, asked: asking });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES))
            .with_state(runtime);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, behind(Door::of_programs(), router)).await {
                tracing::error!(%error, "a runtime API stopped");
            }
        });
        let output = folder::log(log)?;
        let child = Command::new(binary)
            .env_clear()
            .envs(environment)
            // The file for the counters of `make coverage`.
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { invocations, process: watched(child), server, asked })
    }

    pub(super) fn handle(&self) -> Handle {
        self.process.clone()
    }

    /// Waits until the process asks for its first invocation or ends. Returns whether it asked.
    pub(super) async fn started(&self) -> bool {
        let mut asked = self.asked.clone();
        tokio::select! {
            asked = asked.wait_for(|asked| *asked) => asked.is_ok(),
            () = self.process.clone().ended() => false,
        }
    }

    /// Whether the process lives and waits for its next invocation.
    pub(super) fn is_usable(&self) -> bool {
        self.process.pid().is_some()
    }

    pub(super) async fn invoke(
        &mut self,
        event: Value,
        chunks: Option<mpsc::Sender<Bytes>>,
        timeout: Duration,
    ) -> Invoked {
        let id = uuid::Uuid::now_v7().to_string();
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
        let (answer, answered) = oneshot::channel();
        let listener = chunks.clone();
        let hung_up = async {
            match &listener {
                Some(listener) => listener.closed().await,
                None => std::future::pending().await,
            }
            tokio::time::sleep(TIDIES_UP).await;
        };
        let invocation = Invocation { id, event, deadline_ms: deadline.as_millis(), chunks, answer };
        if self.invocations.send(invocation).await.is_err() {
            return Invoked::failed("Runtime.ExitError", "the instance is gone");
        }
        tokio::select! {
            biased;
            Ok(invoked) = answered => invoked,
            () = self.process.clone().ended() => {
                Invoked::failed("Runtime.ExitError", "the process exited before it answered")
            }
            // Lambda would let the function run to its end. Here its connection is closed, it cleans up, and if it does
            // not end by itself, it is killed.
            () = hung_up => {
                self.process.kill();
                self.process.clone().ended().await;
                Invoked::Streamed(Vec::new())
            }
            () = tokio::time::sleep(timeout) => {
                self.process.kill();
                self.process.clone().ended().await;
                Invoked::failed("Sandbox.Timedout", &format!("Task timed out after {:.2} seconds", timeout.as_secs_f64()))
            }
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.process.kill();
        self.server.abort();
    }
}

/// Waits for the process and signals when it has ended.
fn watched(mut child: Child) -> Handle {
    let (kill, mut killed) = mpsc::channel(1);
    let (ending, ended) = watch::channel(false);
    let pid = child.id().unwrap_or_default();
    tokio::spawn(async move {
        tokio::select! {
            _ = child.wait() => {}
            _ = killed.recv() => {
                drop(child.kill().await);
            }
        }
        let _ = ending.send(true);
    });
    Handle { pid, kill, ended }
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response {
    runtime.asked.send_replace(true);
    let invocation = runtime.waiting.lock().await.recv().await;
    let Some(Invocation { id, event, deadline_ms, chunks, answer }) = invocation else {
        // The host is gone: the process ends with an error and leaves nothing behind.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    *runtime.current.lock().await = Some(Current { id: id.clone(), chunks, answer });
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", runtime.arn.clone()),
        ("lambda-runtime-trace-id", trace_header()),
        ("content-type", "application/json".to_owned()),
    ];
    (StatusCode::OK, headers, event.to_string()).into_response()
}

/// X-Ray's header, a new root for each invocation.
fn trace_header() -> String {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let (time, rest) = id.split_at_checked(8).unwrap_or(("00000000", "000000000000000000000000"));
    format!("Root=1-{time}-{rest};Sampled=0")
}

async fn response(
    State(runtime): State<Arc<Runtime>>,
    UrlPath(id): UrlPath<String>,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    if headers.get("lambda-runtime-function-response-mode").is_some_and(|mode| mode == "streaming") {
        return streamed(&runtime, &id, body).await;
    }
    let body = axum::body::to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    settle(&runtime, &id, Invoked::Returned(value)).await
}

/// Forwards what the function streams; without a listener it is collected.
async fn streamed(runtime: &Runtime, id: &str, body: Body) -> StatusCode {
    let chunks =
        runtime.current.lock().await.as_mut().filter(|current| current.id == id).and_then(|of| of.chunks.take());
    let (mut body, mut kept) = (body.into_data_stream(), Vec::new());
    loop {
        let next = match &chunks {
            None => body.next().await,
            // The listener is gone: the connection is closed, so that the function notices.
            Some(chunks) => tokio::select! {
                () = chunks.closed() => {
                    drain(&mut body).await;
                    None
                }
                next = body.next() => next,
            },
        };
        let Some(Ok(chunk)) = next else { break };
        match &chunks {
            None => kept.extend_from_slice(&chunk),
            Some(chunks) => drop(chunks.send(chunk).await),
        }
    }
    settle(runtime, id, Invoked::Streamed(kept)).await
}

/// Takes what is on its way, so that the connection ends and is not reset.
async fn drain(body: &mut BodyDataStream) {
    let all = async { while let Some(Ok(_)) = body.next().await {} };
    drop(tokio::time::timeout(Duration::from_millis(100), all).await);
}

async fn error(State(runtime): State<Arc<Runtime>>, UrlPath(id): UrlPath<String>, body: Bytes) -> StatusCode {
    let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    settle(&runtime, &id, Invoked::Failed(value)).await
}

async fn settle(runtime: &Runtime, id: &str, invoked: Invoked) -> StatusCode {
    let mut current = runtime.current.lock().await;
    match current.take() {
        Some(Current { id: known, answer, .. }) if known == id => {
            // The send fails when the caller has timed out.
            drop(answer.send(invoked));
            StatusCode::ACCEPTED
        }
        other => {
            *current = other;
            StatusCode::BAD_REQUEST
        }
    }
}

/// The process says why it cannot start, and exits.
async fn init_error(body: Bytes) -> StatusCode {
    tracing::error!(error = %String::from_utf8_lossy(&body), "a function did not start");
    StatusCode::ACCEPTED
}
