//! A dashboard of Grafana over what `/metrics` tells.

use serde_json::{Value, json};

/// Where it is.
pub const FILE: &str = "deploy/prometheus/galley.dashboard.json";

const WIDTH: usize = 12;
const HEIGHT: usize = 8;

/// A panel's title, its unit, and its lines: what each is called, and what it asks for.
type Panel = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PANELS: [Panel; 14] = [
    ("Requests", "reqps", &[("{{status}}", "sum by (status) (rate(http_requests_total[5m]))")]),
    (
        "Answers with 5xx, by route",
        "reqps",
        &[("{{method}} {{route}}", "sum by (method, route) (rate(http_requests_total{status=~\"5..\"}[5m]))")],
    ),
    (
        "Requests: the slowest of a hundred",
        "s",
        &[(
            "{{function}}",
            "histogram_quantile(0.99, sum by (function, le) (rate(api_request_duration_seconds_bucket[5m])))",
        )],
    ),
    (
        "Tasks",
        "short",
        &[
            ("accepted", "sum(increase(tasks_created_total[1h]))"),
            ("{{outcome}}", "sum by (outcome) (increase(tasks_completed_total[1h]))"),
        ],
    ),
    (
        "From a task's creation to its draft: half, and 95 of a hundred",
        "s",
        &[
            ("half", "histogram_quantile(0.5, sum by (le) (rate(task_duration_seconds_bucket[1h])))"),
            ("95 of a hundred", "histogram_quantile(0.95, sum by (le) (rate(task_duration_seconds_bucket[1h])))"),
        ],
    ),
    ("Messages that wait", "short", &[("{{queue}}", "queue_messages")]),
    ("The oldest of them", "s", &[("{{queue}}", "queue_oldest_seconds")]),
    ("Dead letters", "short", &[("{{queue}}", "dead_letters")]),
    ("What is stuck", "short", &[("items", "overdue_items")]),
    ("Parts that answer", "short", &[("{{part}}", "part_up")]),
    (
        "Providers: 95 of a hundred calls",
        "s",
        &[(
            "{{provider}}",
            "histogram_quantile(0.95, sum by (provider, le) (rate(provider_latency_seconds_bucket[15m])))",
        )],
    ),
    (
        "Providers: errors, and open breakers",
        "short",
        &[
            ("errors of {{provider}}", "sum by (provider) (increase(provider_errors_total[15m]))"),
            ("breaker of {{provider}}", "breaker_open"),
        ],
    ),
    (
        "What calls cost in an hour",
        "currencyUSD",
        &[("{{provider}}", "sum by (provider) (increase(provider_cost_usd_total[1h]))")],
    ),
    (
        "Answers that were known before",
        "percentunit",
        // A kind that had no hit yet has none on the page of `/metrics`.
        &[(
            "{{kind}}",
            "1 - sum by (kind) (rate(cache_misses_total[1h])) / (sum by (kind) (rate(cache_misses_total[1h])) + (sum by (kind) (rate(cache_hits_total[1h])) or 0 * sum by (kind) (rate(cache_misses_total[1h]))))",
        )],
    ),
];

/// What all panels ask for.
pub fn expressions() -> impl Iterator<Item = &'static str> {
    PANELS.iter().flat_map(|(_, _, lines)| lines.iter().map(|(_, expression)| *expression))
}

/// The file.
pub fn dashboard() -> String {
    let source = json!({"type": "prometheus", "uid": "${source}"});
    let panels: Vec<Value> = PANELS.iter().enumerate().map(|(at, panel)| shown(at, panel, &source)).collect();
    let all = json!({
        "title": "Galley",
        "uid": "galley",
        "tags": ["galley"],
        "timezone": "browser",
        "editable": true,
        "refresh": "1m",
        "schemaVersion": 36,
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{
            "name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0, "skipUrlSync": false,
        }]},
        "panels": panels,
    });
    format!("{all:#}\n")
}

fn shown(at: usize, (title, unit, lines): &Panel, source: &Value) -> Value {
    let targets: Vec<Value> = lines
        .iter()
        .zip('A'..)
        .map(|((legend, expression), name)| {
            json!({"refId": name.to_string(), "datasource": source, "expr": expression, "legendFormat": legend})
        })
        .collect();
    json!({
        "id": at + 1,
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": at % 2 * WIDTH, "y": at / 2 * HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": targets,
    })
}
