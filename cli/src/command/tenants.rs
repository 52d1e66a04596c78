//! What operators do to tenants, and to tasks of any tenant.

use clap::{Args, Subcommand};
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    context::{Context, MOST, items, may, text},
    fail::Failure,
    output::Output,
    say,
    table::{self, Column},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Tenants {
    /// List the tenants, by name
    #[command(visible_alias = "ls")]
    List,
    /// Show whether a tenant is served, and since when it is on the list
    Show {
        /// Its name
        tenant: String,
    },
    /// Put a tenant on the list; its first key does so, too
    Add {
        /// Its name
        tenant: String,
    },
    /// Let nobody of a tenant in and nothing of it out, within a minute and a half
    ///
    /// Its live articles are not shown, and nothing is lost: webhooks to it are still recorded, and what they ask for or bring waits in
    /// tasks until it is served again.
    Suspend(Turn),
    /// Serve a tenant again, within a minute and a half
    Resume(Turn),
    /// List what each tenant has spent in a month
    Costs {
        /// Such as 2026-11; this one where nothing is said
        #[arg(long)]
        month: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Turn {
    /// Its name
    tenant: String,
    /// Why; it is in the flags' log
    #[arg(short, long)]
    reason: String,
    /// Also a tenant that is on no list: of one whose people an issuer alone lets in nothing may be known yet
    #[arg(long)]
    unlisted: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inspect {
    /// Show where a task of any tenant stands: no text, and nothing of what was asked for
    Task {
        /// The task's id
        task: String,
    },
    /// List what has happened to it
    Events {
        /// The task's id
        task: String,
    },
    /// List what was sent to its callback_url, or is to be
    Deliveries {
        /// The task's id
        task: String,
    },
    /// Send for it at once
    Kick {
        /// The task's id
        task: String,
    },
    /// End it, while it is pending or generating
    Cancel(Cancel),
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The task's id
    task: String,
    /// Why; it is in the task's history
    #[arg(short, long)]
    reason: String,
    /// Also one that has come further, or has failed: a draft that waits for its reviewers is lost with it
    #[arg(long)]
    even_drafted: bool,
    /// Only say what would be cancelled
    #[arg(long)]
    dry_run: bool,
}

const TENANTS: &[Column] = &[("tenant", "tenant"), ("status", "status"), ("since", "since")];
const COSTS: &[Column] = &[
    ("tenant", "tenant"),
    ("USD", "month_usd"),
    ("highest day USD", "highest_day_usd"),
    ("day", "highest_day"),
    ("tokens", "tokens"),
];
const EVENTS: &[Column] =
    &[("event", "event"), ("from", "from"), ("to", "to"), ("by", "actor"), ("when", "at"), ("reason", "reason")];
const DELIVERIES: &[Column] = &[
    ("delivery", "delivery_id"),
    ("event", "event_type"),
    ("host", "host"),
    ("status", "status"),
    ("next try", "next_try_at"),
];

impl Tenants {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        let call = match self {
            Self::List => {
                table::list(output, items(&client, Call::to(Route::ListTenants, &[]), MOST).await?, TENANTS);
                return Ok(());
            }
            Self::Costs { month } => {
                let mut call = Call::to(Route::AllCosts, &[]);
                if let Some(month) = month {
                    call = call.query("month", month);
                }
                table::list(output, items(&client, call, MOST).await?, COSTS);
                return Ok(());
            }
            Self::Show { tenant } => return show(&client, output, tenant).await,
            Self::Add { tenant } => Call::to(Route::MakeTenant, &[tenant]),
            Self::Suspend(turn) => return turn.run(context, "suspend", Route::SuspendTenant).await,
            Self::Resume(turn) => return turn.run(context, "resume", Route::ResumeTenant).await,
        };
        table::thing(output, &client.read(&call).await?);
        Ok(())
    }
}

/// A tenant, and for one that is suspended where its reason is.
async fn show(client: &Client, output: Output, tenant: &str) -> Result<(), Failure> {
    let known: Value = client.read(&Call::to(Route::GetTenant, &[tenant])).await?;
    table::thing(output, &known);
    if text(&known, "status") == "suspended" {
        output.hint("When and why: galley flags log");
    }
    Ok(())
}

impl Turn {
    async fn run(&self, context: &Context, what: &str, route: Route) -> Result<(), Failure> {
        let client = context.client()?;
        let found = client.read::<Value>(&Call::to(Route::GetTenant, &[&self.tenant])).await;
        let tenant = match found {
            Err(error) if error.status() == Some(404) => json!({"tenant": self.tenant, "status": "on no list"}),
            found => found?,
        };
        // A name with a typo would stop nobody, and look done.
        if text(&tenant, "since").is_empty() && !self.unlisted {
            let todo = "Is the name right? `galley tenants list` has them all; --unlisted does it all the same.";
            return Err(Failure::todo(format!("{} is on no list of tenants", self.tenant), todo));
        }
        if self.dry_run {
            may(&client, route).await?;
            would(context.output, what, "tenant", &tenant);
            return Ok(());
        }
        let call = Call::to(route, &[&self.tenant]).json(&json!({"reason": self.reason}))?;
        table::thing(context.output, &client.read(&call).await?);
        context.output.hint("In force everywhere within a minute and a half.");
        Ok(())
    }
}

impl Inspect {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        let call = match self {
            Self::Events { task } => {
                table::list(output, items(&client, Call::to(Route::InspectEvents, &[task]), MOST).await?, EVENTS);
                return Ok(());
            }
            Self::Deliveries { task } => {
                let all = items(&client, Call::to(Route::InspectDeliveries, &[task]), MOST).await?;
                table::list(output, all, DELIVERIES);
                return Ok(());
            }
            Self::Cancel(cancel) => return cancel.run(&client, output).await,
            Self::Task { task } => Call::to(Route::InspectTask, &[task]),
            Self::Kick { task } => Call::to(Route::KickTask, &[task]).json(&json!({}))?,
        };
        table::thing(output, &client.read(&call).await?);
        Ok(())
    }
}

impl Cancel {
    /// Looks first, and cancels what was seen alone: whoever ends what keeps a worker busy does not mean a draft that is done.
    async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let task: Value = client.read(&Call::to(Route::InspectTask, &[&self.task])).await?;
        if let Some(why) = self.spares(&task) {
            return Err(why);
        }
        if self.dry_run {
            would(output, "cancel", "task_id", &task);
            return Ok(());
        }
        let call = Call::to(Route::StopTask, &[&self.task])
            .json(&json!({"reason": self.reason, "status": text(&task, "status")}))?;
        table::thing(output, &client.read(&call).await?);
        Ok(())
    }

    /// Why it is left alone, if it is.
    fn spares(&self, task: &Value) -> Option<Failure> {
        let status = text(task, "status");
        let what = format!("{} is not cancelled: it is {status}", text(task, "task_id"));
        match status.as_str() {
            "pending" | "generating" => None,
            "published" | "rejected" | "cancelled" | "archived" => Some(Failure::No(what)),
            _ if self.even_drafted => None,
            _ => Some(Failure::todo(what, "--even-drafted cancels it all the same; a draft of it is lost with it.")),
        }
    }
}

/// What a dry run says.
fn would(output: Output, what: &str, name: &str, thing: &Value) {
    let (named, status) = (text(thing, name), text(thing, "status"));
    if output.is_json() {
        say::json(&json!({"would": what, name: named, "status": status}));
    } else {
        say::line(&format!("Would {what} {named} ({status})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancel(even_drafted: bool) -> Cancel {
        Cancel { task: "task_1".into(), reason: "why".into(), even_drafted, dry_run: false }
    }

    #[test]
    fn what_is_drafted_is_cancelled_only_where_that_is_said_and_what_is_over_never() {
        let spared = |status: &str, even_drafted| {
            cancel(even_drafted).spares(&json!({"task_id": "task_1", "status": status})).is_some()
        };
        for status in ["published", "rejected", "cancelled", "archived"] {
            assert_eq!([spared(status, false), spared(status, true)], [true, true], "{status}");
        }
        for status in ["awaiting_approval", "approved", "failed", "newer_than_this_client"] {
            assert_eq!([spared(status, false), spared(status, true)], [true, false], "{status}");
        }
        for status in ["pending", "generating"] {
            assert_eq!([spared(status, false), spared(status, true)], [false, false], "{status}");
        }
    }
}
