//! Half a minute of chaos, always the same.
#![allow(clippy::print_stdout, reason = "a test fails by a panic")]

use std::time::Duration;

use galley_tests::chaos::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_minute_of_chaos_loses_and_doubles_nothing() {
    let report = run(Plan { seed: 7, tasks: 2000, clients: 8, at_most: Duration::from_secs(25) }).await;
    let text = serde_json::to_string_pretty(&report).expect("a report");
    println!("{text}");
    assert!(report.holds(), "{text}");
    assert!(report.verdict.settled && report.verdict.accepted >= 20, "{text}");
    assert!(report.faults.values().sum::<u64>() >= 20, "{text}");
}
