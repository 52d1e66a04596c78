//! Following a task as it changes.

use futures_util::TryStreamExt;
use galley_client::{Client, Followed, answer::Task};
use serde_json::json;

use crate::{context::Context, fail::Failure, output::Output, say, session::Session};

/// Also when the token of somebody who signed in with a browser ends meanwhile.
pub(crate) async fn watch(context: &Context, id: &str) -> Result<(), Failure> {
    let mut renewed: Option<Session> = None;
    loop {
        let session = renewed.as_ref().unwrap_or(&context.session);
        match followed(&session.client(context.output)?, context.output, id).await {
            Err(Failure::Api(error)) if error.is_about_credentials() => match session.renewed().await? {
                Some(next) => renewed = Some(next),
                None => return Err(error.into()),
            },
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
