//! Keeping hold of a task while its stages run.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{
    generation::worker::{Interruption, WebServices, WorkStore, Worker},
    kernel::{clock::Clock, error::chain, ids::TaskId},
    models::ask::LanguageModel,
    queue::message::Queue,
    task::record::Task,
};

/// How often a worker looks whether the task is still its own: a cancellation is to end a call within a second.
const WATCH: Duration = Duration::from_millis(500);

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// Renews the lease for as long as it is ours. Ends only when it is not, or cannot be known to be.
    pub(super) async fn keep_lease(&self, id: &TaskId, fence: u64) -> Interruption {
        let timings = self.clock.timings();
        let renewal = SignedDuration::try_from(timings.renewal()).unwrap_or(SignedDuration::MAX);
        let mut renewed = self.clock.now();
        loop {
            self.clock.sleep(WATCH).await;
            let now = self.clock.now();
            let age = now.duration_since(renewed);
            if age < renewal {
                match self.store.holds(id, fence).await {
                    Ok(true) => {}
                    Ok(false) => return Interruption::Lost,
                    // The renewal decides; this look was only to know sooner.
                    Err(error) => tracing::debug!(task_id = %id, error = chain(&error), "the lease was not looked at"),
                }
                continue;
            }
            match self.store.renew_lease(id, fence, now + timings.lease()).await {
                Ok(true) => renewed = now,
                Ok(false) => return Interruption::Lost,
                // A third of the lease is left for another try, and no longer: past its end the task is another's.
                Err(error) if age >= renewal * 2 => return Interruption::Error(error.into()),
                Err(error) => tracing::warn!(task_id = %id, error = chain(&error), "the lease was not renewed yet"),
            }
        }
    }

    /// Has a write renew the lease that it is made under. Without this each write would put the claim's old lease back, and a sweep could
    /// give the task of a worker that lives to another, who pays for it once more.
    pub(super) fn renew_with(&self, task: &mut Task) {
        if task.lease_until.is_some() {
            task.lease_until = Some(self.clock.now() + self.clock.timings().lease());
            task.due_at = task.lease_until;
        }
    }
}
