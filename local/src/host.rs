//! Hosts the functions as Lambda does: a process for each instance, one invocation at a time, fed through the Runtime
//! API. An instance that dies fails its invocation and is replaced; one that overruns its timeout is killed.

mod instance;
mod invoked;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path as UrlPath, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use instance::Instance;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

use crate::{
    deployments::{self, Deployments},
    door::{Door, behind},
    error::StackError,
    fault_proxy::FaultProxy,
    folder::Folder,
    options::Options,
    parts::Parts,
    template::Template,
};

pub use invoked::Invoked;

/// Most instances of the authorizer. Lambda starts one for each concurrent request; here there are enough that callers with
/// an API key do not wait for requests that wait for an issuer.
const AUTHORIZERS: usize = 32;

/// The outcome of a streaming invocation.
pub(crate) enum Streaming {
    Begun(mpsc::Receiver<Bytes>),
    /// The concurrency limit is reached.
    Full,
    Unknown,
}

#[derive(Debug)]
pub struct Host {
    functions: BTreeMap<String, Arc<Function>>,
    pub(crate) deployments: Deployments,
}

#[derive(Debug)]
struct Function {
    id: String,
    binary: PathBuf,
    timeout: Duration,
    environment: BTreeMap<String, String>,
    log: PathBuf,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Instance>>,
    /// Every process that was started and has not been seen to end.
    running: Mutex<Vec<instance::Handle>>,
    /// Invocations that ended in an error, a crash or a timeout: what Lambda measures as `Errors`.
    errors: AtomicU64,
}

impl Host {
    pub(crate) async fn start(
        template: &Template,
        options: &Options,
        parts: &Parts,
        fault_proxy: &FaultProxy,
        (folder, invoke): (&Folder, SocketAddr),
        tasks: &mut JoinSet<()>,
    ) -> Result<Self, StackError> {
        let logs = folder.folder("logs")?;
        let mut functions = BTreeMap::new();
        for function in &template.functions {
            let binary = options.binaries.join(&function.binary);
            if !binary.is_file() {
                return Err(StackError::NotBuilt(binary));
            }
            let mut environment = parts.through_fault_proxy(fault_proxy, &function.id, tasks).await?;
            for service in ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_CODEDEPLOY"] {
                environment.insert(service.to_owned(), format!("http://{invoke}"));
            }
            environment.extend(function.environment.clone());
            environment.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function.binary.clone());
            environment.insert("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "$LATEST".to_owned());
            environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), function.memory_mb.to_string());
            let usual = if function.id == template.authorizer.function { AUTHORIZERS } else { options.concurrency };
            let hosted = Function {
                id: function.id.clone(),
                binary,
                timeout: function.timeout,
                environment,
                log: logs.join(format!("{}.log", function.id)),
                places: Arc::new(Semaphore::new(function.reserved.unwrap_or(usual).max(1))),
                idle: Mutex::default(),
                running: Mutex::default(),
                errors: AtomicU64::default(),
            };
            functions.insert(function.id.clone(), Arc::new(hosted));
        }
        Ok(Self { functions, deployments: Deployments::default() })
    }

    /// Invokes a function by its logical id, or by its binary's name.
    pub async fn invoke(&self, name: &str, event: Value) -> Invoked {
        match self.function(name) {
            Some(function) => function.invoke(event).await,
            None => Invoked::failed("ResourceNotFoundException", &format!("there is no function {name}")),
        }
    }

    /// Invokes a function that streams, and forwards its chunks as they arrive. Refused at once when no slot is free: a
    /// slot may be held for minutes.
    pub(crate) fn stream(&self, name: &str, event: Value) -> Streaming {
        let Some(function) = self.function(name).map(Arc::clone) else { return Streaming::Unknown };
        let Ok(place) = Arc::clone(&function.places).try_acquire_owned() else { return Streaming::Full };
        let (chunks, received) = mpsc::channel(16);
        tokio::spawn(async move {
            if let Invoked::Failed(error) = function.run(event, Some(chunks)).await {
                tracing::error!(function = function.id, %error, "a stream failed");
            }
            drop(place);
        });
        Streaming::Begun(received)
    }

    /// Starts a process of each function.
    pub(crate) async fn try_functions(&self) -> Result<(), StackError> {
        let started = self.functions.values().map(|function| function.try_to_start());
        futures_util::future::try_join_all(started).await.map(|_| ())
    }

    fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name).or_else(|| {
            self.functions.values().find(|function| function.binary.file_name().is_some_and(|file| file == name))
        })
    }

    pub(crate) fn pids(&self, name: &str) -> Vec<u32> {
        let running = self.function(name).map(|function| lock(&function.running));
        running.map(|running| running.iter().filter_map(instance::Handle::pid).collect()).unwrap_or_default()
    }

    pub(crate) fn errors(&self, name: &str) -> u64 {
        self.function(name).map_or(0, |function| function.errors.load(Ordering::Relaxed))
    }

    pub(crate) fn kill(&self, name: &str) {
        if let Some(function) = self.function(name) {
            for handle in lock(&function.running).iter() {
                handle.kill();
            }
        }
    }

    /// Ends every process and waits until it has.
    pub(crate) async fn stop(&self) {
        for function in self.functions.values() {
            lock(&function.idle).clear();
            let handles: Vec<_> = lock(&function.running).drain(..).collect();
            for handle in handles {
                handle.kill();
                handle.ended().await;
            }
        }
    }
}

