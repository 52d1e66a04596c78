//! What things cost, and what is left.

use clap::Args;
use galley_client::{api::route::Route, call::Call};
use serde_json::Value;

use super::tasks::Request;
use crate::{
    context::{Context, list, text},
    fail::Failure,
    say, table,
};

#[derive(Debug, Args)]
pub(crate) struct Costs {
    /// day, model, phase or task
    #[arg(long)]
    by: Option<String>,
    /// A date; the first of this month where nothing is said
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// A date; today where nothing is said
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
}

impl Costs {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let given = [("by", &self.by), ("from", &self.from), ("to", &self.to)];
        let call = given.into_iter().fold(Call::to(Route::Costs, &[]), |call, (name, value)| match value {
            Some(value) => call.query(name, value),
            None => call,
        });
        let costs: Value = context.client()?.read(&call).await?;
        let output = context.output;
        if output.is_json() {
            say::json(&costs);
            return Ok(());
        }
        let rows = |name: &str, cells: [&str; 3]| -> Vec<Vec<String>> {
            let list = costs.get(name).and_then(Value::as_array).into_iter().flatten();
            list.map(|line| cells.iter().map(|cell| text(line, cell)).collect()).collect()
        };
        let by = text(&costs, "by");
        output.table(&[&by, "usd", "calls"], rows("data", ["value", "cost_usd", "calls"]));
        output.hint(&format!(
            "\n{} dollars from {} to {}\n",
            text(&costs, "total_usd"),
            text(&costs, "from"),
            text(&costs, "to")
        ));
        if output == crate::output::Output::Person {
            output.table(&["budget", "spent", "cap"], rows("budgets", ["period", "spent_usd", "cap_usd"]));
        }
        Ok(())
    }
}

pub(crate) async fn usage(context: &Context) -> Result<(), Failure> {
    let usage: Value = context.client()?.read(&Call::to(Route::Usage, &[])).await?;
    let columns =
        [("limit", "limit"), ("used", "used"), ("allowed", "allowed"), ("left", "remaining"), ("resets", "resets_at")];
    table::list(context.output, list(&usage, "data").cloned().collect(), &columns);
    Ok(())
}

pub(crate) async fn estimate(request: &Request, context: &Context) -> Result<(), Failure> {
    let call = Call::to(Route::Estimate, &[]).json(&request.body()?)?;
    let estimate: Value = context.client()?.read(&call).await?;
    let output = context.output;
    if output.is_json() {
        say::json(&estimate);
        return Ok(());
    }
    let phases = estimate.get("phases").and_then(Value::as_array).into_iter().flatten();
    let rows = phases.map(|phase| {
        ["phase", "model", "calls", "expected_usd", "most_usd", "note"].iter().map(|name| text(phase, name)).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        output.table(&["phase", "model", "calls", "expected", "most", "note"], rows);
    }
    let fits = if text(&estimate, "within_cap") == "true" { "fits" } else { "does not fit" };
    say::line(&format!(
        "{} dollars expected, {} at most; that {fits} the cap of {}",
        text(&estimate, "expected_usd"),
        text(&estimate, "most_usd"),
        text(&estimate, "cap_usd")
    ));
    Ok(())
}
