//! What is counted in the table: what `/metrics` tells. Most of it is written in the transaction of what it counts, so that
//! it counts it exactly once. The totals never fall.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use crate::kernel::error::StoreError;
use crate::{
    content::kind::TaskType,
    metrics::{self, Metric, Unit},
    task::{audit::AuditEvent, state::TaskState},
};
use std::future::Future;

/// Spread over so many items, or a busy counter would make its writers collide.
pub const SHARDS: u8 = 16;

/// All metrics that are counted here.
pub const COUNTED: [Metric; 14] = [
    Metric::TasksCreated,
    Metric::TasksCompleted,
    Metric::TaskDuration,
    Metric::ApiRequestDuration,
    Metric::HttpRequests,
    Metric::CacheHits,
    Metric::CacheMisses,
    Metric::ProviderLatency,
    Metric::ProviderErrors,
    Metric::ProviderCost,
    Metric::BudgetAlerts,
    Metric::UsageDisbelieved,
    Metric::TargetsPaused,
    Metric::BreakerOpened,
];

/// Upper bounds of the buckets of durations, in milliseconds.
pub const fn buckets(metric: Metric) -> &'static [u64] {
    match metric {
        Metric::TaskDuration => &[10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000],
        Metric::ApiRequestDuration => &[10, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000],
        Metric::ProviderLatency => &[250, 500, 1000, 2500, 5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000],
        _ => &[],
    }
}

/// The counters of one metric, by name: its labels' values with `/` between, and for durations what of them is counted:
/// `count`, `ms`, and `le_<bound>` for the one bucket that each falls into.
pub type Counters = BTreeMap<String, u64>;

/// Stands for a `/` within a label: a route has some, and no label has this.
const SLASH: &str = "~";

/// Stands for a counter that has no labels.
const WHOLE: &str = "all";

/// How much is added to some counters of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub metric: Metric,
    pub adds: Counters,
}

impl Tally {
    /// Nothing yet.
    pub const fn of_nothing(metric: Metric) -> Self {
        Self { metric, adds: Counters::new() }
    }

    /// One more.
    pub fn one(metric: Metric, labels: &[&str]) -> Self {
        Self { metric, adds: [(name(labels, None), 1)].into() }
    }

    /// So many more.
    pub fn add(&mut self, labels: &[&str], more: u64) {
        let counter = self.adds.entry(name(labels, None)).or_default();
        *counter = counter.saturating_add(more);
    }

    /// A duration more.
    pub fn duration(metric: Metric, labels: &[&str], took: Duration) -> Self {
        let mut tally = Self { metric, adds: Counters::new() };
        tally.add_duration(labels, took);
        tally
    }

    pub fn add_duration(&mut self, labels: &[&str], took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let bucket = buckets(self.metric).iter().find(|bound| ms <= **bound);
        let bucket = bucket.map_or_else(|| "le_inf".to_owned(), |bound| format!("le_{bound}"));
        for (part, more) in [("count", 1), ("ms", ms), (&bucket, 1)] {
            let counter = self.adds.entry(name(labels, Some(part))).or_default();
            *counter = counter.saturating_add(more);
        }
    }

    /// What an event of a task counts as.
    pub fn of(event: &AuditEvent, task_type: TaskType, created_at: Timestamp) -> Vec<Self> {
        let task_type = task_type.name();
        if event.from.is_none() {
            return vec![Self::one(Metric::TasksCreated, &[task_type])];
        }
        let mut tallies = Vec::new();
        let labels = [task_type, event.to.name()];
        let ended = match (event.event.as_str(), event.to) {
            // Beside a live article: no new one is live, and operators see the failure.
            ("cancelled" | "rejected", TaskState::Published) => None,
            ("gave_up", TaskState::Published) => Some(TaskState::Failed),
            (_, TaskState::Published | TaskState::Failed) => Some(event.to),
            (_, to) => to.is_closed().then_some(to),
        };
        if let Some(ended) = ended {
            tallies.push(Self::one(Metric::TasksCompleted, &[task_type, ended.name()]));
        }
        let worked = matches!(event.from, Some(TaskState::Generating | TaskState::Pending));
        if worked && matches!(event.to, TaskState::AwaitingApproval | TaskState::Approved | TaskState::Failed) {
            let took = Duration::try_from(event.at.duration_since(created_at)).unwrap_or_default();
            tallies.push(Self::duration(Metric::TaskDuration, &labels, took));
        }
        tallies
    }

    /// Tells the recorder of it too, once it is written.
    pub fn record(&self) {
        for (counter, added) in &self.adds {
            let mut parts: Vec<&str> = counter.split('/').filter(|part| *part != WHOLE).collect();
            let value = match parts.get(self.metric.labels().len()) {
                None => precise(*added),
                Some(&"ms") => precise(*added) / 1000.0,
                Some(_) => continue,
            };
            parts.truncate(self.metric.labels().len());
            metrics::record(self.metric, value, &parts);
        }
    }
}

