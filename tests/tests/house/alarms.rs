//! The template's alarms, held against what they are for, and run.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{collections::BTreeMap, time::Duration};

use galley_domain::{
    generation::breaker::{Admission, Breaker},
    kernel::{clock::Clock, timings::Timings},
    metrics::Metric,
    task::store::TaskStore,
};
use galley_testkit::{MemoryStore, build::a_task, clock::TestClock, fakes::MemoryQueue, measured};
use galley_tests::{
    alarms::{Alarms, Key, Metrics},
    root,
};
use jiff::{SignedDuration, Timestamp};
use sweep_tasks::App;
use yaml_serde::Value;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn resources() -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: Value = yaml_serde::from_str(&text).unwrap();
    let all = yaml["Resources"].as_mapping().unwrap();
    all.iter().map(|(id, resource)| (id.as_str().unwrap().to_owned(), resource.clone())).collect()
}

/// What a `!Ref` names.
fn named(value: &Value) -> Option<&str> {
    let Value::Tagged(tagged) = value else { return None };
    tagged.value.as_str()
}

/// How often alarms watch a metric of Lambda, by function and alarm.
fn watched(metric: &str) -> BTreeMap<String, Vec<String>> {
    fn dimensions<'a>(value: &'a Value, metric: &str, found: &mut Vec<&'a str>) {
        if value.get("MetricName").and_then(Value::as_str) == Some(metric) && value["Namespace"] == "AWS/Lambda" {
            let all = value["Dimensions"].as_sequence().unwrap();
            found.extend(all.iter().filter_map(|dimension| named(&dimension["Value"])));
        }
        let inner = value.as_mapping().into_iter().flat_map(|mapping| mapping.values());
        for inner in inner.chain(value.as_sequence().into_iter().flatten()) {
            dimensions(inner, metric, found);
        }
    }
    let mut watched = BTreeMap::<String, Vec<String>>::new();
    for (id, resource) in resources().iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm") {
        let mut found = Vec::new();
        dimensions(resource, metric, &mut found);
        for function in found {
            watched.entry(function.to_owned()).or_default().push(id.clone());
        }
    }
    watched
}

/// All but the one that only deployments call, and wait for.
fn functions() -> Vec<String> {
    let all = resources().into_iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    all.map(|(id, _)| id).filter(|id| id != "SmokeTestFunction").collect()
}

#[test]
fn every_function_rings_when_it_crashes_or_is_refused() {
    let functions = functions();
    assert!(functions.len() >= 15);
    for metric in ["Errors", "Throttles"] {
        let watched = watched(metric);
        for function in &functions {
            assert_eq!(watched.get(function).map(Vec::len), Some(1), "{metric} of {function}: {watched:?}");
        }
        assert_eq!(watched.len(), functions.len(), "{watched:?}");
    }
}

/// `CloudWatch` refuses an alarm on more
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>).
#[test]
fn no_alarm_adds_up_more_than_ten_metrics_or_looks_back_over_more_than_a_day() {
    for (id, resource) in resources().iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm") {
        let properties = &resource["Properties"];
        let queries: Vec<&Value> = properties["Metrics"].as_sequence().into_iter().flatten().collect();
        let metrics = queries.iter().filter(|query| query.get("MetricStat").is_some());
        assert!(metrics.count() <= 10, "{id}");
        let periods = queries.iter().filter_map(|query| query["MetricStat"]["Period"].as_u64());
        let period = periods.chain(properties["Period"].as_u64()).max().unwrap();
        assert!(period * properties["EvaluationPeriods"].as_u64().unwrap() <= 86_400, "{id}");
    }
}

/// The alarms that a canary looks at. Whatever takes over at once looks at none: a restored table is taken into use while alarms ring.
fn canary(properties: &Value) -> Option<Vec<Value>> {
    let alarms = properties["DeploymentPreference"]["Alarms"].as_sequence()?;
    assert_eq!((alarms.len(), &alarms[0]), (3, &Value::from("WithCanary")), "not of a canary alone: {alarms:?}");
    assert_eq!(alarms[2].as_sequence().unwrap().iter().filter_map(named).collect::<Vec<_>>(), ["AWS::NoValue"]);
    alarms[1].as_sequence().cloned()
}

