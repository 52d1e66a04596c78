//! `make chaos`: prints a report as JSON, and fails unless the promises held.

use std::{process::ExitCode, time::Duration};

use galley_tests::chaos::{Plan, run};

#[tokio::main]
async fn main() -> ExitCode {
    let setting = |name: &str, default: u64| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).map_or(Ok(default), |text| text.parse::<u64>())
    };
    let (Ok(seed), Ok(tasks)) = (setting("SEED", 1), setting("TASKS", 500)) else {
        complain("SEED and TASKS must be whole numbers");
        return ExitCode::from(2);
    };
    let tasks = usize::try_from(tasks.clamp(1, 5000)).unwrap_or(500);
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
