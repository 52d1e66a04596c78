//! The scheduled sweep, run every minute: sends messages again for what is overdue, and reports how many.

use galley_domain::{
    kernel::clock::Clock,
    metrics::{self, Metric},
    operations::{
        due::DueStore,
        sweep::{self, Swept},
    },
    queue::message::Queue,
};
use jiff::{SignedDuration, Timestamp};

const LAST_PAGE: SignedDuration = SignedDuration::from_secs(15);

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, C> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
}

impl<S: DueStore, Q: Queue, C: Clock> App<S, Q, C> {
    /// Sweeps until the function's `deadline`, less the time that a last page takes.
    pub async fn handle(&self, deadline: Timestamp) -> Swept {
        let swept = sweep::sweep(&self.store, &self.queue, &self.clock, deadline - LAST_PAGE).await;
        #[expect(clippy::cast_precision_loss, reason = "a sweep finds far fewer than 2^52")]
        metrics::record(Metric::Overdue, swept.found as f64, &[]);
        tracing::info!(found = swept.found, sent = swept.sent, failed = swept.failed, "swept");
        swept
    }
}
