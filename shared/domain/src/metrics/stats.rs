//! What is counted in the table: what `/metrics` tells. Most of it is written in the transaction of what it counts, so that
//! it counts it exactly once. The totals never fall.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use crate::kernel::error::StoreError;
use crate::{
    content::kind::TaskType,
    metrics::{self, Metric},
    task::{audit::AuditEvent, state::TaskState},
};
use std::future::Future;

/// Spread over so many items, or a busy counter would make its writers collide.
pub const SHARDS: u8 = 16;

/// All metrics that are counted here.
pub const COUNTED: [Metric; 6] = [
    Metric::TasksCreated,
    Metric::TasksCompleted,
    Metric::TaskDuration,
    Metric::ApiRequestDuration,
    Metric::CacheHits,
    Metric::CacheMisses,
];

/// Upper bounds of the buckets of durations, in milliseconds.
pub const fn buckets(metric: Metric) -> &'static [u64] {
    match metric {
        Metric::TaskDuration => &[10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000],
        Metric::ApiRequestDuration => &[10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
        _ => &[],
    }
}

/// The counters of one metric, by name: its labels' values with `/` between, and for durations what of them is counted:
/// `count`, `ms`, and `le_<bound>` for the one bucket that each falls into.
pub type Counters = BTreeMap<String, u64>;

/// Stands for a counter that has no labels.
const WHOLE: &str = "all";

/// How much is added to some counters of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub metric: Metric,
    pub adds: Counters,
}

impl Tally {
    /// One more.
    pub fn one(metric: Metric, labels: &[&str]) -> Self {
        Self { metric, adds: [(name(labels, None), 1)].into() }
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
    let parts: Vec<&str> = labels.iter().copied().chain(part).collect();
    if parts.is_empty() { WHOLE.to_owned() } else { parts.join("/") }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
const fn precise(count: u64) -> f64 {
    count as f64
}

/// Prometheus' text format (<https://prometheus.io/docs/instrumenting/exposition_formats/>), version 0.0.4.
pub fn exposition(totals: &BTreeMap<Metric, Counters>) -> String {
    let mut text = String::new();
    for (metric, counters) in totals {
        let is_duration = !buckets(*metric).is_empty();
        let kind = if is_duration { "histogram" } else { "counter" };
        text.push_str(&format!("# HELP {0} {1}\n# TYPE {0} {kind}\n", metric.name(), metric.help()));
        if is_duration {
            histogram(&mut text, *metric, counters);
        } else {
            for (counter, value) in counters {
                text.push_str(&format!("{}{} {value}\n", metric.name(), labelled(*metric, counter, None)));
            }
            if counters.is_empty() && metric.labels().is_empty() {
                text.push_str(&format!("{} 0\n", metric.name()));
            }
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
    let pairs: Vec<String> =
        values.chain(bound.map(|bound| ("le", bound))).map(|(label, value)| format!("{label}=\"{value}\"")).collect();
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
    fn what_is_counted_is_told_in_prometheus_format() {
        let mut requests = Tally::duration(Metric::ApiRequestDuration, &["create-task"], Duration::from_millis(12));
        requests.add_duration(&["create-task"], Duration::from_millis(700));
        requests.add_duration(&["create-task"], Duration::from_mins(1));
        let created = Tally::one(Metric::TasksCreated, &["email"]);
        let totals = [created, requests, Tally::one(Metric::CacheHits, &[])];
        let mut totals: BTreeMap<Metric, Counters> = totals.map(|tally| (tally.metric, tally.adds)).into();
        totals.insert(Metric::CacheMisses, Counters::new());
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
            "cache_hits_total 1",
            "cache_misses_total 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
