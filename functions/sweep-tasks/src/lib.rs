//! The scheduled sweep, run every minute: sends messages again for what is overdue, and measures what is stuck.

use galley_domain::{
    kernel::{clock::Clock, error::chain},
    metrics::{self, Metric},
    operations::{
        due::DueStore,
        stuck,
        sweep::{self, Swept},
    },
    queue::message::Queue,
    tenancy::flags::FlagStore,
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

impl<S: DueStore + FlagStore, Q: Queue, C: Clock> App<S, Q, C> {
    /// Sweeps until the function's `deadline`, less the time that a last page takes.
    pub async fn handle(&self, deadline: Timestamp) -> Swept {
        // Boxed: the future is large.
        let swept = Box::pin(sweep::sweep(&self.store, &self.queue, &self.clock, deadline - LAST_PAGE)).await;
        tracing::info!(found = swept.found, sent = swept.sent, failed = swept.failed, held = swept.held, "swept");
        self.measure().await;
        swept
    }

    /// Measures what is stuck, and not what the sweep found: it leaves alone for a while what it has sent for, so that most
    /// runs find nothing of a task that is stuck for hours. When it cannot be read nothing is measured, and the alarm rings
    /// for the want of it.
    async fn measure(&self) {
        let (now, timings) = (self.clock.now(), self.clock.timings());
        match Box::pin(stuck::waiting(&self.store, timings, now)).await {
            Ok(waiting) => {
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 are looked at")]
                metrics::record(Metric::Overdue, waiting.stuck.len() as f64, &[]);
                metrics::record(Metric::OverdueAge, waiting.overdue(now).as_secs_f64(), &[]);
            }
            Err(error) => tracing::error!(error = chain(&error), "what is stuck was not read"),
        }
    }
}
