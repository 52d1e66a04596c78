//! The rules of Prometheus are the template's alarms, and Prometheus itself reads and runs them.

use std::{collections::BTreeSet, process::Command};

use galley_domain::metrics::{
    Metric,
    stats::{buckets, precise},
};
use galley_tests::{
    alarms::Alarms,
    dashboard::{self, dashboard},
    prometheus::{FILE, OF_THE_ACCOUNT, names, rules},
    root,
};

#[test]
fn the_rules_are_those_of_the_template() {
    let written = std::fs::read_to_string(root().join(FILE)).unwrap();
    assert!(written == rules(), "{FILE}: run `make generate`");
    let here: BTreeSet<&str> = names().chain(OF_THE_ACCOUNT).collect();
    assert_eq!(here.len(), names().count() + OF_THE_ACCOUNT.len(), "an alarm is a rule, or the account's own");
    let alarms = Alarms::load();
    let all: BTreeSet<&str> = alarms.names().iter().map(String::as_str).collect();
    assert_eq!(here, all, "an alarm is a rule, or nobody of ours can see it");
}

/// Between two bounds a quantile is guessed.
#[test]
fn an_alarm_on_how_long_requests_take_begins_at_a_bound_of_a_bucket() {
    let (alarms, bounds) = (Alarms::load(), buckets(Metric::ApiRequestDuration));
    let of_latency: Vec<&str> = names().filter(|name| name.contains("Latency")).collect();
    assert_eq!(of_latency.len(), 4);
    for name in of_latency {
        for threshold in alarms.told(name).thresholds {
            assert!(
                bounds.iter().any(|bound| (precise(*bound) / 1000.0 - threshold).abs() < 1e-9),
                "{name}: {threshold}"
            );
        }
    }
}

#[test]
fn grafana_knows_all_that_the_dashboard_has() {
    let written = std::fs::read_to_string(root().join(dashboard::FILE)).unwrap();
    assert!(written == dashboard(), "{}: run `make generate`", dashboard::FILE);
    let mut command = Command::new(root().join(".tools/bin/python"));
    let ended =
        command.arg(root().join("tests/metrics/dashboard.py")).arg(root().join(dashboard::FILE)).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

/// Debian's `prometheus` has `promtool`.
#[test]
fn prometheus_reads_the_rules_and_they_ring_when_they_should_and_not_before() {
    for (what, file) in [("check", FILE), ("test", "tests/metrics/rules.test.yaml")] {
        let ended = Command::new("promtool").args([what, "rules"]).arg(root().join(file)).output();
        let ended = ended.expect("no promtool: install Debian's package `prometheus`");
        let told = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{what}: {told}");
    }
    let tests = std::fs::read_to_string(root().join("tests/metrics/rules.test.yaml")).unwrap();
    for name in names() {
        assert!(tests.contains(&format!("alertname=\"{name}\"")), "{name} is not seen to ring");
    }
}
