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
        table::list(context.output, all.into_iter().map(overdue).collect(), &columns);
        context.output.hint(&format!("\n{} in all. The reasons: docs/runbook.md#stuck", text(&stuck, "total")));
        Ok(())
    }
}

/// What was sent for again is due later, and since when it was overdue before is not told: nothing is shown, rather than a time to come.
fn overdue(mut one: Value) -> Value {
    let is_due = one.get("overdue_s").and_then(Value::as_i64).is_none_or(|overdue| overdue >= 0);
    match one.as_object_mut() {
        Some(fields) if !is_due => fields.insert("overdue_s".to_owned(), Value::Null),
        _ => None,
    };
    one
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_overdue_by_less_than_nothing() {
        for (told, shown) in [(json!(-30), ""), (json!(0), "0"), (json!(90), "90")] {
            assert_eq!(text(&overdue(json!({"id": "task_1", "overdue_s": told})), "overdue_s"), shown);
        }
    }
}
