//! What is measured, and with what.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::process::Program;
use crate::{Galley, root};

/// One program and the events that it gets.
#[derive(Clone, Debug)]
pub struct Subject {
    pub name: &'static str,
    pub program: Program,
    /// What is zipped, for a function.
    pub binary: Option<PathBuf>,
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
        let function = galley.stack.template.functions.iter().find(|function| function.binary == of).unwrap();
        let mut environment = galley.stack.environment();
        environment.extend(function.environment.clone());
        environment.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), name.to_owned());
        environment.insert("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "1".to_owned());
        environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), "512".to_owned());
        let folder = std::env::var("BENCH_FOLDER").unwrap_or_else(|_| "target/release".to_owned());
        let folder = if name == "create-default" { "bench/default/target/release".to_owned() } else { folder };
        let binary = root().join(folder).join(name);
        assert!(binary.is_file(), "{} is not built: run it by `make bench`", binary.display());
        let program = Program { command: vec![binary.display().to_string()], folder: root(), environment };
        Self { name, program, binary: Some(binary), kind }
    }

    /// The same create in Python, `arguments` after its interpreter.
    pub fn peer(galley: &Galley, name: &'static str, python: &Path, arguments: &[&str]) -> Self {
        let mut subject = Self::function(galley, "create-task");
        subject.program.command = std::iter::once(python.display().to_string())
            .chain(arguments.iter().map(|argument| (*argument).to_owned()))
            .collect();
        subject.program.folder = root().join("bench/peers");
        subject.program.environment.insert("AWS_DEFAULT_REGION".to_owned(), "us-east-1".to_owned());
        // As Lambda has it: what is imported is compiled already.
        subject.program.environment.insert("POWERTOOLS_TRACE_DISABLED".to_owned(), "true".to_owned());
        Self { name, binary: None, ..subject }
    }

    /// So many events, each of which is work of its own.
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

/// Of an event that nothing is done for: it is verified, recorded and handed on as any other.
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
        // The gateway lets but so many through in a second.
        if created.status != 429 {
            break created.expect(201);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let id = created.text("task_id");
    let mut event = event("process-task/generate");
    let body = json!({"v": 1, "kind": "generate", "tenant": "default", "id": id, "trace_id": "0af7651916cd43dd8448eb211c80319c"});
    event["Records"][0]["body"] = body.to_string().into();
    event
}
