//! What was given up: dead letters of the queues, and what was begun over and over and never ended.

use clap::Subcommand;
use galley_client::{
    Client, Error,
    api::{problem::Problem as Known, route::Route},
    call::Call,
};
use serde_json::{Value, json};

use crate::{
    context::{Context, MOST, items, text},
    fail::Failure,
    output::Output,
    say,
    table::{self, Column},
};

/// The most that one answer has.
const MOST_LETTERS: u32 = 100;
const LETTER: &[Column] = &[
    ("letter", "letter_id"),
    ("sent", "sent_at"),
    ("can_be_redriven", "can_be_redriven"),
    ("reason", "reason"),
    ("says", "body"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// List what was begun over and over and never ended
    List,
    /// Send dead letters back to their queue
    Redrive {
        /// work or quick
        queue: String,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Only say how many there are; which of them can go back, `letters` says
        #[arg(long)]
        dry_run: bool,
    },
    /// Have one thing that was given up tried again
    Retry {
        /// As the list names it
        id: String,
    },
    #[command(flatten)]
    Letters(OneByOne),
}

/// Dead letters, one by one.
#[derive(Debug, Subcommand)]
pub(crate) enum OneByOne {
    /// List dead letters, masked, with why they were given up; whoever reads them hides them from others for up to a minute
    Letters {
        /// work or quick
        queue: String,
        /// Only those that cannot go back: this release cannot read them
        #[arg(long)]
        unreadable: bool,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Send one dead letter back to its queue
    Resend {
        /// work or quick
        queue: String,
        /// As the list of letters names it
        letter: String,
    },
    /// Throw one dead letter away; the log keeps what it said, masked, for 30 days
    Discard {
        /// work or quick
        queue: String,
        /// As the list of letters names it
        letter: String,
        /// Why; it is in the log
        #[arg(long)]
        reason: String,
        /// Only show what would be thrown away
        #[arg(long)]
        dry_run: bool,
    },
}

impl Dlq {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let all = items(&client, Call::to(Route::ListEnded, &[]), MOST).await?;
                let columns = [
                    ("ended", "ended_id"),
                    ("kind", "kind"),
                    ("tenant", "tenant"),
                    ("id", "id"),
                    ("tries", "tries"),
                    ("given up", "ended_at"),
                ];
                table::list(output, all, &columns);
            }
            Self::Redrive { queue, limit, dry_run: false } => {
                let call = Call::to(Route::Redrive, &[]).json(&json!({"queue": queue, "limit": limit}))?;
                let moved: Value = client.read(&call).await?;
                table::thing(output, &moved);
                if moved.get("unreadable").and_then(Value::as_u64).unwrap_or(0) > 0 {
                    output.hint(&format!(
                        "What is unreadable cannot go back: galley dlq letters {queue} --unreadable, then galley dlq discard {queue} LETTER --reason …"
                    ));
                }
            }
            Self::Redrive { queue, .. } => {
                let health: Value = client.read(&Call::to(Route::Health, &[])).await?;
                let parts = health.get("components").and_then(Value::as_array).into_iter().flatten();
                let dead =
                    parts.filter(|part| text(part, "name").contains("dead") && text(part, "name").contains(queue));
                table::list(output, dead.cloned().collect(), &[("queue", "name"), ("letters", "depth")]);
                // To read them would hide them from the redrive that follows.
                output.hint(&format!("Some may be unable to go back: galley dlq letters {queue} says which."));
            }
            Self::Retry { id } => {
                client.send(&Call::to(Route::RedriveEnded, &[id])).await?;
                if output.is_json() {
                    say::json(&json!({"ended_id": id, "again": true}));
                } else {
                    say::line(&format!("{id} is tried again"));
                }
            }
            Self::Letters(which) => which.run(&client, output).await?,
        }
        Ok(())
    }
}

impl OneByOne {
    async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        match self {
            Self::Letters { queue, unreadable, limit } => {
                let all = letters(client, queue, *limit).await?;
                let all = all.into_iter().filter(|letter| !unreadable || !may_go_back(letter)).collect();
                table::list(output, all, LETTER);
            }
            Self::Resend { queue, letter } => {
                let sent = client.send(&Call::to(Route::RedriveLetter, &[queue, letter])).await;
                sent.map_err(|error| stays(error, queue, letter, output))?;
                told(output, letter, "resent", "is sent back");
            }
            Self::Discard { queue, letter, dry_run: true, .. } => {
                let all = letters(client, queue, MOST_LETTERS).await?;
                let meant = |other: &Value| text(other, "letter_id") == *letter;
                let found = all.into_iter().find(meant).ok_or_else(|| {
                    let todo = "It is gone, or hidden for a minute because somebody looked at it: try again then.";
                    Failure::todo(format!("the queue {queue} shows no letter {letter}"), todo)
                })?;
                output.hint("Would throw away:");
                table::thing(output, &found);
            }
            Self::Discard { queue, letter, reason, .. } => {
                let call = Call::to(Route::DiscardLetter, &[queue, letter]).json(&json!({"reason": reason}))?;
                client.send(&call).await?;
                told(output, letter, "discarded", "is thrown away");
            }
        }
        Ok(())
    }
}

async fn letters(client: &Client, queue: &str, limit: u32) -> Result<Vec<Value>, Failure> {
    let call = Call::to(Route::ListLetters, &[queue]).query("limit", limit.to_string());
    let list: Value = client.read(&call).await?;
    Ok(list.get("data").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// A letter that is not sent back. The API's own words for a state that does not allow something are of tasks.
fn stays(error: Error, queue: &str, letter: &str, output: Output) -> Failure {
    match error.problem().map(|problem| problem.body.detail.clone()) {
        Some(detail) if error.is(Known::IllegalMove) && !output.is_json() => {
            let todo = format!("`galley dlq discard {queue} {letter} --reason …` throws it away.");
            Failure::todo(format!("{letter} is not sent back: {}", detail.unwrap_or_default()), todo)
        }
        _ => error.into(),
    }
}

fn may_go_back(letter: &Value) -> bool {
    letter.get("can_be_redriven").and_then(Value::as_bool).unwrap_or(false)
}

fn told(output: Output, letter: &str, done: &str, says: &str) {
    if output.is_json() {
        say::json(&json!({"letter_id": letter, "done": done}));
    } else {
        say::line(&format!("{letter} {says}"));
    }
}
