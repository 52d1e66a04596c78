//! What operators look at.

use clap::Args;
use galley_client::{api::route::Route, call::Call};
use serde_json::Value;

use crate::{
    context::{Context, text},
    fail::Failure,
    say, table,
};

#[derive(Debug, Args)]
pub(crate) struct Stuck {
    /// At most so many
    #[arg(long, default_value_t = 20)]
    limit: u32,
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
            context.output.hint("Nothing is stuck. What a flag holds back is not: `galley flags list`.");
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
