//! Logs: one JSON object a line on standard output, where Lambda collects them.

pub use galley_domain::report::chain;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging at the level in `GALLEY_LOG` (`info` when it is not set). A second call changes nothing.
pub fn init() {
    let filter = EnvFilter::try_from_env("GALLEY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let started = fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_target(false)
        .try_init();
    // Only a second call can fail, and then the first one's subscriber stays.
    drop(started);
}