/// A canary that does not look at its own function's errors gives all calls to whatever crashes.
#[test]
fn every_functions_canary_watches_its_own_crashes() {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: Value = yaml_serde::from_str(&text).unwrap();
    let of_all = canary(&yaml["Globals"]["Function"]).unwrap();
    let crashes = watched("Errors");
    let all = resources();
    for function in functions() {
        let (_, resource) = all.iter().find(|(id, _)| *id == function).unwrap();
        // A function's own stand in the place of those of all, which are an intrinsic function for SAM and no list.
        let own = canary(&resource["Properties"]);
        let alarms: Vec<&str> = own.as_ref().unwrap_or(&of_all).iter().filter_map(named).collect();
        assert!(of_all.iter().filter_map(named).all(|alarm| alarms.contains(&alarm)), "{function}: {alarms:?}");
        assert!(crashes[&function].iter().any(|alarm| alarms.contains(&alarm.as_str())), "{function}: {alarms:?}");
    }
}

/// One that tells nobody is half of a pair, and one that does is found where it sends whoever it wakes.
#[test]
fn every_alarm_tells_somebody_and_is_named_in_the_runbook() {
    let (alarms, runbook) = (Alarms::load(), std::fs::read_to_string(root().join("docs/runbook.md")).unwrap());
    for name in alarms.names() {
        assert!(runbook.contains(&format!("`{name}`")), "{name}");
    }
    let silent = alarms.silent();
    assert!(silent.is_empty(), "{silent:?}");
}

fn of_galley(metric: Metric) -> Key {
    Key::new("Galley", metric.name(), &[("stage", "dev")])
}

/// What the sweeper measures in minutes that follow each other, each of which begins with `happens`.
async fn swept(minutes: i64, mut happens: impl AsyncFnMut(&MemoryStore, i64)) -> Metrics {
    let clock = TestClock::at("2026-11-20T13:00:00Z");
    let app = App { store: MemoryStore::default(), queue: MemoryQueue::default(), clock };
    let mut metrics = Metrics::default();
    measured::take();
    for minute in 0..minutes {
        happens(&app.store, minute).await;
        app.handle(app.clock.now() + SignedDuration::from_secs(60)).await;
        for (metric, value) in measured::take() {
            metrics.add(of_galley(metric), minute * MINUTE, value);
        }
        app.clock.advance(SignedDuration::from_mins(1));
    }
    metrics
}

#[tokio::test]
async fn a_task_that_is_stuck_rings_within_a_quarter_of_an_hour() {
    // It was due an hour before the first minute, and moves never.
    let night = swept(60, async |store, minute| {
        if minute == 20 {
            store.accept(a_task().accepted()).await.unwrap();
        }
    })
    .await;
    let first = Alarms::load().first("OverdueAlarm", &night, 10 * MINUTE, HOUR).unwrap() + 10;
    assert!((20..=35).contains(&first), "{first}");
}

#[tokio::test]
async fn a_sweeper_that_is_dead_rings_within_six_minutes_and_one_that_is_slow_does_not() {
    let alive = swept(30, async |_, _| {}).await;
    let alarms = Alarms::load();
    assert_eq!(alarms.first("OverdueAlarm", &alive, 10 * MINUTE, 30 * MINUTE), None);
    // Three minutes without a word, as a run that sends a great many messages again.
    assert_eq!(alarms.first("OverdueAlarm", &alive, 30 * MINUTE, 33 * MINUTE), None);
    let dead = alarms.first("OverdueAlarm", &alive, 30 * MINUTE, HOUR).unwrap();
    assert!(dead <= 6, "{dead}");
}

/// Each is sent for in its minute, and done in the next.
#[tokio::test]
async fn what_is_sent_for_and_moves_rings_nothing_however_much_of_it_there_is() {
    let mut metrics = Metrics::default();
    for minute in 0..60 {
        metrics.add(of_galley(Metric::Overdue), minute * MINUTE, 12.0);
        metrics.add(of_galley(Metric::OverdueAge), minute * MINUTE, 61.0);
    }
    assert_eq!(Alarms::load().first("OverdueAlarm", &metrics, 10 * MINUTE, HOUR), None);
}

/// A call every five seconds, which fails while the provider is down; what its breaker then counts.
fn calls(down: impl Fn(i64) -> bool, lasts_s: i64) -> Metrics {
    let mut metrics = Metrics::default();
    let mut breaker = Breaker::default();
    let mut second = 0;
    while second < HOUR {
        let now = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let admitted = breaker.admit(now(second), Duration::from_mins(5));
        if !matches!(admitted, Admission::Refused(_)) {
            if let Admission::Trial(trying) = admitted {
                breaker = trying;
            }
            let ended = second + if down(second) { lasts_s } else { 0 };
            if down(second) {
                let failed = breaker.failed(now(ended));
                if failed.opened_since(&breaker) {
                    metrics.add(of_galley(Metric::BreakerOpened), ended, 1.0);
                }
                breaker = failed;
            } else {
                breaker = breaker.succeeded().unwrap_or(breaker);
            }
        }
        second += 5;
    }
    metrics
}

