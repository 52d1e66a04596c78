//! Keeping hold of a task while its stages run.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{
    generation::worker::{Outside, Stopped, Table, Worker},
    kernel::{clock::Clock, error::chain, ids::TaskId},
    models::ask::LanguageModel,
    queue::message::Queue,
};

/// How often a worker looks whether the task is still its own: a cancellation is to end a call within a second.
const WATCH: Duration = Duration::from_millis(500);

impl<S: Table, Q: Queue, C: Clock, M: LanguageModel, O: Outside> Worker<S, Q, C, M, O> {
    /// Renews the lease for as long as it is ours. Ends only when it is not, or cannot be known to be.
    pub(super) async fn keep_lease(&self, id: &TaskId, fence: u64) -> Stopped {
        let pace = self.clock.pace();
        let renewal = SignedDuration::try_from(pace.renewal()).unwrap_or(SignedDuration::MAX);
        let mut renewed = self.clock.now();
        loop {
            self.clock.sleep(WATCH).await;
            let now = self.clock.now();
            let age = now.duration_since(renewed);
            if age < renewal {
                match self.store.holds(id, fence).await {
                    Ok(true) => {}
                    Ok(false) => return Stopped::Lost,
                    // The renewal decides; this look was only to know sooner.
                    Err(error) => tracing::debug!(task_id = %id, error = chain(&error), "the lease was not looked at"),
                }
                continue;
            }
            match self.store.renew_lease(id, fence, now + pace.lease()).await {
                Ok(true) => renewed = now,
                Ok(false) => return Stopped::Lost,
                // A third of the lease is left for another try, and no longer: past its end the task is another's.
                Err(error) if age >= renewal * 2 => return Stopped::Error(error.into()),
                Err(error) => tracing::warn!(task_id = %id, error = chain(&error), "the lease was not renewed yet"),
            }
        }
    }
}
