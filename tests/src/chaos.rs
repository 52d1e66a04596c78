//! Chaos: the real stack under load while its processes are killed, its services fail and its provider misbehaves. In
//! the end all results are checked: nothing accepted may be lost or doubled, and the ledger must agree with the provider.

mod books;
mod clients;
mod faults;
mod plan;
mod provider;
pub mod targets;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::json;

use crate::{Galley, options};
use books::Verdict;
use faults::Faults;
use provider::Provider;

pub use plan::Plan;

/// The lease: a worker that stops is replaced after it. All other timings follow from it (see `Timings`).
const LEASE_S: &str = "3";
/// How long all tasks may take to settle after the faults have ended.
const SETTLING: Duration = Duration::from_secs(90);

/// The result of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub plan: Plan,
    pub seconds: u64,
    #[serde(flatten)]
    pub verdict: Verdict,
    pub faults: std::collections::BTreeMap<String, u64>,
    pub provider: std::collections::BTreeMap<String, u64>,
}

impl Report {
    /// Whether the promises held.
    pub fn holds(&self) -> bool {
        let verdict = &self.verdict;
        verdict.lost == 0 && verdict.doubled == 0 && verdict.ledger_mismatches.is_empty() && verdict.counters_agree
    }
}

/// Runs `plan` against a stack of its own.
pub async fn run(plan: Plan) -> Report {
    let start = Instant::now();
    let provider = Provider::start(plan.seed).await;
    let mut options = options();
    for (name, value) in [
        ("LlmBaseUrl", provider.url.as_str()),
        ("LlmModel", "chaos-model"),
        ("LlmInputPrice", "0.5"),
        ("LlmOutputPrice", "1.5"),
        ("LlmCallSeconds", "2"),
        ("LeaseSeconds", LEASE_S),
        ("MaxAttempts", "10"),
        ("UserTasksPerDay", "1000000"),
        ("OrgTasksPerDay", "1000000"),
        ("CreatePerMinute", "10000"),
        ("ReadPerMinute", "100000"),
        ("DecidePerMinute", "10000"),
        ("EditPerMinute", "10000"),
        ("AdminPerMinute", "10000"),
    ] {
        options.parameters.insert(name.to_owned(), value.to_owned());
    }
    let galley = Arc::new(Galley::with(options).await);
    let faults = Arc::new(Faults::new(plan.seed));
    faults.strike(&galley);
    let killer = tokio::spawn(faults::kill(Arc::clone(&faults), Arc::clone(&galley), &faults::VICTIMS));
    let sweeper = tokio::spawn(sweep(Arc::clone(&galley)));

    let accepted = clients::run(&galley, plan).await;
    killer.abort();
    galley.stack.fault_proxy().heal();
    provider.heal();
    let settled = tokio::time::timeout(SETTLING, books::settled(&galley)).await;
    sweeper.abort();
    let mut verdict = books::verdict(&galley, &accepted, &provider.records()).await;
    verdict.settled = settled.is_ok();
    Report { plan, seconds: start.elapsed().as_secs(), verdict, faults: faults.counted(), provider: provider.counted() }
}

/// Runs the sweeper every second instead of every minute, because the lease is three seconds instead of ninety.
async fn sweep(galley: Arc<Galley>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // A killed sweep needs no retry: the next one follows.
        drop(galley.stack.invoke("SweepTasksFunction", json!({})).await);
    }
}