#[test]
fn a_provider_that_stays_down_rings_within_ten_minutes_and_one_that_blinks_does_not() {
    let alarms = Alarms::load();
    let down = calls(|second| second >= 20 * MINUTE, 1);
    let first = alarms.first("BreakerAlarm", &down, 10 * MINUTE, HOUR).unwrap() + 10;
    assert!((20..=30).contains(&first), "{first}");
    let blinks = calls(|second| (20 * MINUTE..20 * MINUTE + 40).contains(&second), 1);
    assert_eq!(alarms.first("BreakerAlarm", &blinks, 10 * MINUTE, HOUR), None);
}

/// A single task at work while its one provider is down, from the twentieth minute on: what the breaker counts of it. It is asked again as late
/// as a worker may ask.
fn alone(lasts: SignedDuration) -> Metrics {
    let (timings, began) = (Timings::default(), Timestamp::from_second(1_800_000_000 + 20 * MINUTE).unwrap());
    let (mut metrics, mut breaker, mut now) = (Metrics::default(), Breaker::default(), began);
    let mut attempt = 0;
    while now.duration_since(began) < SignedDuration::from_mins(40) {
        attempt += 1;
        for round in 1..=3 {
            match breaker.admit(now, Duration::from_mins(5)) {
                Admission::Refused(_) => break,
                Admission::Trial(trying) => breaker = trying,
                Admission::Go => {}
            }
            now += lasts;
            let failed = breaker.failed_after(lasts, now);
            if failed.opened_since(&breaker) {
                metrics.add(of_galley(Metric::BreakerOpened), now.as_second() - 1_800_000_000, 1.0);
            }
            breaker = failed;
            now += SignedDuration::try_from(timings.retry_soon(round, [255; 10])).unwrap();
        }
        // What hangs may have cost something, so that its attempts are counted, and there are three; what costs nothing waits by its outage.
        let hangs = lasts > SignedDuration::from_mins(1);
        let outage = timings.tries_in(now.duration_since(began).unsigned_abs());
        let tries = if hangs { attempt.min(3) } else { outage };
        now += SignedDuration::try_from(timings.retry(tries, [255; 10])).unwrap();
    }
    metrics
}

/// As `alone`, where nobody is there: a look says so, and no call is made.
fn unreachable_alone() -> Metrics {
    let (timings, began) = (Timings::default(), Timestamp::from_second(1_800_000_000 + 20 * MINUTE).unwrap());
    let (mut metrics, mut breaker, mut now) = (Metrics::default(), Breaker::default(), began);
    while now.duration_since(began) < SignedDuration::from_mins(40) {
        if let Some(next) = breaker.unreachable(now) {
            if next.opened_since(&breaker) {
                metrics.add(of_galley(Metric::BreakerOpened), now.as_second() - 1_800_000_000, 1.0);
            }
            breaker = next;
        }
        let tries = timings.tries_in(now.duration_since(began).unsigned_abs());
        now += SignedDuration::try_from(timings.retry(tries, [255; 10])).unwrap();
    }
    metrics
}

/// With as little to go by as one task.
#[test]
fn a_provider_that_fails_a_lone_task_rings_within_a_quarter_of_an_hour_and_one_that_hangs_within_twenty_minutes() {
    for (lasts, within) in [(SignedDuration::from_secs(1), 15), (SignedDuration::from_mins(5), 20)] {
        let first = Alarms::load().first("BreakerAlarm", &alone(lasts), 10 * MINUTE, HOUR).unwrap() + 10;
        assert!((20..=20 + within).contains(&first), "{lasts:?}: {first}");
    }
    let first = Alarms::load().first("BreakerAlarm", &unreachable_alone(), 10 * MINUTE, HOUR).unwrap() + 10;
    assert!((20..=35).contains(&first), "nobody is there: {first}");
}

/// Requests of the API in each minute, and how many of them are answered with 5xx.
fn requests(of_minute: impl Fn(i64) -> (f64, f64)) -> Metrics {
    let of_api = |name: &str| Key::new("AWS/ApiGateway", name, &[("ApiId", "Api"), ("Stage", "$default")]);
    let mut metrics = Metrics::default();
    for minute in 0..12 * 60 {
        let (count, failed) = of_minute(minute);
        metrics.add(of_api("Count"), minute * MINUTE, count);
        metrics.add(of_api("5xx"), minute * MINUTE, failed);
        metrics.add(of_galley(Metric::ApiRequests), minute * MINUTE, count);
        metrics.add(of_galley(Metric::ApiErrors), minute * MINUTE, failed);
    }
    metrics
}

