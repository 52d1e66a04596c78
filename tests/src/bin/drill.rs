//! `make drill`: rehearses a restore on the local stack and says how long it took and what it lost.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

use galley_tests::{drill, usage};

const ARTICLES: usize = 25;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    if usage::told(
        "Rehearses a restore on the local stack, and says how long it took and what it lost.\n\nUsage: drill\n\n  ARTICLES=  25 where nothing is said",
    ) {
        return std::process::ExitCode::SUCCESS;
    }
    let articles = std::env::var("ARTICLES").ok().and_then(|count| count.parse().ok()).unwrap_or(ARTICLES);
    println!("Restoring a table with {articles} live articles and as many drafts, by docs/disaster-recovery.md.\n");
    let report = drill::rehearse(articles).await;
    println!("{} items were copied, {} were deleted by the accident.", report.copied, report.deleted);
    for (step, took) in &report.steps {
        println!("  {step:<14} {:>8.1} s", took.as_secs_f64());
    }
    println!(
        "RTO {:.1} s: from the accident to the first article that was written after it.",
        report.rto().as_secs_f64()
    );
    println!(
        "RPO {:.1} s: the age of the copy; {} items that were written since are lost.",
        report.rpo.as_secs_f64(),
        report.written_since
    );
    for (pk, sk) in &report.differing {
        println!("DIFFERS: {pk} {sk}");
    }
    println!("{} items differ from the copy.", report.differing.len());
    if report.differing.is_empty() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
