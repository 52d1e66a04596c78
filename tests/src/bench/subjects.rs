//! The programs that are measured, and their events.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};

use super::process::{Program, Running};
use crate::{Galley, mock::Mock, root};

/// Where a create finds its table and its queue.
#[derive(Debug)]
pub struct Place {
    mock: Mock,
    /// The root certificate of the mock, kept while the file is in use.
    root: Option<tempfile::NamedTempFile>,
}

impl Place {
    pub async fn plain() -> Self {
        Self { mock: Mock::start().await, root: None }
    }

    pub async fn tls() -> Self {
        let (mock, root) = Mock::start_tls().await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), root).unwrap();
        Self { mock, root: Some(file) }
    }
}

/// One program and the events that it gets.
#[derive(Clone, Debug)]
pub struct Subject {
    pub name: &'static str,
    pub program: Program,
    /// The binary to zip, for a function.
    pub binary: Option<PathBuf>,
    /// The URL, for a service.
    url: Option<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Create,
    List,
    Webhook,
    Generate,
}

fn event(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(root().join(format!("events/{name}.json"))).unwrap()).unwrap()
}

impl Subject {
    /// A function of ours, as it would be deployed.
    pub fn function(galley: &Galley, name: &'static str) -> Self {
        let kind = match name {
            "query-tasks" => Kind::List,
            "ingest-webhook" => Kind::Webhook,
            "process-task" => Kind::Generate,
            _ => Kind::Create,
        };
        let of = if matches!(name, "hello" | "create-default") { "create-task" } else { name };
        let folder = std::env::var("BENCH_FOLDER").unwrap_or_else(|_| "target/release".to_owned());
        let folder = if name == "create-default" { "bench/default/target/release".to_owned() } else { folder };
        let binary = root().join(folder).join(name);
        assert!(binary.is_file(), "{} is not built: run it by `make bench`", binary.display());
        let program = Program::function(galley, of, &binary);
        Self { name, program, binary: Some(binary), url: None, kind }
    }

    /// The same create in Python, `arguments` after its interpreter.
    pub fn peer(galley: &Galley, name: &'static str, python: &Path, arguments: &[&str]) -> Self {
        let mut subject = Self::function(galley, "create-task");
        subject.program.command = std::iter::once(python.display().to_string())
            .chain(arguments.iter().map(|argument| (*argument).to_owned()))
            .collect();
        subject.program.folder = root().join("bench/peers");
        subject.program.environment.insert("AWS_DEFAULT_REGION".to_owned(), "us-east-1".to_owned());
        // As on Lambda, where imported modules are compiled already.
        subject.program.environment.insert("POWERTOOLS_TRACE_DISABLED".to_owned(), "true".to_owned());
        Self { name, binary: None, ..subject }
    }

    /// The same create as a service in Python.
    pub fn service(galley: &Galley, name: &'static str, python: &Path) -> Self {
        let port = (18_000 + fastrand::u16(..2000)).to_string();
        let arguments = ["-m", "uvicorn", "service:app", "--port", &port, "--log-level", "warning"];
        let url = Some(format!("http://127.0.0.1:{port}"));
        Self { url, ..Self::peer(galley, name, python, &arguments) }
    }

    /// Starts it, and says how long that took.
    pub async fn start(&self) -> (Running, Duration) {
        match &self.url {
            None => self.program.start().await,
            Some(url) => self.program.serve(url).await,
        }
    }

    pub fn creates(&self) -> bool {
        matches!(self.kind, Kind::Create)
    }

    /// With another name in the results.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// With the table and the queue elsewhere.
    #[must_use]
    pub fn at(self, place: &Place) -> Self {
        let program = self.program.at(&place.mock.url);
        let program = match &place.root {
            Some(root) => program.trusting(root.path()),
            None => program,
        };
        Self { program, ..self }
    }

    /// Makes `count` events, each of which causes work of its own.
    pub async fn events(&self, galley: &Galley, count: usize) -> Vec<String> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            let event = match self.kind {
                Kind::Create => {
                    let mut event = event("create-task/create");
                    event["headers"].as_object_mut().unwrap().remove("idempotency-key");
                    event
                }
                Kind::List => event("query-tasks/list"),
                Kind::Webhook => webhook(galley),
                Kind::Generate => generate(galley).await,
            };
            events.push(event.to_string());
        }
        events
    }
}

/// A webhook of an event type without an effect: it is verified, recorded and queued like any other.
fn webhook(galley: &Galley) -> Value {
    let mut event = event("ingest-webhook/unsigned");
    let body = json!({"event_id": format!("bench-{}", fastrand::u64(..)), "event_type": "content.requested",
        "request": {"topic": "How HTTP caching works", "target_length": 400}})
    .to_string();
    let at = jiff::Timestamp::now().as_second().to_string();
    event["headers"]["x-webhook-signature"] = galley.sign(&at, body.as_bytes()).into();
    event["headers"]["x-webhook-timestamp"] = at.into();
    event["body"] = body.into();
    event["isBase64Encoded"] = false.into();
    event
}

/// A task that nobody has taken yet.
async fn generate(galley: &Galley) -> Value {
    let asked = json!({"topic": "How HTTP caching works", "target_length": 400});
    let created = loop {
        let created = galley.post("author", "/api/content/tasks", asked.clone()).await;
        // The gateway's throttle may refuse some requests.
        if created.status != 429 {
            break created.expect(201);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let id = created.text("task_id");
    let mut event = event("process-task/generate");
    let body = json!({"v": 1, "kind": "generate", "tenant": "default", "id": id, "trace_id": "0af7651916cd43dd8448eb211c80319c"});
    event["Records"][0]["body"] = body.to_string().into();
    event
}
