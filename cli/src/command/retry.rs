//! Trying failed tasks again: one, or as many as are named.

use std::path::Path;

use clap::Args;
use galley_client::{
    Client,
    api::{bulk::MOST_ITEMS, route::Route},
    call::Call,
};
use serde_json::{Value, json};

use crate::{
    command::webhooks,
    context::{changed, list, text, why},
    fail::Failure,
    output::Output,
    say::{self, safe},
};

#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The tasks' ids; `-` reads them from standard input, the first word of each line
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<String>,
}

impl Retry {
    pub(crate) async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        if let [task] = &self.tasks[..]
            && task != "-"
        {
            let call = Call::to(Route::Retry, &[task]).json(&json!({}))?;
            changed(&client.read(&call).await?, output);
            return Ok(());
        }
        let tasks = self.named()?;
        let mut results: Vec<Value> = Vec::new();
        let done = some_by_some(client, &tasks, &mut results).await;
        // What was tried is said, whatever came of the rest.
        if output.is_json() {
            say::json(&json!({"results": results}));
        } else {
            tasks.iter().zip(&results).for_each(|(task, one)| tell(task, one));
        }
        done?;
        let refused = tasks.len().saturating_sub(results.iter().filter(|one| one.get("task").is_some()).count());
        if refused > 0 {
            return Err(Failure::No(format!("{refused} of {} were not tried again", tasks.len())));
        }
        Ok(())
    }

    fn named(&self) -> Result<Vec<String>, Failure> {
        let mut named = Vec::new();
        for task in &self.tasks {
            if task == "-" {
                let bytes = webhooks::read(Path::new(task))?;
                let lines = String::from_utf8_lossy(&bytes);
                named.extend(lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned));
            } else {
                named.push(task.clone());
            }
        }
        Ok(named)
    }
}

/// A result for each task, in the order of the requests.
async fn some_by_some(client: &Client, tasks: &[String], results: &mut Vec<Value>) -> Result<(), Failure> {
    for some in tasks.chunks(MOST_ITEMS) {
        let call = Call::to(Route::BulkUpdate, &[]).json(&json!({"ids": some, "action": "retry"}))?;
        let answer: Value = client.read(&call).await?;
        results.extend(list(&answer, "results").cloned());
    }
    Ok(())
}

/// What is done is said where programs read, what is refused where people do.
fn tell(task: &str, one: &Value) {
    if one.get("task").is_none() {
        let why = one.get("problem").map(why).unwrap_or_default();
        anstream::eprintln!("{}: {}", safe(task), safe(&why));
    } else {
        say::line(&format!("{task} is {}", text(one, "task.status")));
    }
}
