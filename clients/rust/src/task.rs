//! The calls that most programs make, by name. Everything else is a `Call` to its route.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use galley_api::{review::Edit, route::Route};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    answer::{Decision, Delivery, Me, Revision, Task},
    call::Call,
    client::Client,
    error::Error,
    follow::Followed,
};

/// A request for content with what most requests say. Send a `galley_api::task::TaskRequest` to say everything.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewTask {
    pub topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
}

impl NewTask {
    pub fn about(topic: impl Into<String>) -> Self {
        Self { topic: topic.into(), ..Self::default() }
    }
}

/// Every method fails as `Client::send` does.
impl Client {
    pub async fn me(&self) -> Result<Me, Error> {
        self.read(&Call::to(Route::Me, &[])).await
    }

    /// `request` is a `NewTask`, a `TaskRequest`, or JSON.
    pub async fn create_task(&self, request: &impl Serialize) -> Result<Task, Error> {
        self.read(&Call::to(Route::CreateTask, &[]).json(request)?).await
    }

    pub async fn task(&self, id: &str) -> Result<Task, Error> {
        self.read(&Call::to(Route::GetTask, &[id])).await
    }

    pub fn tasks(&self) -> impl Stream<Item = Result<Task, Error>> + '_ {
        self.list(Call::to(Route::ListTasks, &[]).query("limit", "100"))
    }

    pub async fn revision(&self, id: &str, revision: u32) -> Result<Revision, Error> {
        self.read(&Call::to(Route::GetRevision, &[id, &revision.to_string()])).await
    }

    pub fn deliveries(&self, id: &str) -> impl Stream<Item = Result<Delivery, Error>> + '_ {
        self.list(Call::to(Route::ListDeliveries, &[id]))
    }

    /// Approves exactly `revision`, with what the reviewer says of it.
    pub async fn approve(&self, id: &str, revision: u32, feedback: &str) -> Result<Decision, Error> {
        let body = json!({"approved": true, "revision": revision, "human_feedback": feedback});
        self.decide(Route::Approve, id, &body).await
    }

    pub async fn reject(&self, id: &str, feedback: &str) -> Result<Decision, Error> {
        self.decide(Route::Reject, id, &json!({"human_feedback": feedback})).await
    }

    pub async fn request_changes(&self, id: &str, feedback: &str) -> Result<Decision, Error> {
        self.decide(Route::RequestChanges, id, &json!({"human_feedback": feedback})).await
    }

    async fn decide(&self, route: Route, id: &str, body: &Value) -> Result<Decision, Error> {
        self.read(&Call::to(route, &[id]).json(body)?).await
    }

    /// Only if the task is still at `version`; otherwise the answer is 412.
    pub async fn edit(&self, id: &str, version: u64, draft: &Edit) -> Result<Task, Error> {
        self.read(&Call::to(Route::EditDraft, &[id]).if_version(version).json(draft)?).await
    }

    pub async fn cancel(&self, id: &str) -> Result<Task, Error> {
        self.read(&Call::to(Route::Cancel, &[id]).json(&json!({}))?).await
    }

    pub async fn retry(&self, id: &str) -> Result<Task, Error> {
        self.read(&Call::to(Route::Retry, &[id]).json(&json!({}))?).await
    }

    /// Publishes what is approved at another hour; without one at once.
    pub async fn schedule(&self, id: &str, publish_at: Option<Timestamp>) -> Result<Task, Error> {
        self.read(&Call::to(Route::Schedule, &[id]).json(&json!({"publish_at": publish_at}))?).await
    }

    pub async fn unpublish(&self, id: &str) -> Result<Task, Error> {
        self.read(&Call::to(Route::Unpublish, &[id]).json(&json!({}))?).await
    }

    /// Follows a task until `done` says so, and reads it whole.
    ///
    /// # Errors
    /// `StillWaiting` after `most`, or as `send`.
    pub async fn wait_until(
        &self,
        id: &str,
        most: Duration,
        mut done: impl FnMut(&Task) -> bool,
    ) -> Result<Task, Error> {
        let mut last = None;
        let reached = async {
            let mut changes = std::pin::pin!(self.follow(id));
            while let Some(Followed::Task(task)) = changes.try_next().await? {
                if done(&task) {
                    return Ok(());
                }
                last = Some(task.status.to_string());
            }
            // The stream has ended, because the task is over.
            Ok::<(), Error>(())
        };
        match tokio::time::timeout(most, reached).await {
            Ok(reached) => reached?,
            Err(_) => return Err(Error::StillWaiting { status: last.unwrap_or_default(), after: most }),
        }
        self.task(id).await
    }
}
