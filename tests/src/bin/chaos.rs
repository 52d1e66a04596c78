//! `make chaos`, and `make chaos-targets` on the way to a real WordPress: prints a report as JSON, and fails unless the promises held.

use std::{process::ExitCode, time::Duration};

use galley_tests::{
    chaos::{Plan, run, targets},
    usage,
};

#[tokio::main]
async fn main() -> ExitCode {
    if usage::told(
        "Kills parts of the local stack while tasks are on their way; the report is JSON.\n\nUsage: chaos [targets]\n\n  TASKS=  1 to 5000, 500 where nothing is said\n  SEED=   chooses what is killed and when",
    ) {
        return ExitCode::SUCCESS;
    }
    let setting = |name: &str, default: u64| {
        let text = std::env::var_os(name).map(|text| text.to_string_lossy().into_owned());
        text.filter(|text| !text.is_empty()).map_or(Ok(default), |text| text.parse::<u64>())
    };
    let Ok(seed) = setting("SEED", 1) else {
        complain("SEED must be a whole number");
        return ExitCode::from(2);
    };
    let tasks = setting("TASKS", 500).ok().filter(|tasks| (1..=5000).contains(tasks));
    let Some(tasks) = tasks.and_then(|tasks| usize::try_from(tasks).ok()) else {
        complain("TASKS must be a whole number, 1 to 5000");
        return ExitCode::from(2);
    };
    if std::env::args().nth(1).as_deref() == Some("targets") {
        let report = targets::run(seed, tasks).await;
        show(&serde_json::to_string_pretty(&report).unwrap_or_default());
        return if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let report = run(Plan { seed, tasks, clients: 8, at_most: Duration::from_secs(200) }).await;
    show(&serde_json::to_string_pretty(&report).unwrap_or_default());
    if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn show(report: &str) {
    println!("{report}");
}

#[expect(clippy::print_stderr, reason = "a person reads it")]
fn complain(what: &str) {
    eprintln!("{what}");
}
