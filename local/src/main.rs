//! `galley-local run` keeps the stack running; `galley-local demo` shows it off and ends, `demo-pipeline`
//! with providers that are made up; `galley-local redrive` sends
//! the dead letters of a running stack back; `galley-local operator-key` makes a deployment's first key.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null")]

mod demo;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use galley_local::{Options, Stack, StackError, seed};
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// The providers' keys, under the names that their own tools read.
const PROVIDER_KEYS: [(&str, &str); 6] = [
    ("OPENAI_API_KEY", "openai"),
    ("ANTHROPIC_API_KEY", "anthropic"),
    ("GEMINI_API_KEY", "google"),
    ("HF_TOKEN", "huggingface"),
    ("SERPER_API_KEY", "serper"),
    ("PEXELS_API_KEY", "pexels"),
];

#[tokio::main]
async fn main() -> ExitCode {
    // The table warns of every refused condition, and those are how Galley works.
    let told = Targets::new().with_default(Level::WARN).with_target("dynoxide", Level::ERROR);
    tracing_subscriber::registry().with(fmt::layer().with_writer(std::io::stderr).with_filter(told)).init();
    let mut arguments = std::env::args().skip(1);
    let done = match arguments.next().as_deref() {
        Some("run") => run().await.map_err(|error| describe(&error)),
        Some("demo") => demo::run(options(0, 0)).await,
        Some("demo-pipeline") => demo::run_pipeline(options(0, 0)).await,
        Some("redrive") => redrive().await,
        Some("operator-key") => operator_key().await,
        _ => Err("usage: galley-local run | demo | demo-pipeline | redrive | operator-key".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// What `make` hands over by the environment.
fn options(port: u16, invoke_port: u16) -> Options {
    let mut provider_keys = BTreeMap::new();
    for (variable, provider) in PROVIDER_KEYS {
        if let Some(key) = std::env::var(variable).ok().filter(|key| !key.trim().is_empty()) {
            provider_keys.insert(provider.to_owned(), key);
        }
    }
    let text = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let mut parameters = BTreeMap::new();
    for (variable, parameter) in [
        ("GALLEY_LLM_BASE_URL", "LlmBaseUrl"),
        ("GALLEY_LLM_MODEL", "LlmModel"),
        ("GALLEY_CATALOGUE_FILE", "CatalogueFile"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "OtlpEndpoint"),
    ] {
        if let Ok(value) = std::env::var(variable) {
            parameters.insert(parameter.to_owned(), value);
        }
    }
    Options {
        template: PathBuf::from(text("GALLEY_TEMPLATE", "template.yaml")),
        binaries: PathBuf::from(text("GALLEY_BINARIES", "target/debug")),
        data: Some(PathBuf::from(text("GALLEY_DATA", ".galley"))),
        port,
        invoke_port,
        parameters,
        provider_keys,
        schedules: true,
        deliver: true,
        concurrency: 4,
    }
}

async fn run() -> Result<(), StackError> {
    let number =
        |name: &str, default: u16| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let stack = Stack::start(options(number("GALLEY_PORT", 8787), number("GALLEY_INVOKE_PORT", 9000))).await?;
    let keys = seed::dev_keys(&stack).await?;
    let url = stack.url();
    println!("Galley is at {url}   (API description: {url}/api/docs)\n");
    println!("Keys of the tenant {}, kept in {}/keys.json:", seed::TENANT, stack.data().display());
    for (name, key) in &keys {
        println!("  {name:<9} {key}");
    }
    let (author, viewer) = (key(&keys, "author"), key(&keys, "viewer"));
    println!("\nTry:");
    println!("  curl -s {url}/health/ready");
    println!(
        "  curl -s {url}/api/content/tasks -H 'Authorization: Bearer {author}' -H 'Content-Type: application/json' -d '{{\"topic\":\"How HTTP caching works\"}}'"
    );
    println!("  curl -s {url}/api/content/tasks -H 'Authorization: Bearer {viewer}'");
    println!(
        "\nInvoke a function: cargo lambda invoke --invoke-port {} health --data-file events/health/live.json",
        port_of(&stack)
    );
    println!("Logs: {}/logs. Ctrl-C stops; tasks stay.", stack.data().display());
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    println!("\nStopping.");
    stack.stop().await
}

/// The first key of a deployment, whose table `TABLE` names; the environment has region and credentials.
async fn operator_key() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).ok();
    let table = variable("TABLE").ok_or("TABLE must name the table, as the stack's outputs do")?;
    let key = seed::operator_key(variable, &table).await.map_err(|error| describe(&error))?;
    println!("{key}");
    Ok(())
}

/// Asks a running Galley, here or deployed, to send its dead letters back.
async fn redrive() -> Result<(), String> {
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let data = PathBuf::from(text("GALLEY_DATA").unwrap_or_else(|| ".galley".to_owned()));
    let own = || -> Option<String> {
        let keys: BTreeMap<String, String> =
            serde_json::from_slice(&std::fs::read(data.join("keys.json")).ok()?).ok()?;
        keys.get("operator").cloned()
    };
    let url = text("URL").unwrap_or_else(|| "http://127.0.0.1:8787".to_owned());
    let key = text("KEY").or_else(own).ok_or("no KEY is given, and no stack has run here")?;
    let limit = text("LIMIT").map_or(Ok(100_u32), |limit| limit.parse()).map_err(|_| "LIMIT must be a number")?;
    let queues = text("QUEUE").map_or_else(|| vec!["work".to_owned(), "quick".to_owned()], |queue| vec![queue]);
    let client = galley_local::client();
    for queue in queues {
        let request = client.post(format!("{url}/api/admin/dlq/redrive")).bearer_auth(&key);
        let answer = request.json(&serde_json::json!({"queue": queue, "limit": limit})).send().await;
        let answer = answer.map_err(|error| format!("{url} does not answer: {error}"))?;
        let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
        if !status.is_success() {
            return Err(format!("{status}: {body}"));
        }
        println!("{queue}: {body}");
    }
    Ok(())
}

fn key<'a>(keys: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    keys.get(name).map_or("", String::as_str)
}

fn port_of(stack: &Stack) -> String {
    stack.invoke_url().rsplit(':').next().unwrap_or_default().to_owned()
}

fn describe(error: &StackError) -> String {
    std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
