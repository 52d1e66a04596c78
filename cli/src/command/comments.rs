//! What people say of a task's text.

use clap::{Args, Subcommand};
use galley_client::{api::route::Route, call::Call};
use serde_json::{Map, Value, json};

use crate::{
    context::{Context, age, items, text},
    fail::Failure,
    output::Output,
    say,
};

/// A task has no more of them.
const MOST: usize = 200;

#[derive(Debug, Subcommand)]
pub(crate) enum Comments {
    /// List what people say of a task, the oldest first
    #[command(visible_alias = "ls")]
    List(List),
    /// Comment on a task; what is open is told to the writer of the next draft
    Add(Add),
    /// Be done with a comment, or open it again
    Resolve(Resolve),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The task's id
    task: String,
    /// Those too that are resolved
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The task's id
    task: String,
    /// What you say; @ and a subject mentions somebody
    #[arg(short = 'm', long, value_name = "TEXT")]
    message: String,
    /// The words of the newest text that it is about
    #[arg(long, value_name = "WORDS", conflicts_with = "reply_to")]
    quote: Option<String>,
    /// The id of the comment that it replies to
    #[arg(long, value_name = "COMMENT")]
    reply_to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The task's id
    task: String,
    /// The comment's id
    comment: String,
    /// Open it again
    #[arg(long)]
    reopen: bool,
}

impl Comments {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List(List { task, all }) => {
                let found = items(&client, Call::to(Route::ListComments, &[task]).query("limit", "100"), MOST).await?;
                let open = |one: &Value| one.get("resolved").is_none_or(Value::is_null);
                let shown: Vec<Value> = found.into_iter().filter(|one| *all || open(one)).collect();
                list(output, shown);
            }
            Self::Add(add) => {
                let mut body = Map::from_iter([("text".to_owned(), json!(add.message))]);
                if let Some(quote) = &add.quote {
                    let revision = client.task(&add.task).await?.revision;
                    body.insert("anchor".to_owned(), json!({"revision": revision, "quote": quote}));
                }
                if let Some(parent) = &add.reply_to {
                    body.insert("parent".to_owned(), json!(parent));
                }
                let call = Call::to(Route::MakeComment, &[&add.task]).json(&body)?;
                said(output, &client.read(&call).await?, "is made");
            }
            Self::Resolve(Resolve { task, comment, reopen }) => {
                let call = Call::to(Route::PatchComment, &[task, comment]).json(&json!({"resolved": !reopen}))?;
                said(output, &client.read(&call).await?, if *reopen { "is open again" } else { "is resolved" });
            }
        }
        Ok(())
    }
}

fn said(output: Output, comment: &Value, what: &str) {
    match output {
        Output::Json => say::json(comment),
        Output::Pipe => say::line(&text(comment, "comment_id")),
        Output::Person => say::line(&format!("{} {what}", text(comment, "comment_id"))),
    }
}

fn list(output: Output, comments: Vec<Value>) {
    if output.is_json() {
        say::json(&Value::Array(comments));
        return;
    }
    if comments.is_empty() {
        output.hint("No open comments.");
        return;
    }
    let rows = comments.iter().map(|one| {
        let state = if one.get("resolved").is_none_or(Value::is_null) { "open" } else { "resolved" };
        let cells = ["comment_id", "author"].map(|name| text(one, name));
        let rest = [state.to_owned(), age(one, "created_at"), text(one, "anchor.quote"), text(one, "text")];
        cells.into_iter().chain(rest).collect()
    });
    output.table(&["comment", "author", "state", "said", "quote", "text"], rows.collect());
}
