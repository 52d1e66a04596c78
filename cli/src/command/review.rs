//! Reading drafts and deciding on them.

use clap::{Args, Subcommand};
use futures_util::TryStreamExt;
use galley_client::{
    Client, Error,
    answer::{State, Task},
    api::{problem::Problem, review::Feedback, role::Role, route::Route},
    call::Call,
};
use serde_json::{Value, json};

use super::{
    edit::Edit,
    tasks::{One, about, addresses, would},
};
use crate::{
    context::{Context, changed, may, text},
    fail::{DOWN_FOR_GOOD, Failure},
    output::Output,
    say,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// Show the draft that has waited longest
    Next,
    /// Show a draft with its scores and what keeps it back
    Show(One),
    /// Approve a draft, which publishes it now or at an hour
    Approve(Approve),
    /// Reject a draft; a live article stays
    Reject(Decide),
    /// Send a draft back for another
    RequestChanges(Decide),
    /// Write the draft yourself, in $EDITOR or from a file
    Edit(Edit),
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The task's id
    task: String,
    /// The text that you read; needed where there are several
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    revision: Option<u32>,
    /// What you say of it, 10 to 1000 characters
    #[arg(short, long, value_name = "TEXT")]
    message: String,
    /// Publish at this time (RFC 3339) rather than now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Publish in spite of what keeps it back; admins alone, and it is recorded
    #[arg(long)]
    override_blockers: bool,
    /// Only say what would go live
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The task's id
    task: String,
    /// The text that you read; needed where there are several
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    revision: Option<u32>,
    /// What you say of it, 10 to 1000 characters; the writer of the next draft gets it
    #[arg(short, long, value_name = "TEXT")]
    message: String,
    /// Only say what would be decided
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// The task's id
    task: String,
    /// The older text that goes live again
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    revision: u32,
    /// Why, 10 to 1000 characters
    #[arg(short, long, value_name = "TEXT")]
    message: String,
    /// Admins alone
    #[arg(long)]
    override_blockers: bool,
    /// Only say what would go live; whether that text is kept back shows when it is done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Unpublish {
    /// The task's id
    task: String,
    /// Why; it is in the task's history
    #[arg(short, long)]
    reason: Option<String>,
    /// Only say what would be taken down
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schedule {
    /// The task's id
    task: String,
    /// Publish at this time (RFC 3339)
    #[arg(long, value_name = "TIME", required_unless_present = "now", conflicts_with = "now")]
    at: Option<String>,
    /// Publish now
    #[arg(long)]
    now: bool,
    /// Why; it is in the task's history
    #[arg(short, long)]
    reason: Option<String>,
    /// Only say what would go live, and when
    #[arg(long)]
    dry_run: bool,
}

impl Review {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::Next => {
                if let Some(id) = next(&client).await? {
                    return show(&client, output, &id).await;
                }
                nothing(output);
                Ok(())
            }
            Self::Show(one) => show(&client, output, &one.task).await,
            Self::Approve(approve) => approve.run(&client, output).await,
            Self::Reject(reject) => reject.run(&client, output, Route::Reject).await,
            Self::RequestChanges(changes) => changes.run(&client, output, Route::RequestChanges).await,
            Self::Edit(edit) => edit.run(context).await,
        }
    }
}

/// The one that has waited longest. The list is exact over the open tasks.
async fn next(client: &Client) -> Result<Option<String>, Failure> {
    let call = Call::to(Route::ListTasks, &[]).query("status", "awaiting_approval").query("sort", "created_at");
    let mut list = std::pin::pin!(client.list::<Value>(call.query("limit", "1")));
    Ok(list.try_next().await?.map(|task| text(&task, "task_id")))
}

fn nothing(output: Output) {
    if output.is_json() {
        say::json(&Value::Null);
    } else {
        output.hint("Nothing waits for a decision.");
    }
}

