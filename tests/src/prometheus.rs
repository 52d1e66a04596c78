//! The template's alarms as rules of Prometheus, over what `/metrics` tells: the thresholds and times are the template's own.

use crate::alarms::{Alarms, Told};

/// Each alarm over what `/metrics` tells. `{t}` stands for the template's threshold; `{long}` and `{short}` for those of the two windows.
fn all() -> Vec<(&'static str, String)> {
    let above = |what: &str| format!("{what} > {{t}}");
    // A minute's requests, seen by a scrape every thirty seconds: what happens once is gone from it before its time is up.
    let slowest = above("histogram_quantile(0.99, sum by (le) (rate(api_request_duration_seconds_bucket[90s])))");
    let faults = format!("{} > {{t}} and sum(increase(http_requests_total[90s])) > 30", share_of_faults("90s"));
    vec![
        ("LatencyWarningAlarm", slowest.clone()),
        ("LatencyCriticalAlarm", slowest),
        ("ErrorsWarningAlarm", faults.clone()),
        ("ErrorsCriticalAlarm", faults),
        ("WorkDeadLettersAlarm", above("dead_letters{queue=\"work\"}")),
        ("QuickDeadLettersAlarm", above("dead_letters{queue=\"quick\"}")),
        ("WorkAgeAlarm", above("queue_oldest_seconds{queue=\"work\"}")),
        ("QuickAgeAlarm", above("queue_oldest_seconds{queue=\"quick\"}")),
        // What is not told is not known: a scrape that fails, or a table that is not read.
        ("OverdueAlarm", "overdue_seconds > {t} or absent(overdue_seconds)".to_owned()),
        ("BudgetAlarm", happens("budget_alerts_total", "cap, percent")),
        ("TargetAlarm", happens("targets_paused_total", "kind")),
        ("UsageAlarm", happens("usage_disbelieved_total", "provider")),
        (AGAIN, happens_again("breaker_opened_total", "provider")),
        ("AvailabilityFastBurnAlarm", burns("1h", "5m")),
        ("AvailabilitySlowBurnAlarm", burns("6h", "30m")),
        ("ReadLatencyBurnAlarm", slow("query-tasks")),
        ("CreateLatencyBurnAlarm", slow("create-task")),
    ]
}

/// Its expression looks over the periods itself.
const AGAIN: &str = "BreakerAlarm";

fn share_of_faults(window: &str) -> String {
    format!(
        "100 * sum(rate(http_requests_total{{status=~\"5..\"}}[{window}])) / sum(rate(http_requests_total[{window}]))"
    )
}

/// A counter with labels is told from its first event on, so that what appears is an event, too, unless all of it does.
fn happens(counter: &str, labels: &str) -> String {
    format!(
        "sum by ({labels}) (increase({counter}[5m])) > {{t}} or \
         sum by ({labels}) (({counter} unless {counter} offset 5m) and on() (overdue_seconds offset 5m)) > {{t}}"
    )
}

/// In two of three periods, as the template has it.
fn happens_again(counter: &str, label: &str) -> String {
    let periods = ["", " offset 5m", " offset 10m"]
        .map(|before| format!("(sum by ({label}) (increase({counter}[5m]{before})) > bool {{t}})"));
    format!("{} > 1", periods.join(" + "))
}

fn burns(long: &str, short: &str) -> String {
    format!(
        "{} > {{long}} and sum(increase(http_requests_total{{status=~\"5..\"}}[{long}])) > 2 and {} > {{short}}",
        share_of_faults(long),
        share_of_faults(short)
    )
}

/// Three of ten requests of a function.
fn slow(function: &str) -> String {
    let of = format!("{{function=\"{function}\"}}");
    let slowest = |window: &str| {
        format!("histogram_quantile(0.7, sum by (le) (rate(api_request_duration_seconds_bucket{of}[{window}])))")
    };
    format!(
        "{} > {{long}} and sum(increase(api_request_duration_seconds_count{of}[1h])) > 9 and {} > {{short}}",
        slowest("1h"),
        slowest("5m")
    )
}

/// Where the rules are.
pub const FILE: &str = "deploy/prometheus/galley.rules.yaml";

/// What `/metrics` cannot tell, because no function of ours is there to count it.
pub const OF_THE_ACCOUNT: [&str; 12] = [
    "CrashesAlarm",
    "ConsoleCrashesAlarm",
    "SiteCrashesAlarm",
    "WorkCrashesAlarm",
    "QuickCrashesAlarm",
    "SweepTasksCrashesAlarm",
    "ThrottlesAlarm",
    "WorkerThrottlesAlarm",
    "ConsoleThrottlesAlarm",
    "SiteThrottlesAlarm",
    "SiteErrorsAlarm",
    "BackupAlarm",
];

/// The names of the alarms that are rules here.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().into_iter().map(|(name, _)| name)
}

/// What `expression` asks `/metrics` for: families, without the ends that a histogram's samples have.
pub fn asked(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.contains('_') && *word != "histogram_quantile")
        .map(|word| word.trim_end_matches("_bucket").trim_end_matches("_count"))
}

/// What the rules ask for.
pub fn expressions() -> impl Iterator<Item = String> {
    all().into_iter().map(|(_, expression)| expression)
}

/// The file of rules.
pub fn rules() -> String {
    let alarms = Alarms::load();
    let mut text = String::from(
        "# Written by `make generate` from the alarms of template.yaml, over what /metrics tells. How to scrape it: docs/runbook.md.\n\
         groups:\n  - name: galley\n    rules:\n",
    );
    for (name, expression) in all() {
        let Told { thresholds, minutes, what } = alarms.told(name);
        let minutes = if name == AGAIN { 0 } else { minutes };
        let (first, last) = (thresholds[0].to_string(), thresholds.last().copied().unwrap_or_default().to_string());
        let expression = expression.replace("{t}", &first).replace("{long}", &first).replace("{short}", &last);
        let severity = if name.contains("Warning") || name.contains("Slow") { "warning" } else { "critical" };
        let (summary, runbook) =
            what.split_once(" docs/").unwrap_or_else(|| panic!("{name} names no part of a document"));
        text.push_str(&format!(
            "      - alert: {name}\n        expr: {}\n        for: {minutes}m\n        labels: {{severity: {severity}}}\n        \
             annotations: {{summary: {}, runbook: docs/{runbook}}}\n",
            quoted(&expression),
            quoted(summary),
        ));
    }
    text
}

/// A scalar that YAML reads as it stands.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
