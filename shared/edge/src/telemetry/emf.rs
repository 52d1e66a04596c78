//! Metrics as `CloudWatch` reads them from a log, in its embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//! Collected while an invocation lasts, one line for each set of labels.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use galley_domain::metrics::{Metric, Recorder};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub const NAMESPACE: &str = "Galley";
/// The dimension that all metrics have: several deployments may share an account.
pub const STAGE: &str = "stage";
/// A line may have this many values of a metric.
const MOST_VALUES: usize = 100;

/// The names of labels, and their values.
type Labels = Vec<(&'static str, String)>;

#[derive(Debug, Default)]
pub(super) struct Collected(Mutex<BTreeMap<Labels, BTreeMap<Metric, Vec<f64>>>>);

impl Recorder for &'static Collected {
    fn record(&self, metric: Metric, value: f64, labels: &[&str]) {
        let labels = metric.labels().iter().copied().zip(labels.iter().map(|label| (*label).to_owned())).collect();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(labels).or_default().entry(metric).or_default().push(value);
    }
}

impl Collected {
    /// Takes all that was collected, in as few lines as can hold it: a line has one value for each name.
    pub(super) fn lines(&self, stage: &str, now: Timestamp) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut lines: Vec<Line> = Vec::new();
        for (labels, mut metrics) in all {
            while !metrics.is_empty() {
                let mut part = BTreeMap::new();
                metrics.retain(|metric, values| {
                    let rest = values.split_off(values.len().min(MOST_VALUES));
                    part.insert(*metric, std::mem::replace(values, rest));
                    !values.is_empty()
                });
                if let Some(line) = lines.iter_mut().find(|line| line.has_room_for(&labels, &part)) {
                    line.add(&labels, part);
                } else {
                    let mut line = Line::of(stage);
                    line.add(&labels, part);
                    lines.push(line);
                }
            }
        }
        lines.into_iter().map(|line| line.written(now)).collect()
    }
}

/// The content of a line.
struct Line {
    members: Map<String, Value>,
    directives: Vec<Value>,
}

impl Line {
    fn of(stage: &str) -> Self {
        let members = [(STAGE.to_owned(), stage.into())].into_iter().collect();
        Self { members, directives: Vec::new() }
    }

    fn has_room_for(&self, labels: &Labels, metrics: &BTreeMap<Metric, Vec<f64>>) -> bool {
        let agrees = |(name, value): &(&str, String)| self.members.get(*name).is_none_or(|known| known == value);
        labels.iter().all(agrees) && metrics.keys().all(|metric| !self.members.contains_key(metric.name()))
    }

    fn add(&mut self, labels: &Labels, metrics: BTreeMap<Metric, Vec<f64>>) {
        let whole = vec![STAGE];
        let mut told_apart = whole.clone();
        told_apart.extend(labels.iter().map(|(name, _)| *name));
        let dimensions = if labels.is_empty() { vec![whole] } else { vec![whole, told_apart] };
        let names: Vec<Value> =
            metrics.keys().map(|metric| json!({"Name": metric.name(), "Unit": metric.unit().name()})).collect();
        self.directives.push(json!({"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": names}));
        self.members.extend(labels.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
        for (metric, values) in metrics {
            let value = if let [one] = values.as_slice() { json!(one) } else { json!(values) };
            self.members.insert(metric.name().to_owned(), value);
        }
    }

    fn written(mut self, now: Timestamp) -> String {
        let told = json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": self.directives});
        self.members.insert("_aws".to_owned(), told);
        Value::Object(self.members).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_metrics_their_unit_and_what_they_are_told_apart_by() {
        let collected: &'static Collected = Box::leak(Box::default());
        collected.record(Metric::ProviderLatency, 0.25, &["openai"]);
        collected.record(Metric::ProviderErrors, 1.0, &["openai"]);
        collected.record(Metric::Overdue, 1.0, &[]);
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let [line] = collected.lines("prod", now).try_into().unwrap();
        let told = json!({
            "_aws": {"Timestamp": 1_800_000_000_000_i64, "CloudWatchMetrics": [
                {
                    "Namespace": "Galley", "Dimensions": [["stage"]],
                    "Metrics": [{"Name": "overdue_items", "Unit": "Count"}],
                },
                {
                    "Namespace": "Galley", "Dimensions": [["stage"], ["stage", "provider"]],
                    "Metrics": [
                        {"Name": "provider_latency_seconds", "Unit": "Seconds"},
                        {"Name": "provider_errors_total", "Unit": "Count"},
                    ],
                },
            ]},
            "stage": "prod", "overdue_items": 1.0,
            "provider": "openai", "provider_latency_seconds": 0.25, "provider_errors_total": 1.0,
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), told);
        assert!(collected.lines("prod", now).is_empty());
    }

    #[test]
    fn what_one_line_cannot_hold_goes_into_another() {
        let collected: &'static Collected = Box::leak(Box::default());
        for provider in ["openai", "anthropic"] {
            collected.record(Metric::ProviderErrors, 1.0, &[provider]);
        }
        for _ in 0..150 {
            collected.record(Metric::Overdue, 1.0, &[]);
        }
        let lines = collected.lines("prod", Timestamp::UNIX_EPOCH);
        let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let values = |line: &Value| line["overdue_items"].as_array().map_or(0, Vec::len);
        assert_eq!(lines.iter().map(values).collect::<Vec<_>>(), [100, 50]);
        let providers: Vec<&Value> = lines.iter().map(|line| &line["provider"]).collect();
        assert_eq!(providers, ["anthropic", "openai"]);
    }
}