async fn show(client: &Client, output: Output, id: &str) -> Result<(), Failure> {
    let screen: Value = client.read(&Call::to(Route::ReviewTask, &[id])).await?;
    if output.is_json() {
        say::json(&screen);
        return Ok(());
    }
    let task = screen.get("task").unwrap_or(&Value::Null);
    say::fields(&about(client, task).await);
    for blocker in list(task, "blockers") {
        say::line(&format!("\nkept back: {}", text(blocker, "message")));
        for evidence in list(blocker, "evidence").filter(|evidence| !text(evidence, "quote").is_empty()) {
            say::line(&format!("  “{}” {}", text(evidence, "quote"), text(evidence, "place")));
        }
    }
    for suggestion in list(task, "suggestions").filter_map(Value::as_str) {
        say::line(&format!("\nsuggested: {suggestion}"));
    }
    say::line("");
    say::line(&crate::text::of_html(&text(task, "content")));
    let revision = text(task, "revision");
    let is_held = list(task, "blockers").next().is_some();
    output.hint(&if is_held {
        format!("\nNext: galley review edit {id}, which mends it; or request-changes, reject")
    } else {
        format!("\nNext: galley review approve {id} --revision {revision} -m \"…\", or reject, request-changes, edit")
    });
    Ok(())
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// What people say of a decision, by the API's own rule.
fn said(message: &str) -> Result<(), Failure> {
    Feedback::try_from(message.to_owned()).map(drop).map_err(|rule| Failure::No(format!("--message {rule}")))
}

/// A dry run refuses what the API would refuse for the task's state.
fn could(done: &str, task: &Task, is_so: bool) -> Result<(), Failure> {
    if is_so {
        Ok(())
    } else {
        Err(Failure::No(format!("{} would not be {done}: it is {}", task.task_id, task.status)))
    }
}

impl Approve {
    async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        if self.dry_run {
            let me = may(client, Route::Approve).await?;
            if self.override_blockers && me.role != Role::Admin.name() {
                return Err(Failure::No("--override-blockers would be refused: admins alone may".to_owned()));
            }
            said(&self.message)?;
            let task = client.task(&self.task).await?;
            let revision = self.revision.unwrap_or(task.revision);
            could("approved", &task, task.status == State::AwaitingApproval)?;
            if revision != task.revision {
                return Err(Failure::No(format!(
                    "{} would not be approved: its newest text is {}",
                    task.task_id, task.revision
                )));
            }
            if !self.override_blockers && !task.blockers.is_empty() {
                let held: Vec<&str> = task.blockers.iter().map(|held| held.code.as_str()).collect();
                return Err(Failure::No(format!("{} would not be approved: {}", task.task_id, held.join(", "))));
            }
            would(output, &format!("approve revision {revision} of"), &task);
            return Ok(());
        }
        let mut body = json!({"approved": true, "human_feedback": self.message});
        if let Some(fields) = body.as_object_mut() {
            let given = [
                ("revision", self.revision.map(Value::from)),
                ("publish_at", self.at.clone().map(Value::from)),
                ("override_blockers", self.override_blockers.then_some(Value::Bool(true))),
            ];
            fields.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        decided(client, output, Route::Approve, &self.task, &body).await
    }
}

impl Decide {
    async fn run(&self, client: &Client, output: Output, route: Route) -> Result<(), Failure> {
        if self.dry_run {
            let (what, done) = if route == Route::Reject { ("reject", "rejected") } else { ("send back", "sent back") };
            may(client, route).await?;
            said(&self.message)?;
            let task = client.task(&self.task).await?;
            let live = route != Route::Reject && task.status == State::Published;
            could(done, &task, live || task.status == State::AwaitingApproval)?;
            if let Some(revision) = self.revision.filter(|revision| *revision != task.revision) {
                let newest = task.revision;
                return Err(Failure::No(format!("revision {revision} would not be {done}: the newest is {newest}")));
            }
            would(output, what, &task);
            return Ok(());
        }
        let body = match self.revision {
            Some(revision) => json!({"human_feedback": self.message, "revision": revision}),
            None => json!({"human_feedback": self.message}),
        };
        decided(client, output, route, &self.task, &body).await
    }
}

impl Publish {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        if self.dry_run {
            may(&client, Route::Publish).await?;
            said(&self.message)?;
            let revision = client.revision(&self.task, self.revision).await?;
            let what = format!("publish revision {} (“{}”) of", revision.revision, revision.title);
            let task = client.task(&self.task).await?;
            could("published again", &task, task.status == State::Published)?;
            would(context.output, &what, &task);
            return Ok(());
        }
        let body = json!({
            "revision": self.revision, "human_feedback": self.message, "override_blockers": self.override_blockers,
        });
        decided(&client, context.output, Route::Publish, &self.task, &body).await
    }
}

impl Schedule {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        if self.dry_run {
            may(&client, Route::Schedule).await?;
            let task = client.task(&self.task).await?;
            could("published at another hour", &task, task.status == State::Approved)?;
            let when = self.at.as_ref().map_or_else(|| "now".to_owned(), |at| format!("at {at}"));
            would(context.output, &format!("publish {when}"), &task);
            return Ok(());
        }
        let body = json!({"publish_at": self.at, "reason": self.reason});
        let call = Call::to(Route::Schedule, &[&self.task]).json(&body)?;
        changed(&client.read(&call).await?, context.output);
        Ok(())
    }
}

impl Unpublish {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        if self.dry_run {
            may(&client, Route::Unpublish).await?;
            let task = client.task(&self.task).await?;
            could("taken down", &task, task.live_revision.is_some())?;
            would(context.output, "take down for good", &task);
            return Ok(());
        }
        let call = Call::to(Route::Unpublish, &[&self.task]).json(&json!({"reason": self.reason}))?;
        changed(&client.read(&call).await?, context.output);
        context.output.hint(DOWN_FOR_GOOD);
        Ok(())
    }
}

/// Which text is the newest, and how to name it.
async fn unnamed(client: &Client, route: Route, task: &str, refused: Error) -> Failure {
    let verb = match route {
        Route::Reject => "reject",
        Route::RequestChanges => "request-changes",
        _ => "approve",
    };
    match client.task(task).await {
        Ok(Task { revision, .. }) => Failure::from(refused).noting(format!(
            "The newest is {revision}. Read it with `galley review show {task}`, then: galley review {verb} {task} --revision {revision} -m \"…\""
        )),
        Err(_) => refused.into(),
    }
}

async fn decided(client: &Client, output: Output, route: Route, task: &str, body: &Value) -> Result<(), Failure> {
    let decision: Value = match client.read::<Value>(&Call::to(route, &[task]).json(body)?).await {
        Err(refused) if refused.is(Problem::RevisionUnnamed) => return Err(unnamed(client, route, task, refused).await),
        decision => decision?,
    };
    if output.is_json() {
        say::json(&decision);
        return Ok(());
    }
    say::line(&format!("{} is {}. {}", task, text(&decision, "approval_status"), text(&decision, "message")));
    let addresses = addresses(client, &text(&decision, "published_url")).await;
    // An article that was live before stays while a draft of it is decided on.
    if route != Route::Approve && route != Route::Publish && addresses.iter().any(|address| !address.is_empty()) {
        output.hint("The live article stays:");
    }
    addresses.iter().filter(|address| !address.is_empty()).for_each(|address| say::line(address));
    Ok(())
}
