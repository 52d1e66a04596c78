//! How long a task takes when every provider answers after a known time: `make bench-pipeline`. The phases of an article on
//! the critical path are five (research, outline, draft, assess, finalize), so five times that is the minimum; the rest
//! is Galley's own time. Each row uses a stack of its own, whose first task runs on cold functions.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken bench is a failed bench")]

use std::time::Duration;

use galley_local::fake_providers::{FakeProviders, PAGES, Temper};
use galley_tests::{Galley, options, usage};
use jiff::Timestamp;
use serde_json::{Value, json};

const PHASES: u32 = 5;
const TASKS: usize = 7;

#[tokio::main]
async fn main() {
    if usage::told(
        "Measures how long a task takes when every provider answers after a known time.\n\nUsage: bench-pipeline",
    ) {
        return;
    }
    println!("latency_ms  least_ms  cold_ms  median_ms  slowest_ms  median/least");
    let mut rows = Vec::new();
    for latency_ms in [200, 500, 1000] {
        let row = measured(Duration::from_millis(latency_ms)).await;
        println!(
            "{latency_ms:>10}  {:>8}  {:>7}  {:>9}  {:>10}  {:>12.3}",
            row["least_ms"],
            row["cold_ms"],
            row["median_ms"],
            row["slowest_ms"],
            row["ratio"].as_f64().unwrap()
        );
        rows.push(row);
    }
    println!("{}", json!({"phases": PHASES, "tasks_each": TASKS, "rows": rows}));
    assert!(rows.iter().all(|row| row["ratio"].as_f64().unwrap() <= 1.1), "more than a tenth beyond the least");
}

async fn measured(latency: Duration) -> Value {
    let fake = FakeProviders::start(Temper { latency, ..Temper::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.json");
    std::fs::write(&file, fake.catalogue().to_string()).unwrap();
    let mut options = options();
    options.parameters.insert("CatalogueFile".to_owned(), file.display().to_string());
    options.parameters.insert("CallbackStandIns".to_owned(), format!("{PAGES}={}", fake.address));
    options.provider_keys = FakeProviders::keys();
    let galley = Galley::with(options).await;
    let cold = taken(&galley).await;
    let mut warm = Vec::new();
    for _ in 0..TASKS {
        warm.push(taken(&galley).await);
    }
    warm.sort_unstable();
    let least = u64::try_from((latency * PHASES).as_millis()).unwrap();
    let median = warm[TASKS / 2];
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few seconds")]
    let ratio = median as f64 / least as f64;
    json!({
        "latency_ms": latency.as_millis(), "least_ms": least, "cold_ms": cold, "median_ms": median,
        "slowest_ms": warm[TASKS - 1], "ratio": ratio,
    })
}

/// From the claim to the draft, by the task's own times.
async fn taken(galley: &Galley) -> u64 {
    // A unique topic, so that its searches are not cached.
    let topic = format!("How HTTP caching works, {}", fastrand::u32(..));
    let path = galley.create(json!({"topic": topic, "target_length": 800})).await;
    let task = galley.wait(&path, "awaiting_approval").await;
    let time = |name: &str| task[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    u64::try_from(time("updated_at").duration_since(time("started_at")).as_millis()).unwrap()
}
