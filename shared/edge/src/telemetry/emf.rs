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
    /// Takes all that was collected, as lines.
    pub(super) fn lines(&self, stage: &str, now: Timestamp) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut lines = Vec::new();
        for (labels, mut metrics) in all {
            while !metrics.is_empty() {
                let mut part = BTreeMap::new();
                metrics.retain(|metric, values| {
                    let rest = values.split_off(values.len().min(MOST_VALUES));
                    part.insert(*metric, std::mem::replace(values, rest));
                    !values.is_empty()
                });
                lines.push(line(stage, &labels, &part, now));
            }
        }
        lines
    }
}

fn line(stage: &str, labels: &Labels, metrics: &BTreeMap<Metric, Vec<f64>>, now: Timestamp) -> String {
    let whole = vec![STAGE];
    let mut told_apart = whole.clone();
    told_apart.extend(labels.iter().map(|(name, _)| *name));
    let dimensions = if labels.is_empty() { vec![whole] } else { vec![whole, told_apart] };
    let names: Vec<Value> =
        metrics.keys().map(|metric| json!({"Name": metric.name(), "Unit": metric.unit().name()})).collect();
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": names});
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive]}));
    line.insert(STAGE.to_owned(), stage.into());
    line.extend(labels.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
    for (metric, values) in metrics {
        let value = if let [one] = values.as_slice() { json!(one) } else { json!(values) };
        line.insert(metric.name().to_owned(), value);
    }
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_metrics_their_unit_and_what_they_are_told_apart_by() {
        let collected: &'static Collected = Box::leak(Box::default());
        collected.record(Metric::ProviderLatency, 0.25, &["openai"]);
        collected.record(Metric::ProviderErrors, 1.0, &["openai"]);
        collected.record(Metric::CacheHits, 1.0, &[]);
        for _ in 0..150 {
            collected.record(Metric::CacheMisses, 1.0, &[]);
        }
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let lines: Vec<Value> =
            collected.lines("prod", now).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [all, rest, openai] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(all["cache_misses_total"].as_array().unwrap().len(), MOST_VALUES);
        assert_eq!((&all["cache_hits_total"], &rest["cache_hits_total"]), (&json!(1.0), &Value::Null));
        assert_eq!(rest["cache_misses_total"].as_array().unwrap().len(), 50);
        let told = json!({
            "_aws": {"Timestamp": 1_800_000_000_000_i64, "CloudWatchMetrics": [{
                "Namespace": "Galley", "Dimensions": [["stage"], ["stage", "provider"]],
                "Metrics": [
                    {"Name": "provider_latency_seconds", "Unit": "Seconds"},
                    {"Name": "provider_errors_total", "Unit": "Count"},
                ],
            }]},
            "stage": "prod", "provider": "openai", "provider_latency_seconds": 0.25, "provider_errors_total": 1.0,
        });
        assert_eq!(*openai, told);
        assert!(collected.lines("prod", now).is_empty());
    }
}
