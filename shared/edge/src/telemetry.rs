//! Telemetry of a function: logs, metrics and, where a collector is configured, traces. Logs and metrics are lines
//! on standard output, where Lambda collects them.

pub mod emf;
mod fields;
mod lines;
mod mask;
pub mod paths;
pub mod requests;
mod spans;

use std::{
    any::Any,
    io::{self, Write},
    panic::{self, PanicHookInfo},
    process::ExitCode,
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use galley_domain::{kernel::ids::TraceId, metrics};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{Instrument, Span, field::Empty, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

pub use self::spans::Send;
use crate::config::{ConfigError, Setting};

use self::{emf::Collected, lines::Lines, spans::Spans};
pub use galley_domain::kernel::error::chain;

static METRICS: LazyLock<Collected> = LazyLock::new(Collected::default);
static WARM: AtomicBool = AtomicBool::new(false);

/// The release that a function is of.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// The commit that it was packaged from; what was built otherwise does not know it.
pub const COMMIT: Option<&str> = option_env!("GALLEY_COMMIT");

/// The fields of every line and every span.
static OF: OnceLock<Map<String, Value>> = OnceLock::new();

fn of(function: &str) -> Map<String, Value> {
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let all = [
        ("service", Some("galley".to_owned())),
        ("function", Some(function.to_owned())),
        ("stage", Some(stage())),
        ("version", text("AWS_LAMBDA_FUNCTION_VERSION")),
        ("release", Some(RELEASE.to_owned())),
        ("commit", COMMIT.map(str::to_owned)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
}

fn stage() -> String {
    std::env::var(Setting::Stage.name()).unwrap_or_else(|_| "dev".to_owned())
}

/// Ends a function that could not start: writes the error with its causes.
pub fn ended(started: Result<(), lambda_http::Error>) -> ExitCode {
    let Err(error) = started else { return ExitCode::SUCCESS };
    // If this cannot be written either, nothing more can be done.
    let _ = writeln!(io::stderr(), "Error: {}", chain(&*error));
    ExitCode::FAILURE
}

/// A structured value as JSON for a log line, with the API's field names.
pub fn as_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The function's own name, not the deployed one. Metrics are labelled with it.
pub fn function() -> &'static str {
    OF.get().and_then(|of| of.get("function")?.as_str()).unwrap_or("galley")
}

/// Starts telling of the function, which is known by its package's name: logging at the level in `GALLEY_LOG` (`info` when
/// it is not set, `info,galley_domain=debug` for more of one part), measuring, and tracing if a collector is configured. A
/// second call changes nothing.
///
/// # Errors
/// `Malformed` when the level is none.
pub fn init(function: &str) -> Result<(), ConfigError> {
    let of = OF.get_or_init(|| of(function));
    let usual = level(std::env::var(Setting::Log.name()).ok().as_deref())?;
    let lines = Lines { to: mask::stdout as fn() -> io::StdoutLock<'static>, usual, of: of.clone() };
    let spans = collector().map(|_| Spans);
    // Only a second call can fail, and then the first one's subscriber stays.
    drop(tracing_subscriber::registry().with(lines).with(spans).try_init());
    metrics::install(Box::new(&*METRICS));
    panic::set_hook(Box::new(tell_of_a_panic));
    Ok(())
}

/// Where the runtime calls it an error that whoever read a stream has gone, and says nothing else. Readers go as they like.
const OF_STREAMS: &str = "lambda_runtime::requests";

/// The configured log level.
fn level(text: Option<&str>) -> Result<Targets, ConfigError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(Targets::new().with_default(tracing::Level::INFO).with_target(OF_STREAMS, LevelFilter::OFF));
    };
    let rule = "must be a level such as info, or levels of parts such as info,galley_domain=debug".to_owned();
    let wrong = || ConfigError::Malformed { setting: Setting::Log, rule };
    // The parser would take an unknown word for a module name and enable every level for it.
    let is_level = |part: &str| {
        part.rsplit('=').next().is_some_and(|level| !level.is_empty() && level.parse::<LevelFilter>().is_ok())
    };
    let levels = text.split(',').all(|part| is_level(part.trim()));
    let named: Targets = text.parse().ok().filter(|_| levels).ok_or_else(wrong)?;
    Ok(if text.contains("lambda_runtime") { named } else { named.with_target(OF_STREAMS, LevelFilter::OFF) })
}

/// Where spans go, if they do.
pub fn collector() -> Option<String> {
    std::env::var(Setting::Collector.name()).ok().filter(|url| !url.trim().is_empty())
}

/// Sends spans by what `sender` makes of the collector's address; nothing is made where there is none.
///
/// # Errors
/// What `sender` says of the address.
pub fn export_by<E>(sender: impl FnOnce(&str) -> Result<Send, E>) -> Result<(), E> {
    if let Some(url) = collector() {
        spans::export_by(sender(&format!("{}/v1/traces", url.trim().trim_end_matches('/')))?);
    }
    Ok(())
}

/// The span of one invocation, or of one record of a batch.
pub fn invocation(request_id: &str, trace_id: &TraceId) -> Span {
    let cold_start = !WARM.swap(true, Ordering::Relaxed);
    // No parent: the runtime's own span belongs to no trace.
    tracing::info_span!(
        parent: None,
        "invocation",
        request_id,
        %trace_id,
        cold_start,
        tenant = Empty,
        task_id = Empty,
        parent_span = Empty,
        verbose = Empty,
    )
}

/// Does `work` in the span of its invocation, then writes and sends what was collected.
pub async fn within<T>(request_id: &str, trace_id: &TraceId, work: impl Future<Output = T>) -> T {
    let done = work.instrument(invocation(request_id, trace_id)).await;
    finished().await;
    done
}

/// Writes and sends what was collected. Lambda may freeze the instance afterwards.
pub async fn finished() {
    for line in METRICS.lines(&stage(), Timestamp::now()) {
        // Only our own names and numbers: nothing to mask.
        mask::write(&(mask::stdout as fn() -> io::StdoutLock<'static>), line);
    }
    if let Some(of) = OF.get() {
        spans::send(of).await;
    }
}

/// Logs a panic's message like any other line, so that it is masked.
fn tell_of_a_panic(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(at, reason = words_of(panic.payload()), "panicked");
}

fn words_of(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

#[cfg(test)]
mod tests;