fn name(labels: &[&str], part: Option<&str>) -> String {
    let labels = labels.iter().map(|label| label.replace('/', SLASH));
    let parts: Vec<String> = labels.chain(part.map(str::to_owned)).collect();
    if parts.is_empty() { WHOLE.to_owned() } else { parts.join("/") }
}

/// As Prometheus reads it.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub const fn precise(count: u64) -> f64 {
    count as f64
}

/// The name that Prometheus wants: a counter's ends in `_total`.
pub fn told_name(metric: Metric) -> Cow<'static, str> {
    let is_whole = !buckets(metric).is_empty() || metric.name().ends_with("_total");
    if is_whole { metric.name().into() } else { format!("{}_total", metric.name()).into() }
}

/// Prometheus' text format (<https://prometheus.io/docs/instrumenting/exposition_formats/>), version 0.0.4.
pub fn exposition(totals: &BTreeMap<Metric, Counters>) -> String {
    let mut text = String::new();
    for (metric, counters) in totals {
        let is_duration = !buckets(*metric).is_empty();
        let kind = if is_duration { "histogram" } else { "counter" };
        let told = told_name(*metric);
        text.push_str(&format!("# HELP {told} {}\n# TYPE {told} {kind}\n", metric.help()));
        if is_duration {
            histogram(&mut text, *metric, counters);
        } else {
            for (counter, value) in counters {
                let (labels, value) = (labelled(*metric, counter, None), shown(*metric, *value));
                text.push_str(&format!("{told}{labels} {value}\n"));
            }
            if counters.is_empty() && metric.labels().is_empty() {
                text.push_str(&format!("{told} 0\n"));
            }
        }
    }
    text
}

/// Dollars are counted in millionths.
fn shown(metric: Metric, value: u64) -> String {
    match metric.unit() {
        Unit::None => format!("{}", precise(value) / 1e6),
        Unit::Count | Unit::Seconds => value.to_string(),
    }
}

/// What is measured at this moment, of one name: its help, and each value with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    pub name: &'static str,
    pub help: &'static str,
    pub label: Option<&'static str>,
    /// What could not be measured is not among them.
    pub values: Vec<(String, f64)>,
}

/// As `exposition`, of what goes up and down.
pub fn gauges(all: &[Gauge]) -> String {
    let mut text = String::new();
    for Gauge { name, help, label, values } in all {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
        for (of, value) in values {
            let labels = label.map(|label| format!("{{{label}=\"{of}\"}}")).unwrap_or_default();
            text.push_str(&format!("{name}{labels} {value}\n"));
        }
    }
    text
}

fn histogram(text: &mut String, metric: Metric, counters: &Counters) {
    let groups = counters.keys().filter_map(|counter| counter.strip_suffix("/count"));
    for group in groups {
        let of = |part: &str| counters.get(&format!("{group}/{part}")).copied().unwrap_or_default();
        let mut below = 0;
        for bound in buckets(metric) {
            below += of(&format!("le_{bound}"));
            let bound = format!("{}", precise(*bound) / 1000.0);
            text.push_str(&format!("{}_bucket{} {below}\n", metric.name(), labelled(metric, group, Some(&bound))));
        }
        let (count, sum) = (of("count"), precise(of("ms")) / 1000.0);
        text.push_str(&format!("{}_bucket{} {count}\n", metric.name(), labelled(metric, group, Some("+Inf"))));
        text.push_str(&format!("{}_sum{} {sum}\n", metric.name(), labelled(metric, group, None)));
        text.push_str(&format!("{}_count{} {count}\n", metric.name(), labelled(metric, group, None)));
    }
}

