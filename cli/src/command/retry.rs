//! Trying failed tasks again: one, or as many as are named.

use std::io::{Read, stdin};

use clap::Args;
use galley_client::{
    Client,
    api::{bulk::MOST_ITEMS, route::Route},
    call::Call,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    context::{changed, text},
    fail::Failure,
    output::Output,
    say::{self, safe},
};

/// One result for each task, in the order of the request.
#[derive(Debug, Deserialize)]
struct Answer {
    results: Vec<Value>,
}

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
        let mut results = Vec::new();
        for some in tasks.chunks(MOST_ITEMS) {
            let call = Call::to(Route::BulkUpdate, &[]).json(&json!({"ids": some, "action": "retry"}))?;
            let Answer { results: told } = client.read(&call).await?;
            if !output.is_json() {
                some.iter().zip(&told).for_each(|(task, one)| tell(task, one));
            }
            results.extend(told);
        }
        let refused = results.iter().filter(|one| one.get("task").is_none()).count();
        if output.is_json() {
            say::json(&json!({"results": results}));
        }
        if refused > 0 {
            return Err(Failure::No(format!("{refused} of {} were not tried again", tasks.len())));
        }
        Ok(())
    }

    fn named(&self) -> Result<Vec<String>, Failure> {
        let mut named = Vec::new();
        for task in &self.tasks {
            if task == "-" {
                let mut lines = String::new();
                let read = stdin().read_to_string(&mut lines);
                read.map_err(|error| Failure::here(format!("standard input cannot be read: {error}")))?;
                named.extend(lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned));
            } else {
                named.push(task.clone());
            }
        }
        Ok(named)
    }
}

/// What is done is said where programs read, what is refused where people do.
fn tell(task: &str, one: &Value) {
    if one.get("task").is_none() {
        let why = [text(one, "problem.detail"), text(one, "problem.title")].into_iter().find(|why| !why.is_empty());
        anstream::eprintln!("{}: {}", safe(task), safe(&why.unwrap_or_default()));
    } else {
        say::line(&format!("{task} is {}", text(one, "task.status")));
    }
}
