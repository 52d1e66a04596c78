//! `galley-local run` keeps the stack running; `practise` does so with fake providers that fail when told; `demo` runs one task and ends, `demo-pipeline` does so with fake
//! providers; `redrive` sends the dead letters of a running stack back; `operator-key` makes a deployment's first key;
//! `openapi` prints the API's document.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null")]

mod demo;
mod redrive;

use std::{collections::BTreeMap, fmt::Display, io::Write, process::ExitCode};

use galley_adapters::{aws::Aws, dynamodb::Table};
use galley_local::{
    Options, Stack,
    fake_providers::{FakeProviders, Temper},
    networks, nights, seed, settings,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

const USAGE: &str = "usage: galley-local run | demo | demo-pipeline | practise | redrive | operator-key | openapi

  run            keeps the stack running until Ctrl-C
  demo           runs one task from request to live article, and ends
  demo-pipeline  runs the pipeline with made-up providers, and ends
  practise       as run, with made-up providers and bad nights (docs/runbook.md#practising)
  redrive        sends the dead letters of a running stack back
  operator-key   makes a deployment's first key, in the table that TABLE names
  openapi        shows the API's document";

#[tokio::main]
async fn main() -> ExitCode {
    // The emulator logs a warning for every condition that is not met, which is normal for Galley.
    let told = Targets::new().with_default(Level::WARN).with_target("dynoxide", Level::ERROR);
    tracing_subscriber::registry().with(fmt::layer().with_writer(std::io::stderr).with_filter(told)).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asks_help = arguments.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h" | "help"));
    let done = match arguments.as_slice() {
        _ if asks_help => {
            tell(USAGE);
            Ok(())
        }
        [command] => done(command).await,
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// To whoever reads, who may have read enough before the end.
fn tell(text: impl Display) {
    writeln!(std::io::stdout(), "{text}").ok();
}

async fn done(command: &str) -> Result<(), String> {
    match command {
        "run" => run(options()?, None).await,
        "practise" => practise().await,
        "demo" | "demo-pipeline" => show(command).await,
        "redrive" => redrive::run(variable).await,
        "operator-key" => operator_key().await,
        "openapi" => {
            tell(galley_edge::openapi::document());
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    }
}

fn options() -> Result<Options, String> {
    settings::options(std::env::vars_os()).map_err(|error| describe(&error))
}

/// A demonstration takes any free ports, and may run beside a stack that has another folder.
async fn show(demo: &str) -> Result<(), String> {
    let options = Options { port: 0, site_port: 0, invoke_port: 0, ..options()? };
    if demo == "demo" { demo::run(options, started).await } else { demo::run_pipeline(options, started).await }
}

/// As `run`, with providers that are down or hang when a file says so.
async fn practise() -> Result<(), String> {
    let mut options = options()?;
    let fake = demo::pretend(&mut options, Temper::default()).await?;
    run(options, Some(fake)).await
}

async fn run(mut options: Options, fake: Option<FakeProviders>) -> Result<(), String> {
    let running = networks::beside(&mut options).await.map_err(|error| describe(&error))?;
    let (stack, keys) = started(options).await?;
    let url = stack.url();
    println!("Open the console: {}\n", stack.console_url());
    println!("Galley is at {url}   (API description: {url}/api/docs)");
    println!("Its site, where articles are read, is at {}/site/{}/\n", stack.site_url(), seed::TENANT);
    println!("Keys of the tenant {}, kept in {}/keys.json:", seed::TENANT, stack.data().display());
    for (name, key) in &keys {
        println!("  {name:<9} {key}");
    }
    let (author, viewer) = (key(&keys, "author"), key(&keys, "viewer"));
    println!("\nTry:");
    let file = stack.data().join("keys.json");
    println!("  galley login --url {url} --key-file {} --as editor", file.display());
    println!("  curl -s {url}/health/ready");
    println!(
        "  curl -s {url}/api/content/tasks -H 'Authorization: Bearer {author}' -H 'Content-Type: application/json' -d '{{\"topic\":\"How HTTP caching works\"}}'"
    );
    println!("  curl -s {url}/api/content/tasks -H 'Authorization: Bearer {viewer}'");
    println!(
        "\nInvoke a function: cargo lambda invoke --invoke-port {} health --data-file events/health/live.json",
        port_of(&stack)
    );
    show_networks(&running, &url, key(&keys, "admin"));
    println!("Logs: {}/logs. Ctrl-C stops; tasks stay.", stack.data().display());
    let night = async {
        let Some(fake) = &fake else { return std::future::pending().await };
        nights::begin(stack.data())?;
        println!("A bad night: echo down > {} (or hangs, letter, calm)", stack.data().join(nights::FILE).display());
        nights::follow(&stack, fake, |said| println!("{said}")).await
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| describe(&error))?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        ended = night => ended.map_err(|error| describe(&error))?,
    }
    println!("\nStopping.");
    stack.stop().await.map_err(|error| describe(&error))
}

fn show_networks(running: &[networks::Running], url: &str, admin: &str) {
    for networks::Running { name, page, target } in running {
        println!("\nA made-up {name} shows what is posted there: {page} It becomes a target by:");
        println!(
            "  curl -s {url}/api/admin/targets -H 'Authorization: Bearer {admin}' -H 'Content-Type: application/json' -d '{target}'"
        );
    }
}

/// A value that is not UTF-8 is replaced, and then breaks the rule of its setting.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The first key of a deployment, whose table `TABLE` names; the environment has region and credentials.
async fn operator_key() -> Result<(), String> {
    let name = variable("TABLE").filter(|name| !name.is_empty());
    let name = name.ok_or("TABLE must name the table, as the stack's outputs do")?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if !(3..=255).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err("TABLE must be a table's name, not its ARN or URL".to_owned());
    }
    let key = seed::operator_key(&table(variable, &name)?).await.map_err(|error| describe(&error))?;
    tell(key);
    Ok(())
}

fn key<'a>(keys: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    keys.get(name).map_or("", String::as_str)
}

fn port_of(stack: &Stack) -> String {
    stack.invoke_url().rsplit(':').next().unwrap_or_default().to_owned()
}

/// A stack whose functions have all started, and its keys.
async fn started(options: Options) -> Result<(Stack, seed::Keys), String> {
    let stack = Stack::start(options).await.map_err(|error| describe(&error))?;
    stack.try_functions().await.map_err(|error| describe(&error))?;
    let environment = stack.environment();
    let table = table(|name| environment.get(name).cloned(), stack.table_name())?;
    let keys = seed::dev_keys(stack.folder(), &table).await.map_err(|error| describe(&error))?;
    Ok((stack, keys))
}

/// `get` looks up region and credentials: `AWS_REGION` and the like.
fn table(get: impl Fn(&str) -> Option<String>, name: &str) -> Result<Table, String> {
    let aws = Aws::from_vars(get).map_err(|error| describe(&error))?;
    Ok(Table::new(&aws, name.to_owned()))
}

fn describe(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
