//! Giving a task to somebody.

use clap::Args;
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{context::text, fail::Failure, output::Output, say};

#[derive(Debug, Args)]
pub(crate) struct Assign {
    /// The task's id
    task: String,
    /// The subject of a person who was let in as editor or admin; yourself, if it is left out
    #[arg(long, value_name = "SUBJECT", conflicts_with = "nobody")]
    to: Option<String>,
    /// Take it from whoever has it
    #[arg(long)]
    nobody: bool,
}

impl Assign {
    pub(crate) async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let call = if self.nobody {
            Call::to(Route::Unassign, &[&self.task])
        } else {
            let to = match &self.to {
                Some(to) => to.clone(),
                None => client.me().await?.subject,
            };
            Call::to(Route::Assign, &[&self.task]).json(&json!({"assignee": to}))?
        };
        let task: Value = client.read(&call).await?;
        if output.is_json() {
            say::json(&task);
            return Ok(());
        }
        let assignee = text(&task, "assignee");
        let whose = if assignee.is_empty() { "nobody".to_owned() } else { assignee };
        say::line(&format!("{} is assigned to {whose}", text(&task, "task_id")));
        Ok(())
    }
}