impl Function {
    async fn invoke(&self, event: Value) -> Invoked {
        let Ok(_place) = self.places.acquire().await else {
            return Invoked::failed("ServiceException", "the host has stopped");
        };
        self.run(event, None).await
    }

    /// Runs an invocation that has a slot.
    async fn run(&self, event: Value, chunks: Option<mpsc::Sender<Bytes>>) -> Invoked {
        let mut instance = match self.ready().await {
            Ok(instance) => instance,
            Err(error) => return Invoked::failed("Runtime.InvalidEntrypoint", &error.to_string()),
        };
        let listener = chunks.clone();
        let invoked = instance.invoke(event, chunks, self.timeout).await;
        if matches!(invoked, Invoked::Failed(_)) {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
        if listener.is_some_and(|listener| listener.is_closed()) {
            // After its listener has left, the function may still be cleaning up, so the instance is not reused.
            tokio::spawn(async move {
                tokio::time::sleep(instance::TIDIES_UP).await;
                drop(instance);
            });
        } else if instance.is_usable() {
            lock(&self.idle).push(instance);
        }
        invoked
    }

    /// Starts an instance, if none is idle, and makes it idle.
    async fn try_to_start(&self) -> Result<(), StackError> {
        let instance = self.ready().await?;
        if instance.started().await {
            lock(&self.idle).push(instance);
            return Ok(());
        }
        let told = std::fs::read_to_string(&self.log).unwrap_or_default();
        let why = told.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it ended without output").to_owned();
        Err(StackError::Function { function: self.id.clone(), why })
    }

    /// An instance that waits, or a new one.
    async fn ready(&self) -> Result<Instance, StackError> {
        loop {
            let waiting = lock(&self.idle).pop();
            match waiting {
                Some(instance) if instance.is_usable() => return Ok(instance),
                Some(_) => {}
                None => break,
            }
        }
        let instance = Instance::start(&self.id, &self.binary, &self.environment, &self.log).await?;
        let mut running = lock(&self.running);
        running.retain(|handle| handle.pid().is_some());
        running.push(instance.handle());
        Ok(instance)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lambda's Invoke API, as `cargo lambda invoke` calls it.
pub(crate) async fn serve_invocations(listener: TcpListener, host: Arc<Host>) {
    let deployments = Router::new().route("/", post(deployments::answer)).with_state(host.deployments.clone());
    let router = Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invocation))
        .with_state(host)
        .merge(deployments);
    // A caller of this API can claim any identity, so web pages are refused.
    if let Err(error) = axum::serve(listener, behind(Door::of_programs(), router)).await {
        tracing::error!(%error, "the invoke API stopped");
    }
}

async fn invocation(State(host): State<Arc<Host>>, UrlPath(name): UrlPath<String>, body: Bytes) -> Response {
    let Ok(event) = serde_json::from_slice(&body) else {
        let problem = json!({"Type": "User", "Message": "Could not parse request body into json"});
        return (StatusCode::BAD_REQUEST, [("x-amzn-errortype", "InvalidRequestContentException")], Json(problem))
            .into_response();
    };
    if host.function(&name).is_none() {
        let problem = json!({"Type": "User", "Message": format!("Function not found: {name}")});
        return (StatusCode::NOT_FOUND, [("x-amzn-errortype", "ResourceNotFoundException")], Json(problem))
            .into_response();
    }
    match host.invoke(&name, event).await {
        Invoked::Returned(value) => Json(value).into_response(),
        Invoked::Streamed(bytes) => bytes.into_response(),
        Invoked::Failed(error) => {
            (StatusCode::OK, [("x-amz-function-error", "Unhandled")], Json(error)).into_response()
        }
    }
}
