//! The schedule's minute: sends again what is overdue, and says how much that was.

use galley_domain::{
    ports::{Clock, DueStore, Queue},
    sweep::{self, Swept},
};

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, C> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
}

impl<S: DueStore, Q: Queue, C: Clock> App<S, Q, C> {
    pub async fn handle(&self) -> Swept {
        let swept = sweep::sweep(&self.store, &self.queue, &self.clock).await;
        tracing::info!(found = swept.found, sent = swept.sent, failed = swept.failed, "swept");
        swept
    }
}
