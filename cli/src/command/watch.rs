//! Following a task as it changes.

use futures_util::TryStreamExt;
use galley_client::{Client, Followed, answer::Task};
use serde_json::json;

use crate::{context::Context, fail::Failure, output::Output, say};

/// Also when the token of somebody who signed in with a browser ends meanwhile.
pub(crate) async fn watch(context: &Context, id: &str) -> Result<(), Failure> {
    let mut lasting = context.lasting()?;
    loop {
        match followed(lasting.client(), context.output, id).await {
            // A stream tells of it by a problem, as of whatever else is forbidden.
            Err(Failure::Api(error)) if matches!(error.status(), Some(401 | 403)) && lasting.renew().await? => {}
            ended => return ended,
        }
    }
}

async fn followed(client: &Client, output: Output, id: &str) -> Result<(), Failure> {
    let mut changes = std::pin::pin!(client.follow(id));
    let mut last: Option<Task> = None;
    while let Some(Followed::Task(task)) = changes.try_next().await? {
        let line = format!("{:<18} {:>3}%  {}", task.status, task.progress.percentage, task.progress.message);
        if output.is_json() {
            say::json(&json!({
                "task_id": task.task_id, "status": task.status, "version": task.version, "stage": task.progress.stage,
                "percentage": task.progress.percentage, "message": task.progress.message,
            }));
        } else {
            say::line(&line);
        }
        let waits = task.status == galley_client::answer::State::AwaitingApproval;
        last = Some(*task);
        // Nothing comes until a person decides.
        if waits {
            output.hint(&format!("Next: galley review show {id}"));
            break;
        }
    }
    last.as_ref().map_or(Ok(()), if_failed)
}

/// A task that failed is a command that failed.
pub(crate) fn if_failed(task: &Task) -> Result<(), Failure> {
    match &task.error {
        Some(error) if task.status == galley_client::answer::State::Failed => {
            Err(Failure::No(format!("{} failed: {} ({})", task.task_id, error.message, error.code)))
        }
        _ => Ok(()),
    }
}
