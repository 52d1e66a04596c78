//! The table of behaviours that every client has, `clients/behaviours.json`: it scripts a server, and judges what a client made of it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use galley_client::webhook::Scheme;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    root,
    scripted::{Answer, Asked, Server},
};

#[derive(Debug, Deserialize)]
struct Table {
    behaviours: Vec<Behaviour>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Behaviour {
    name: String,
    answers: Vec<Answer>,
    steps: Vec<Value>,
    asked: Vec<Awaited>,
}

/// What a request must have been. What is not named may be anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Awaited {
    method: Option<String>,
    path: Option<String>,
    headers: Map<String, Value>,
    body: Option<Value>,
    /// Since the request before.
    after_ms: u64,
}

/// What a client is to do, and against which server.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    pub url: String,
    pub steps: Vec<Value>,
}

/// Has a client do all that the table asks of it: `run` gives what came of each step of each task.
pub async fn hold(run: impl AsyncFnOnce(Vec<Task>) -> Vec<Vec<Value>>) {
    let text = std::fs::read_to_string(root().join("clients/behaviours.json")).unwrap();
    let behaviours = serde_json::from_str::<Table>(&text).unwrap().behaviours;
    let mut servers = Vec::new();
    let mut tasks = Vec::new();
    for behaviour in &behaviours {
        let server = Server::answering(behaviour.answers.clone()).await;
        tasks.push(Task { url: server.url.clone(), steps: behaviour.steps.iter().map(whole).collect() });
        servers.push(server);
    }
    let gave = run(tasks).await;
    assert_eq!(gave.len(), behaviours.len());
    let mut wrong = Vec::new();
    for ((behaviour, server), outcomes) in behaviours.iter().zip(&servers).zip(&gave) {
        let found = behaviour.judge(outcomes, &server.asked());
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", behaviour.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Behaviour {
    fn judge(&self, outcomes: &[Value], asked: &[Asked]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (at, (step, outcome)) in self.steps.iter().zip(outcomes).enumerate() {
            if !holds(&step["gives"], outcome) {
                wrong.push(format!("step {at} gave {outcome}, not {}", step["gives"]));
            }
        }
        if outcomes.len() != self.steps.len() {
            wrong.push(format!("{} steps of {} were done", outcomes.len(), self.steps.len()));
        }
        if asked.len() != self.asked.len() {
            wrong.push(format!("{} requests came, not {}: {asked:#?}", asked.len(), self.asked.len()));
        }
        for (at, (awaited, request)) in self.asked.iter().zip(asked).enumerate() {
            wrong.extend(awaited.differs(at, request, asked).map(|what| format!("request {at}: {what}: {request:?}")));
        }
        wrong
    }
}

impl Awaited {
    fn differs(&self, at: usize, request: &Asked, all: &[Asked]) -> Option<String> {
        if self.method.as_ref().is_some_and(|method| *method != request.method) {
            return Some(format!("not {:?}", self.method));
        }
        if self.path.as_ref().is_some_and(|path| *path != request.path) {
            return Some(format!("not at {:?}", self.path));
        }
        let header = self.headers.iter().find(|(name, wanted)| !header_fits(name, wanted, request, all));
        if let Some((name, wanted)) = header {
            return Some(format!("{name} is not {wanted}"));
        }
        let body = serde_json::from_str::<Value>(&request.body).unwrap_or_default();
        if self.body.as_ref().is_some_and(|wanted| !holds(wanted, &body)) {
            return Some(format!("the body is not {:?}", self.body));
        }
        let before = at.checked_sub(1).and_then(|before| all.get(before)).map_or(request.at, |before| before.at);
        let soon = request.at.duration_since(before) < Duration::from_millis(self.after_ms);
        soon.then(|| format!("sooner than after {} ms", self.after_ms))
    }
}

/// `{"length": 36}`: some value so long; `{"as": 0}`: as in that request; `{"not_as": 0}`: another than there.
fn header_fits(name: &str, wanted: &Value, request: &Asked, all: &[Asked]) -> bool {
    let has = request.headers.get(name);
    let of = |at: &Value| all.get(usize::try_from(at.as_u64()?).ok()?)?.headers.get(name);
    match wanted {
        Value::Null => has.is_none(),
        Value::String(text) => has == Some(text),
        Value::Object(rule) => rule.iter().all(|(rule, value)| match rule.as_str() {
            "length" => has.is_some_and(|has| Some(has.len() as u64) == value.as_u64()),
            "as" => has.is_some() && has == of(value),
            "not_as" => has.is_some() && has != of(value),
            _ => false,
        }),
        _ => false,
    }
}

/// Whether an outcome has all that is wanted of it.
fn holds(wanted: &Value, outcome: &Value) -> bool {
    match (wanted, outcome) {
        (Value::Object(wanted), _) => {
            wanted.iter().all(|(name, wanted)| holds(wanted, outcome.get(name).unwrap_or(&Value::Null)))
        }
        (Value::Array(wanted), Value::Array(outcome)) => {
            wanted.len() == outcome.len() && wanted.iter().zip(outcome).all(|(wanted, outcome)| holds(wanted, outcome))
        }
        (Value::Number(wanted), Value::Number(outcome)) => wanted.as_f64() == outcome.as_f64(),
        _ => wanted == outcome,
    }
}

const SENT_AT: i64 = 1_795_176_000;
const CALLBACK: &str = r#"{"type":"task.published","data":{"task_id":"task_1"}}"#;

/// A step with what is left out in the table: secrets in one piece, and signatures, which the table has no place for.
fn whole(step: &Value) -> Value {
    let mut step = step.clone();
    match step["do"].as_str() {
        Some("sign") => {
            let parts = step["secret"].as_array().unwrap().iter().map(|part| part.as_str().unwrap());
            step["secret"] = json!(parts.collect::<String>());
        }
        Some("connect") => {
            let given = ["token", "streams"].into_iter().filter_map(|name| Some((name, step.get(name)?.clone())));
            step["options"] = given.collect();
        }
        Some("verify") => {
            let body = step["body"].as_str().unwrap_or(CALLBACK).to_owned();
            let key = secret(step["signed_with"].as_str().unwrap());
            let at = Timestamp::from_second(SENT_AT).unwrap();
            let signed = Scheme::Standard.sign(&key.into(), "evt_1", at, body.as_bytes()).unwrap();
            let mut headers: Map<String, Value> =
                signed.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
            headers.remove(step["without"].as_str().unwrap_or_default());
            headers.extend(step["with"].as_object().cloned().unwrap_or_default());
            step["headers"] = json!(headers);
            step["body"] = step.get("arrives").cloned().unwrap_or(json!(body));
            let secrets = step["secrets"].as_array().unwrap().iter().map(|name| secret(name.as_str().unwrap()));
            step["secrets"] = secrets.collect();
        }
        _ => {}
    }
    step
}

fn secret(name: &str) -> String {
    format!("whsec_{}", STANDARD.encode(format!("{name:.<24}")))
}
