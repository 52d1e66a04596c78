//! What operators look at, and what they send again.

use clap::{Args, Subcommand};
use galley_client::{api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    context::{Context, items, text},
    fail::Failure,
    say, table,
};

#[derive(Debug, Args)]
pub(crate) struct Stuck {
    /// At most so many
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

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
        /// Only say how many there are
        #[arg(long)]
        dry_run: bool,
    },
    /// Have one thing that was given up tried again
    Retry {
        /// As the list names it
        id: String,
    },
}

impl Stuck {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let call = Call::to(Route::ListStuck, &[]).query("limit", self.limit.to_string());
        let stuck: Value = context.client()?.read(&call).await?;
        if context.output.is_json() {
            say::json(&stuck);
            return Ok(());
        }
        let all = stuck.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        if all.is_empty() {
            context.output.hint("Nothing is stuck.");
            return Ok(());
        }
        let columns = [
            ("id", "id"),
            ("tenant", "tenant"),
            ("kind", "kind"),
            ("status", "status"),
            ("reason", "reason"),
            ("overdue s", "overdue_s"),
            ("sent again", "resends"),
        ];
        table::list(context.output, all, &columns);
        context.output.hint(&format!("\n{} in all. The reasons: docs/runbook.md#stuck", text(&stuck, "total")));
        Ok(())
    }
}

impl Dlq {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let all = items(&client, Call::to(Route::ListEnded, &[]), 1000).await?;
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
                table::thing(output, &client.read(&call).await?);
            }
            Self::Redrive { queue, .. } => {
                let health: Value = client.read(&Call::to(Route::Health, &[])).await?;
                let parts = health.get("components").and_then(Value::as_array).into_iter().flatten();
                let dead =
                    parts.filter(|part| text(part, "name").contains("dead") && text(part, "name").contains(queue));
                table::list(output, dead.cloned().collect(), &[("queue", "name"), ("letters", "depth")]);
            }
            Self::Retry { id } => {
                client.send(&Call::to(Route::RedriveEnded, &[id])).await?;
                if output.is_json() {
                    say::json(&json!({"ended_id": id, "again": true}));
                } else {
                    say::line(&format!("{id} is tried again"));
                }
            }
        }
        Ok(())
    }
}

pub(crate) async fn health(context: &Context) -> Result<(), Failure> {
    let health: Value = context.client()?.read(&Call::to(Route::Health, &[])).await?;
    if context.output.is_json() {
        say::json(&health);
        return Ok(());
    }
    say::fields(&[
        ("status", text(&health, "status")),
        ("version", text(&health, "version")),
        ("commit", text(&health, "commit")),
        ("open breakers", text(&health, "open_breakers")),
        ("stuck", text(&health, "stuck.count")),
    ]);
    say::line("");
    let parts = health.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
    let columns = [("part", "name"), ("status", "status"), ("messages", "depth"), ("oldest s", "age_s")];
    table::list(context.output, parts, &columns);
    Ok(())
}
