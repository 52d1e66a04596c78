//! The template's alarms as rules of Prometheus, over what `/metrics` tells: the thresholds and times are the template's own.

use crate::alarms::{Alarms, Told};

/// An alarm over what `/metrics` tells. A counter with labels is told from its first event on, so that what appears is an event, too,
/// unless all of it does. `{t}` stands for the template's threshold; `{long}` and `{short}` for those of the two windows.
const RULES: [(&str, &str); 17] = [
    ("LatencyWarningAlarm", SLOWEST),
    ("LatencyCriticalAlarm", SLOWEST),
    ("ErrorsWarningAlarm", FAULTS),
    ("ErrorsCriticalAlarm", FAULTS),
    ("WorkDeadLettersAlarm", "dead_letters{queue=\"work\"} > {t}"),
    ("QuickDeadLettersAlarm", "dead_letters{queue=\"quick\"} > {t}"),
    ("WorkAgeAlarm", "queue_oldest_seconds{queue=\"work\"} > {t}"),
    ("QuickAgeAlarm", "queue_oldest_seconds{queue=\"quick\"} > {t}"),
    // What is not told is not known: a scrape that fails, or a table that is not read.
    ("OverdueAlarm", "overdue_seconds > {t} or absent(overdue_seconds)"),
    (
        "BudgetAlarm",
        "sum by (cap, percent) (increase(budget_alerts_total[5m])) > {t} or \
         sum by (cap, percent) ((budget_alerts_total unless budget_alerts_total offset 5m) and on() (overdue_seconds offset 5m)) > {t}",
    ),
    (
        "TargetAlarm",
        "sum by (kind) (increase(targets_paused_total[5m])) > {t} or \
         sum by (kind) ((targets_paused_total unless targets_paused_total offset 5m) and on() (overdue_seconds offset 5m)) > {t}",
    ),
    (
        "UsageAlarm",
        "sum by (provider) (increase(usage_disbelieved_total[5m])) > {t} or \
         sum by (provider) ((usage_disbelieved_total unless usage_disbelieved_total offset 5m) and on() (overdue_seconds offset 5m)) > {t}",
    ),
    ("BreakerAlarm", AGAIN),
    (
        "AvailabilityFastBurnAlarm",
        "100 * sum(rate(http_requests_total{status=~\"5..\"}[1h])) / sum(rate(http_requests_total[1h])) > {long} and \
         sum(increase(http_requests_total{status=~\"5..\"}[1h])) > 2 and \
         100 * sum(rate(http_requests_total{status=~\"5..\"}[5m])) / sum(rate(http_requests_total[5m])) > {short}",
    ),
    (
        "AvailabilitySlowBurnAlarm",
        "100 * sum(rate(http_requests_total{status=~\"5..\"}[6h])) / sum(rate(http_requests_total[6h])) > {long} and \
         sum(increase(http_requests_total{status=~\"5..\"}[6h])) > 2 and \
         100 * sum(rate(http_requests_total{status=~\"5..\"}[30m])) / sum(rate(http_requests_total[30m])) > {short}",
    ),
    ("ReadLatencyBurnAlarm", READS),
    ("CreateLatencyBurnAlarm", CREATES),
];

/// A minute's requests, seen by a scrape every thirty seconds: what happens once is gone from it before its time is up.
const SLOWEST: &str = "histogram_quantile(0.99, sum by (le) (rate(api_request_duration_seconds_bucket[90s]))) > {t}";

const FAULTS: &str = "100 * sum(rate(http_requests_total{status=~\"5..\"}[90s])) / sum(rate(http_requests_total[90s])) > {t} and \
     sum(increase(http_requests_total[90s])) > 30";

/// In two of three periods, as the template has it.
const AGAIN: &str = "(sum by (provider) (increase(breaker_opened_total[5m])) > bool {t}) + \
     (sum by (provider) (increase(breaker_opened_total[5m] offset 5m)) > bool {t}) + \
     (sum by (provider) (increase(breaker_opened_total[5m] offset 10m)) > bool {t}) > 1";

const READS: &str = "histogram_quantile(0.7, sum by (le) (rate(api_request_duration_seconds_bucket{function=\"query-tasks\"}[1h]))) > {long} and \
     sum(increase(api_request_duration_seconds_count{function=\"query-tasks\"}[1h])) > 9 and \
     histogram_quantile(0.7, sum by (le) (rate(api_request_duration_seconds_bucket{function=\"query-tasks\"}[5m]))) > {short}";

const CREATES: &str = "histogram_quantile(0.7, sum by (le) (rate(api_request_duration_seconds_bucket{function=\"create-task\"}[1h]))) > {long} and \
     sum(increase(api_request_duration_seconds_count{function=\"create-task\"}[1h])) > 9 and \
     histogram_quantile(0.7, sum by (le) (rate(api_request_duration_seconds_bucket{function=\"create-task\"}[5m]))) > {short}";

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
    RULES.iter().map(|(name, _)| *name)
}

/// The file of rules.
pub fn rules() -> String {
    let alarms = Alarms::load();
    let mut text = String::from(
        "# Written by `make generate` from the alarms of template.yaml, over what /metrics tells. How to scrape it: docs/runbook.md.\n\
         groups:\n  - name: galley\n    rules:\n",
    );
    for (name, expression) in RULES {
        let Told { thresholds, minutes, what } = alarms.told(name);
        // Its expression looks over the periods itself.
        let minutes = if expression == AGAIN { 0 } else { minutes };
        let short = thresholds.last().copied().unwrap_or_default();
        let expression = expression
            .replace("{t}", &thresholds[0].to_string())
            .replace("{long}", &thresholds[0].to_string())
            .replace("{short}", &short.to_string());
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
