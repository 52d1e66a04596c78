//! What operators look at.

use clap::Args;
use galley_client::{api::route::Route, call::Call};
use serde_json::Value;

use crate::{
    context::{Context, list, text},
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
        let all: Vec<Value> = list(&stuck, "data").cloned().collect();
        let (shown, total) = (all.len(), text(&stuck, "total"));
        // An array says nothing of what is not in it: that is told where programs do not read.
        if shown.to_string() != total {
            anstream::eprintln!("note: {shown} of {} are listed: --limit", say::safe(&total));
        }
        let columns = [
            ("id", "id"),
            ("tenant", "tenant"),
            ("kind", "kind"),
            ("status", "status"),
            ("reason", "reason"),
            ("overdue s", "overdue_s"),
            ("sent again", "resends"),
            ("provider", "provider"),
        ];
        let silent =
            all.iter().find(|item| text(item, "reason") == "provider_silent").map(|item| text(item, "provider"));
        let none = "Nothing is stuck. What a flag holds back is not: `galley flags list`.";
        table::list_or(context.output, all, &columns, none);
        if let Some(provider) = silent {
            let todo = format!("`galley flags off provider.{provider} --reason …` has no task ask it any more.");
            context.output.hint(&format!("\n{provider} does not answer. {todo}"));
        }
        if shown > 0 {
            context.output.hint(&format!("\n{total} in all. The reasons: docs/runbook.md#stuck"));
        }
        Ok(())
    }
}

/// What operators have switched off, as health tells it.
pub(crate) fn held(health: &Value) -> Vec<String> {
    let flags = health.get("flags").and_then(Value::as_array).into_iter().flatten();
    flags.map(says).collect()
}

pub(crate) fn says(flag: &Value) -> String {
    let number = |name: &str| flag.get(name).and_then(Value::as_u64);
    let off = match (flag.get("enabled"), number("percent"), number("tenants_off")) {
        (Some(Value::Bool(false)), ..) => "off".to_owned(),
        (_, Some(share @ ..100), _) => format!("on for {share} % of the tenants"),
        (.., Some(1)) => "off for 1 tenant".to_owned(),
        (.., several) => format!("off for {} tenants", several.unwrap_or(0)),
    };
    let [name, since, by, reason] = ["flag", "since", "by", "reason"].map(|field| text(flag, field));
    let who = if since.is_empty() { String::new() } else { format!(" since {since} by {by}") };
    let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    format!("{name} is {off}{who}{why}")
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
        ("flags", held(&health).join("; ")),
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
    fn what_is_switched_off_is_told_with_who_and_why() {
        let told = |flag: Value| held(&json!({"flags": [flag]})).join("; ");
        let off = json!({"flag": "generation", "enabled": false, "percent": 100, "tenants_off": 0,
            "since": "2026-11-20T12:00:00Z", "by": "opal", "reason": "No provider answers"});
        assert_eq!(told(off), "generation is off since 2026-11-20T12:00:00Z by opal (No provider answers)");
        let some =
            json!({"flag": "tenants", "enabled": true, "percent": 100, "tenants_off": 2, "since": null, "by": null});
        assert_eq!(told(some), "tenants is off for 2 tenants");
        let share = json!({"flag": "writes", "enabled": true, "percent": 10, "tenants_off": 0});
        assert_eq!(told(share), "writes is on for 10 % of the tenants");
        assert_eq!(held(&json!({"flags": null})), [""; 0]);
    }
}