/// Values are names of ours, so nothing in them needs escaping.
fn labelled(metric: Metric, counter: &str, bound: Option<&str>) -> String {
    let values = metric.labels().iter().copied().zip(counter.split('/'));
    let pairs: Vec<String> = values
        .chain(bound.map(|bound| ("le", bound)))
        .map(|(label, value)| format!("{label}=\"{}\"", value.replace(SLASH, "/")))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

/// What is counted beside any transaction, and what all of it came to.
pub trait StatStore: Send + Sync {
    /// Adds to counters, spread by `shard`: a task's id or whatever else is different each time.
    fn tally(&self, tally: &Tally, shard: &str, at: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// All that was ever counted, of every metric that is.
    fn totals(&self) -> impl Future<Output = Result<BTreeMap<Metric, Counters>, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::ids::TraceId, task::audit::Actor};

    fn names(from: Option<TaskState>, to: TaskState) -> Vec<String> {
        of("", from, to)
    }

    fn of(name: &str, from: Option<TaskState>, to: TaskState) -> Vec<String> {
        let event = AuditEvent {
            id: uuid::Uuid::nil(),
            event: name.to_owned(),
            actor: Actor::Worker,
            from,
            to,
            reason: None,
            revision: None,
            about: None,
            comment: None,
            at: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(45),
            trace_id: TraceId::from_uuid(uuid::Uuid::nil()),
        };
        let counters = |tally: Tally| {
            tally.adds.into_iter().map(move |(name, more)| format!("{}/{name}={more}", tally.metric.name()))
        };
        Tally::of(&event, TaskType::BlogPost, Timestamp::UNIX_EPOCH).into_iter().flat_map(counters).collect()
    }

    #[test]
    fn only_beginnings_drafts_and_ends_count() {
        use TaskState::{Approved, Archived, AwaitingApproval, Failed, Generating, Pending, Published};
        assert_eq!(names(None, Pending), ["tasks_created_total/blog_post=1"]);
        assert!(names(Some(Pending), Generating).is_empty());
        assert!(names(Some(AwaitingApproval), Approved).is_empty());
        assert_eq!(names(Some(Approved), Published), ["tasks_completed_total/blog_post/published=1"]);
        assert_eq!(names(Some(Published), Archived), ["tasks_completed_total/blog_post/archived=1"]);
        let drafted = [
            "task_duration_seconds/blog_post/awaiting_approval/count=1",
            "task_duration_seconds/blog_post/awaiting_approval/le_60000=1",
            "task_duration_seconds/blog_post/awaiting_approval/ms=45000",
        ];
        assert_eq!(names(Some(Generating), AwaitingApproval), drafted);
        assert_eq!(names(Some(Generating), Failed).len(), 4, "an end and a duration");
    }

    #[test]
    fn an_article_that_stays_live_is_not_counted_as_another() {
        use TaskState::{AwaitingApproval, Generating, Published};
        assert!(of("cancelled", Some(AwaitingApproval), Published).is_empty());
        assert!(of("rejected", Some(AwaitingApproval), Published).is_empty());
        assert_eq!(of("gave_up", Some(Generating), Published), ["tasks_completed_total/blog_post/failed=1"]);
    }

    #[test]
    fn what_goes_up_and_down_is_told_with_its_label_or_without() {
        let queue = |values| Gauge { name: "queue_messages", help: "Waiting.", label: Some("queue"), values };
        let stuck = Gauge { name: "overdue_items", help: "Stuck.", label: None, values: vec![(String::new(), 3.0)] };
        let told = gauges(&[queue(vec![("work".to_owned(), 2.0)]), stuck]);
        assert!(told.contains("# TYPE queue_messages gauge\nqueue_messages{queue=\"work\"} 2\n"), "{told}");
        assert!(told.ends_with("overdue_items 3\n"), "{told}");
        assert_eq!(gauges(&[queue(vec![])]).lines().count(), 2, "what is not known is not told");
    }

    #[test]
    fn what_is_counted_is_told_in_prometheus_format() {
        let mut requests = Tally::duration(Metric::ApiRequestDuration, &["create-task"], Duration::from_millis(12));
        requests.add_duration(&["create-task"], Duration::from_millis(700));
        requests.add_duration(&["create-task"], Duration::from_mins(1));
        let created = Tally::one(Metric::TasksCreated, &["email"]);
        let totals = [created, requests, Tally::one(Metric::CacheHits, &["search"])];
        let mut totals: BTreeMap<Metric, Counters> = totals.map(|tally| (tally.metric, tally.adds)).into();
        let mut by_route = Tally::of_nothing(Metric::HttpRequests);
        by_route.add(&["GET", "/api/content/tasks/{task_id}", "200"], 2);
        totals.insert(Metric::HttpRequests, by_route.adds);
        let mut cost = Tally::of_nothing(Metric::ProviderCost);
        cost.add(&["openai"], 12_500);
        totals.insert(Metric::ProviderCost, cost.adds);
        let text = exposition(&totals);
        for line in [
            "# TYPE tasks_created_total counter",
            "tasks_created_total{task_type=\"email\"} 1",
            "# TYPE api_request_duration_seconds histogram",
            "api_request_duration_seconds_bucket{function=\"create-task\",le=\"0.01\"} 0",
            "api_request_duration_seconds_bucket{function=\"create-task\",le=\"0.025\"} 1",
            "api_request_duration_seconds_bucket{function=\"create-task\",le=\"1\"} 2",
            "api_request_duration_seconds_bucket{function=\"create-task\",le=\"10\"} 2",
            "api_request_duration_seconds_bucket{function=\"create-task\",le=\"+Inf\"} 3",
            "api_request_duration_seconds_sum{function=\"create-task\"} 60.712",
            "api_request_duration_seconds_count{function=\"create-task\"} 3",
            "cache_hits_total{kind=\"search\"} 1",
            "http_requests_total{method=\"GET\",route=\"/api/content/tasks/{task_id}\",status=\"200\"} 2",
            "provider_cost_usd_total{provider=\"openai\"} 0.0125",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
