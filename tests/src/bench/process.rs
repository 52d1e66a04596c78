//! A process that is measured.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use galley_local::signal::{self, Signal};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::runtime::Runtime;
use crate::{Galley, root};

/// A program and its environment.
#[derive(Clone, Debug)]
pub struct Program {
    pub command: Vec<String>,
    pub folder: PathBuf,
    pub environment: BTreeMap<String, String>,
}

impl Program {
    /// A function as Lambda would start it, with the environment of a stack.
    pub fn function(galley: &Galley, name: &str, binary: &Path) -> Self {
        let function = galley.stack.template.functions.iter().find(|function| function.binary == name).unwrap();
        let mut environment = galley.stack.environment();
        environment.extend(function.environment.clone());
        environment.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), name.to_owned());
        environment.insert("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "1".to_owned());
        environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), "512".to_owned());
        Self { command: vec![binary.display().to_string()], folder: root(), environment }
    }

    /// With the table and the queues at another URL.
    #[must_use]
    pub fn at(mut self, url: &str) -> Self {
        for service in ["DYNAMODB", "SQS"] {
            self.environment.insert(format!("AWS_ENDPOINT_URL_{service}"), url.to_owned());
        }
        self
    }

    /// Trusting the roots in a file.
    #[must_use]
    pub fn trusting(mut self, bundle: &Path) -> Self {
        self.environment.insert("AWS_CA_BUNDLE".to_owned(), bundle.display().to_string());
        self
    }

    fn command(&self, before: &[&str], runtime: Option<&str>) -> Command {
        let mut words = before.iter().map(|word| (*word).to_owned()).chain(self.command.iter().cloned());
        let mut command = Command::new(words.next().unwrap());
        command.args(words).current_dir(&self.folder).env_clear().envs(&self.environment);
        command.env("PATH", std::env::var("PATH").unwrap());
        if let Some(runtime) = runtime {
            command.env("AWS_LAMBDA_RUNTIME_API", runtime);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts it behind a Runtime API, and waits until it asks for work.
    pub async fn start(&self) -> (Running, Duration) {
        let mut runtime = Runtime::start(Vec::new()).await;
        let began = Instant::now();
        let child = self.command(&[], Some(&runtime.address)).spawn().unwrap();
        let asked = tokio::time::timeout(Duration::from_secs(30), runtime.first_poll()).await.expect("it starts");
        (Running::Function(child, runtime), asked.duration_since(began))
    }

    /// Starts it as a service at `url`, and waits until it is ready.
    pub async fn serve(&self, url: &str) -> (Running, Duration) {
        let client = reqwest::Client::new();
        let began = Instant::now();
        let child = self.command(&[], None).spawn().unwrap();
        while client.get(format!("{url}/ready")).send().await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "it does not start");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (Running::Service(child, client, url.to_owned()), began.elapsed())
    }

    /// How many instructions it takes from its start to the end of `events`.
    pub async fn instructions(&self, events: Vec<String>) -> u64 {
        let count = events.len();
        let mut runtime = Runtime::start(events).await;
        let profile = std::env::var("CALLGRIND_OUT").map_or("/dev/null".to_owned(), |file| format!("{file}.{count}"));
        let profile = format!("--callgrind-out-file={profile}");
        let mut command = self.command(&["valgrind", "--tool=callgrind", &profile], Some(&runtime.address));
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        tokio::time::timeout(Duration::from_mins(2), runtime.done()).await.expect("it asks for more");
        // The process is ended here, so that its shutdown is not counted.
        assert!(signal::send(child.id().unwrap(), Signal::TERM), "it has ended already");
        let output = child.wait_with_output().await.unwrap();
        for _ in 0..count {
            succeeded(&runtime.answer().await);
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected =
            told.lines().find_map(|line| line.split("Collected :").nth(1)).unwrap_or_else(|| panic!("{told}"));
        collected.trim().parse().unwrap()
    }
}

/// A process that waits for work.
#[derive(Debug)]
pub enum Running {
    Function(Child, Runtime),
    Service(Child, reqwest::Client, String),
}

impl Running {
    pub const fn child(&self) -> &Child {
        match self {
            Self::Function(child, _) | Self::Service(child, ..) => child,
        }
    }

    /// Invokes it with an event, which must succeed.
    pub async fn invoke(&mut self, event: String) -> Duration {
        match self {
            Self::Function(_, runtime) => {
                let (took, answer) = runtime.invoke(event).await;
                succeeded(&answer);
                took
            }
            Self::Service(_, client, url) => {
                let event: Value = serde_json::from_str(&event).unwrap();
                let path = event["rawPath"].as_str().unwrap();
                let body = event["body"].as_str().unwrap().to_owned();
                let request = client.post(format!("{url}{path}")).header("content-type", "application/json").body(body);
                let began = Instant::now();
                let answer = request.header("authorization", "Bearer x").send().await.unwrap();
                let took = began.elapsed();
                assert_eq!(answer.status(), 201);
                took
            }
        }
    }
}

/// Asserts success: a refusal would take less time and distort the result.
fn succeeded(answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let refused = answer["statusCode"].as_u64().is_some_and(|status| status >= 300);
    assert!(!refused && answer["errorMessage"].is_null(), "{answer}");
    assert!(answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty), "{answer}");
}

/// The CPU time of a process and all its threads.
pub fn cpu(child: &Child) -> Duration {
    let pid = child.id().unwrap();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let nanos = threads.map(|thread| {
        let text = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or_default()
    });
    Duration::from_nanos(nanos.sum())
}

/// The most memory that a process has had, in KiB.
pub fn peak_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
