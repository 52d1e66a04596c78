//! Follows a task and tells of each version that it sees. Versions that pass between two looks are not told: the client
//! wants to know how things are.

use std::{future, task::Poll, time::Duration};

use galley_domain::{
    ports::{Clock, TaskStore},
    state::TaskState,
    task::Task,
};
use galley_edge::{api::TaskView, telemetry::chain};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::streaming::Sender;
use serde_json::json;

/// A stream ends after this; the client goes on with `Last-Event-ID`.
const LASTS: SignedDuration = SignedDuration::from_mins(5);
/// Something is sent at least so often, or a proxy on the way would hang up.
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(15);
/// How often a task is looked at that is worked on, and one that waits for a person.
const WORKED_ON: Duration = Duration::from_secs(1);
const WAITING: Duration = Duration::from_secs(3);

pub(super) struct Follow<S, C> {
    pub(super) store: S,
    pub(super) clock: C,
    pub(super) known: Option<u64>,
}

/// Nobody listens any more.
struct Gone;

impl<S: TaskStore, C: Clock> Follow<S, C> {
    pub(super) async fn run(mut self, task: Task, mut to: Sender) {
        let began = self.clock.now();
        let ended = self.tell(task, began, &mut to).await;
        let duration_ms = u64::try_from(self.clock.now().duration_since(began).as_millis()).unwrap_or(0);
        tracing::info!(duration_ms, left = ended.is_err(), "the stream has ended");
    }

    async fn tell(&mut self, mut task: Task, began: Timestamp, to: &mut Sender) -> Result<(), Gone> {
        // How long a client waits before it comes again.
        send(to, "retry: 1000\n\n").await?;
        let mut spoke = self.clock.now();
        loop {
            if self.known != Some(task.version) {
                send(to, &event(&task)).await?;
                (self.known, spoke) = (Some(task.version), self.clock.now());
            }
            if is_over(task.state) {
                return send(to, &end("over")).await;
            }
            let now = self.clock.now();
            if now.duration_since(began) >= LASTS {
                return send(to, &end("time")).await;
            }
            if now.duration_since(spoke) >= HEARTBEAT {
                send(to, ": still here\n\n").await?;
                spoke = now;
            }
            let moves = matches!(task.state, TaskState::Pending | TaskState::Generating | TaskState::Approved);
            self.clock.sleep(if moves { WORKED_ON } else { WAITING }).await;
            if is_gone(to).await {
                return Err(Gone);
            }
            match self.store.task(&task.id).await {
                Ok(Some(next)) => task = next,
                Ok(None) => return send(to, &end("over")).await,
                // What is known still holds; the next look may work.
                Err(error) => tracing::warn!(error = chain(&error), "the task was not looked at"),
            }
        }
    }
}

/// Nothing happens by itself any more.
const fn is_over(state: TaskState) -> bool {
    matches!(state, TaskState::Published | TaskState::Failed) || state.is_closed()
}

fn event(task: &Task) -> String {
    let data = serde_json::to_string(&TaskView::summary(task)).unwrap_or_default();
    format!("id: {}\nevent: task\ndata: {data}\n\n", task.version)
}

fn end(reason: &str) -> String {
    format!("event: end\ndata: {}\n\n", json!({"reason": reason}))
}

/// Whether whoever listened has hung up.
async fn is_gone(to: &mut Sender) -> bool {
    future::poll_fn(|context| Poll::Ready(matches!(to.poll_ready(context), Poll::Ready(Err(_))))).await
}

async fn send(to: &mut Sender, text: &str) -> Result<(), Gone> {
    to.send_data(text.to_owned().into()).await.map_err(|_| Gone)
}
