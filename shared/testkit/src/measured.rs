//! What a test measured: the metrics that were recorded on its own thread.

use std::cell::RefCell;

use galley_domain::metrics::{self, Metric, Recorder};

thread_local! {
    static MEASURED: RefCell<Vec<(Metric, f64)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
struct ByThread;

impl Recorder for ByThread {
    fn record(&self, metric: Metric, value: f64, _: &[&str]) {
        MEASURED.with_borrow_mut(|all| all.push((metric, value)));
    }
}

/// Takes what was recorded on this thread since the last call. The first call of a process begins the recording.
pub fn take() -> Vec<(Metric, f64)> {
    metrics::install(Box::new(ByThread));
    MEASURED.take()
}