#[test]
fn an_outage_with_few_requests_burns_the_budget_and_rings_within_six_minutes() {
    let alarms = Alarms::load();
    let out_after = |minute: i64| move |at: i64| (2.0, if at >= minute { 2.0 } else { 0.0 });
    let night = requests(out_after(9 * 60));
    assert_eq!(alarms.first("ErrorsCriticalAlarm", &night, 8 * HOUR, 12 * HOUR), None, "too few in a minute");
    let first = alarms.first("AvailabilityFastBurnAlarm", &night, 8 * HOUR, 12 * HOUR).unwrap();
    assert!((60..=66).contains(&first), "{first}");
}

#[test]
fn an_outage_of_many_requests_rings_within_four_minutes() {
    let night = requests(|at| (300.0, if at >= 9 * 60 { 40.0 } else { 0.0 }));
    let first = Alarms::load().first("ErrorsCriticalAlarm", &night, 8 * HOUR, 12 * HOUR).unwrap();
    assert!((60..=64).contains(&first), "{first}");
}

#[test]
fn a_small_share_of_errors_burns_the_budget_slowly_and_the_objectives_own_share_does_not() {
    let alarms = Alarms::load();
    let of_hundred = |failed: f64| requests(move |at| (100.0, if at >= 6 * 60 { failed } else { 0.0 }));
    let slow = of_hundred(1.0);
    assert_eq!(alarms.first("AvailabilityFastBurnAlarm", &slow, 6 * HOUR, 12 * HOUR), None);
    let first = alarms.first("AvailabilitySlowBurnAlarm", &slow, 6 * HOUR, 12 * HOUR).unwrap();
    assert!((180..=300).contains(&first), "{first}");
    let within = of_hundred(0.1);
    let ringing = alarms.ringing(&within, 6 * HOUR, 12 * HOUR);
    assert!(!ringing.iter().any(|name| name.starts_with("Availability") || name.starts_with("Errors")), "{ringing:?}");
}

/// Ten requests of a function in each minute, so many of which take a second, and of all functions alike.
fn durations(function: &str, slow: usize, from: i64, seconds: f64) -> Metrics {
    let mut metrics = Metrics::default();
    for minute in 0..180 {
        for nth in 0..10 {
            let took = if minute >= from && nth < slow { seconds } else { 0.05 };
            let of_function = [("stage", "dev"), ("function", function)];
            let name = Metric::ApiRequestDuration.name();
            metrics.add(Key::new("Galley", name, &of_function), minute * MINUTE, took);
            metrics.add(of_galley(Metric::ApiRequestDuration), minute * MINUTE, took);
        }
    }
    metrics
}

#[test]
fn requests_that_are_slow_ring_within_the_time_of_their_alarm() {
    let alarms = Alarms::load();
    let first = |name: &str, metrics: &Metrics| alarms.first(name, metrics, 110 * MINUTE, 180 * MINUTE);
    let very = durations("query-tasks", 10, 120, 6.0);
    assert!(first("LatencyCriticalAlarm", &very).is_some_and(|minute| (10..=14).contains(&minute)));
    assert!(first("LatencyWarningAlarm", &very).is_some_and(|minute| (10..=16).contains(&minute)));
    for (function, name) in [("query-tasks", "ReadLatencyBurnAlarm"), ("create-task", "CreateLatencyBurnAlarm")] {
        let slow = durations(function, 5, 120, 0.6);
        // Half of them are slow: after 36 of 60 minutes that is 30 % of the hour.
        assert!(first(name, &slow).is_some_and(|minute| (40..=50).contains(&minute)), "{name}");
        assert_eq!(first(name, &durations(function, 1, 120, 0.6)), None, "{name}: one in ten");
        assert_eq!(first("LatencyWarningAlarm", &slow), None);
        let mut quiet = Metrics::default();
        let key = Key::new("Galley", "api_request_duration_seconds", &[("stage", "dev"), ("function", function)]);
        (0..9).for_each(|nth| quiet.add(key.clone(), (120 + nth) * MINUTE, 3.0));
        assert_eq!(first(name, &quiet), None, "{name}: nine in a quiet hour, all slow");
        quiet.add(key, 129 * MINUTE, 3.0);
        assert!(first(name, &quiet).is_some(), "{name}: the tenth");
    }
}
