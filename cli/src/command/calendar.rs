//! The calendar, and the secret addresses under which programs read it.

use clap::{Args, Subcommand};
use galley_client::{api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    command::admin::{Remove, secret},
    context::{Context, text},
    fail::Failure,
    output::Output,
    say, table,
};

#[derive(Debug, Args)]
pub(crate) struct Calendar {
    /// The first day; today where nothing is said
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// The last day, within 92 days; the 30th after the first where nothing is said
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Whose days they are, such as Europe/Berlin; UTC where nothing is said
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl Calendar {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let given = [("from", &self.from), ("to", &self.to), ("zone", &self.zone)];
        let call = given.into_iter().fold(Call::to(Route::GetCalendar, &[]), |call, (name, value)| match value {
            Some(value) => call.query(name, value),
            None => call,
        });
        let calendar: Value = context.client()?.read(&call).await?;
        let output = context.output;
        if output.is_json() {
            say::json(&calendar);
            return Ok(());
        }
        let rows = |name: &str, cells: &[&str]| -> Vec<Vec<String>> {
            let list = calendar.get(name).and_then(Value::as_array).into_iter().flatten();
            list.map(|line| cells.iter().map(|cell| text(line, cell)).collect()).collect()
        };
        let cells = ["date", "at", "kind", "title", "task_id", "schedule_id"];
        output.table(&["day", "at", "is", "title", "task", "schedule"], rows("data", &cells));
        // What is piped has one list: the others are in --json.
        if output == Output::Person {
            for (heads, name, cells) in [
                (["without an hour", "title", "task", ""], "unscheduled", ["kind", "title", "task_id", ""]),
                (
                    ["day", "planned", "will cost", "at most"],
                    "forecast",
                    ["date", "planned", "expected_usd", "most_usd"],
                ),
                (["in the way", "at", "tasks", "schedules"], "conflicts", ["kind", "at", "task_ids", "schedule_ids"]),
            ] {
                output.hint("");
                output.table(&heads, rows(name, &cells));
            }
        }
        if calendar.get("complete") == Some(&json!(false)) {
            output.hint("\nThere is more than can be told at once: ask for fewer days.");
        }
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Feeds {
    /// List the addresses, without their secrets
    List,
    /// Make an address; it is shown this once, and whoever has it may read titles and hours
    Create {
        /// What the calendar is called where it is shown
        name: String,
    },
    /// Revoke an address
    Revoke(Remove),
}

impl Feeds {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let feeds: Value = client.read(&Call::to(Route::ListFeeds, &[])).await?;
                let feeds = feeds.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
                table::list(output, feeds, &[("feed", "feed_id"), ("name", "name"), ("made", "created_at")]);
                Ok(())
            }
            Self::Create { name } => {
                let made: Value = client.read(&Call::to(Route::MakeFeed, &[]).json(&json!({"name": name}))?).await?;
                let todo =
                    format!("Revoke it with `galley feeds revoke {}`, and make another.", text(&made, "feed_id"));
                secret(output, &made, "path", &todo)
            }
            Self::Revoke(remove) => remove.run(&client, output, Route::RevokeFeed, "revoke the address").await,
        }
    }
}
