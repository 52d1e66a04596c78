//! Does what the table of behaviours asks of the client in Rust.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use galley_client::{
    Client, Error, Followed, Retries, SecretString,
    answer::Task,
    api::review::Edit,
    call::Call,
    webhook::{Scheme, Verifier, WebhookError},
};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::behaviours;

pub async fn all(tasks: Vec<behaviours::Task>) -> Vec<Vec<Value>> {
    let mut gave = Vec::new();
    for task in tasks {
        let retries = Retries { first: Duration::from_millis(5), ..Retries::default() };
        let client = Client::builder(&task.url).unwrap().token("a-key".into()).retries(retries).build().unwrap();
        let mut outcomes = Vec::new();
        for step in &task.steps {
            let outcome = match text(step, "do") {
                "sign" | "verify" | "verifier" => signatures(step).unwrap_or_else(refusal),
                _ => done(&client, step).await.unwrap_or_else(|error| told(&error)),
            };
            outcomes.push(outcome);
        }
        gave.push(outcomes);
    }
    gave
}

fn text<'a>(step: &'a Value, name: &str) -> &'a str {
    step[name].as_str().unwrap_or_default()
}

async fn done(client: &Client, step: &Value) -> Result<Value, Error> {
    let id = text(step, "id");
    Ok(match text(step, "do") {
        "me" => client.me().await.map(|me| json!({"tenant": me.tenant, "subject": me.subject, "role": me.role}))?,
        "create_task" => shown(&client.create_task(&step["request"]).await?),
        "task" => shown(&client.task(id).await?),
        "edit" => {
            let draft: Edit = serde_json::from_value(step["draft"].clone()).unwrap();
            shown(&client.edit(id, step["version"].as_u64().unwrap(), &draft).await?)
        }
        "tasks" => versions(client.tasks()).await?,
        "follow" => {
            let told = client.follow(id).try_filter_map(async |told| match told {
                Followed::Task(task) => Ok(Some(*task)),
                Followed::Over => Ok(None),
            });
            versions(told).await?
        }
        "wait_until_still" => {
            let most = Duration::from_millis(step["most_ms"].as_u64().unwrap());
            shown(&client.wait_until(id, most, |task| !task.status.moves()).await?)
        }
        "raw" => raw(client, step).await?,
        "connect" => connect(step)?,
        other => panic!("no step is called {other}"),
    })
}

fn shown(task: &Task) -> Value {
    json!({"task_id": task.task_id, "version": task.version, "status": task.status})
}

async fn versions(tasks: impl Stream<Item = Result<Task, Error>>) -> Result<Value, Error> {
    let versions: Vec<u64> = tasks.map_ok(|task| task.version).try_collect().await?;
    Ok(json!({"versions": versions}))
}

async fn raw(client: &Client, step: &Value) -> Result<Value, Error> {
    let method = Method::from_bytes(text(step, "method").as_bytes()).unwrap();
    let mut call = Call::raw(method, text(step, "path"));
    if let Some(body) = step.get("body") {
        call = call.json(body)?;
    }
    if let Some(key) = step["idempotency_key"].as_str() {
        call = call.idempotency_key(key);
    }
    Ok(json!({"status": client.send(&call).await?.status}))
}

fn connect(step: &Value) -> Result<Value, Error> {
    let mut builder = Client::builder(text(step, "url"))?;
    if let Some(token) = step["token"].as_str() {
        builder = builder.token(token.into());
    }
    if let Some(streams) = step["streams"].as_str() {
        builder = builder.streams(streams)?;
    }
    Ok(json!({"shows_its_token": format!("{:?}", builder.build()?).contains("tell-nobody")}))
}

fn signatures(step: &Value) -> Result<Value, WebhookError> {
    let at = Timestamp::from_second(step["at"].as_i64().unwrap_or_default()).unwrap();
    let body = text(step, "body").as_bytes();
    let secret = SecretString::from(text(step, "secret"));
    match text(step, "do") {
        "verifier" => Verifier::new([&secret]).map(|_| Value::Null),
        "sign" => {
            let signed = Scheme::named(text(step, "scheme")).unwrap().sign(&secret, text(step, "id"), at, body)?;
            Ok(Value::Object(signed.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()))
        }
        _ => {
            let secrets = step["secrets"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().into());
            let secrets: Vec<SecretString> = secrets.collect();
            let headers: &Map<String, Value> = step["headers"].as_object().unwrap();
            let callback =
                Verifier::new(&secrets)?.verify_at(|name| headers.get(name).and_then(Value::as_str), body, at)?;
            Ok(json!({"id": callback.id, "kind": callback.kind, "data": callback.data}))
        }
    }
}

fn refusal(error: WebhookError) -> Value {
    let reason = match error {
        WebhookError::Secret => "secret",
        WebhookError::MissingHeader(_) => "missing-header",
        WebhookError::MalformedTimestamp => "malformed-timestamp",
        WebhookError::Stale => "stale",
        WebhookError::Mismatch => "mismatch",
        WebhookError::NoEvent => "no-event",
    };
    json!({"error": "WebhookError", "reason": reason})
}

fn told(error: &Error) -> Value {
    let name = match error {
        Error::Problem(_) => "Problem",
        Error::Refused { .. } => "Refused",
        Error::NoAnswer { .. } => "NoAnswer",
        Error::Unreadable(_) => "Unreadable",
        Error::TooLong(_) => "TooLong",
        Error::NoStream(_) => "NoStream",
        Error::Unwritable(_) => "Unwritable",
        Error::Address(_) => "AddressError",
        Error::Start(_) => "Start",
        Error::StillWaiting { .. } => "StillWaiting",
    };
    let mut told = json!({"error": name, "status": error.status(), "message": error.to_string(),
        "about_credentials": error.is_about_credentials()});
    if let Some(problem) = error.problem() {
        told["kind"] = json!(problem.kind());
        told["fields"] = json!(problem.fields());
        told["blockers"] = json!(problem.blockers());
        told["request_id"] = json!(problem.request_id());
        told["retry_after_s"] = json!(problem.retry_after.map(|wait| wait.as_secs()));
    }
    told
}
