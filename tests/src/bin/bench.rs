//! What functions cost, beside a hello-world of the same profile, the same create with everything's default settings, and
//! the same create in Python: `make bench`. `bench check` compares what does not depend on the machine's mood with
//! `bench/baseline.json`; `bench keep` writes that.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken bench is a failed bench")]

use std::{collections::BTreeMap, path::Path, process::ExitCode, time::Instant};

use galley_tests::{
    Galley,
    bench::{
        growth, median, median_of, ms,
        process::{cpu, peak_kib},
        subjects::Subject,
        zipped,
    },
    options, root,
};
use serde_json::{Value, json};

const FUNCTIONS: [&str; 4] = ["create-task", "query-tasks", "ingest-webhook", "process-task"];
/// Starts of each, of which the median is taken.
const STARTS: usize = 7;
const WARM: usize = 200;
/// Invocations between which callgrind counts.
const COUNTED: usize = 11;
/// So much more than the baseline is refused.
const TOLERANCE: f64 = 1.05;

async fn galley() -> Galley {
    let mut options = options();
    for name in ["CreatePerMinute", "ReadPerMinute", "WebhooksPerMinute", "UserTasksPerDay", "OrgTasksPerDay"] {
        options.parameters.insert(name.to_owned(), "4000000".to_owned());
    }
    // The messages are for whoever is measured.
    options.deliver = false;
    Galley::with(options).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mode = std::env::args().nth(1);
    let galley = galley().await;
    match mode.as_deref() {
        None => {
            everything(&galley).await;
            ExitCode::SUCCESS
        }
        Some("keep") => {
            let baseline = serde_json::to_string_pretty(&steady(&galley).await).unwrap();
            std::fs::write(root().join("bench/baseline.json"), format!("{baseline}\n")).unwrap();
            ExitCode::SUCCESS
        }
        Some("check") => check(&steady(&galley).await),
        // With CALLGRIND_OUT, for whoever wants to know where it goes.
        Some("profile") => {
            let name = std::env::args().nth(2).unwrap_or_default();
            let name = FUNCTIONS.into_iter().find(|known| *known == name).unwrap();
            println!("{}", instructions(&galley, &Subject::function(&galley, name)).await);
            ExitCode::SUCCESS
        }
        Some(other) => {
            println!("{other} is neither keep nor check");
            ExitCode::FAILURE
        }
    }
}

/// What does not depend on the machine's mood: instructions, size, memory.
async fn steady(galley: &Galley) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    for name in ["hello"].into_iter().chain(FUNCTIONS) {
        let subject = Subject::function(galley, name);
        let mut row = instructions(galley, &subject).await;
        row["peak_kib"] = json!(memory(galley, &subject).await);
        row["zip_bytes"] = json!(zipped(subject.binary.as_ref().unwrap()));
        rows.insert(name.to_owned(), row);
    }
    rows
}

fn check(now: &BTreeMap<String, Value>) -> ExitCode {
    let kept: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(root().join("bench/baseline.json")).unwrap()).unwrap();
    let mut worse = false;
    for (name, row) in now {
        for (what, value) in row.as_object().unwrap() {
            let (value, before) = (value.as_f64().unwrap(), kept[name][what].as_f64().unwrap());
            let ratio = value / before;
            println!("{name:<16} {what:<20} {value:>12} {before:>12} {ratio:>6.3}");
            worse |= ratio > TOLERANCE;
        }
    }
    if worse {
        println!("more than a twentieth above bench/baseline.json; if that is meant, `make bench-keep`");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn instructions(galley: &Galley, subject: &Subject) -> Value {
    let of = async |count| subject.program.instructions(subject.events(galley, count).await).await;
    let (init, first, more) = (of(0).await, of(1).await, of(COUNTED).await);
    let warm = (more - first) / u64::try_from(COUNTED - 1).unwrap();
    json!({"init_instructions": init, "first_instructions": first - init, "warm_instructions": warm})
}

/// The most memory after some work.
async fn memory(galley: &Galley, subject: &Subject) -> u64 {
    let (mut running, _) = subject.program.start().await;
    for event in subject.events(galley, 20).await {
        running.runtime.invoke(event).await;
    }
    peak_kib(&running.child)
}

async fn everything(galley: &Galley) {
    let python = root().join(".tools/bench/bin/python");
    let with_peers = python.exists();
    let mut subjects: Vec<Subject> =
        ["hello", "create-default"].into_iter().chain(FUNCTIONS).map(|name| Subject::function(galley, name)).collect();
    if with_peers {
        subjects.push(Subject::peer(galley, "python-lambda", &python, &["-m", "awslambdaric", "function.handler"]));
    }
    let mut rows: BTreeMap<&str, Value> = BTreeMap::new();
    // They take turns, so that the machine's mood is shared out.
    let mut cold: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut first: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..STARTS {
        for subject in &subjects {
            let event = subject.events(galley, 1).await.remove(0);
            let (mut running, started) = subject.program.start().await;
            cold.entry(subject.name).or_default().push(ms(started));
            first.entry(subject.name).or_default().push(ms(running.runtime.invoke(event).await.0));
        }
    }
    for subject in &subjects {
        let mut row = warm(galley, subject).await;
        row["cold_ms"] = json!(median_of(cold.remove(subject.name).unwrap()));
        row["first_ms"] = json!(median_of(first.remove(subject.name).unwrap()));
        if let Some(binary) = &subject.binary {
            row["zip_bytes"] = json!(zipped(binary));
            for (name, value) in instructions(galley, subject).await.as_object().unwrap() {
                row[name] = value.clone();
            }
        }
        rows.insert(subject.name, row);
    }
    if with_peers {
        rows.insert("fastapi", service(galley, &python).await);
    }
    print(&rows);
    grown(galley).await;
    println!("{}", json!(rows));
}

async fn warm(galley: &Galley, subject: &Subject) -> Value {
    let events = subject.events(galley, WARM + 5).await;
    let (mut running, _) = subject.program.start().await;
    let (mut took, mut before) = (Vec::new(), cpu(&running.child));
    for (nth, event) in events.into_iter().enumerate() {
        if nth == 5 {
            (took, before) = (Vec::new(), cpu(&running.child));
        }
        took.push(running.runtime.invoke(event).await.0);
    }
    let used = cpu(&running.child).checked_sub(before).unwrap();
    let cpu_ms = ms(used) / f64::from(u32::try_from(WARM).unwrap());
    json!({"warm_ms": ms(median(took)), "cpu_ms": cpu_ms, "peak_kib": peak_kib(&running.child)})
}

/// The peer that is no function: its requests come over HTTP.
async fn service(galley: &Galley, python: &Path) -> Value {
    let port = 18_000 + fastrand::u16(..2000);
    let port_text = port.to_string();
    let arguments = ["-m", "uvicorn", "service:app", "--port", &port_text, "--log-level", "warning"];
    let subject = Subject::peer(galley, "fastapi", python, &arguments);
    let (url, client) = (format!("http://127.0.0.1:{port}"), reqwest::Client::new());
    let mut cold = Vec::new();
    let mut child = None;
    for _ in 0..STARTS {
        drop(child.take());
        let (started, took) = subject.program.serve(&client, &format!("{url}/ready")).await;
        cold.push(ms(took));
        child = Some(started);
    }
    let child = child.unwrap();
    let body = json!({"topic": "How HTTP caching works", "target_length": 800, "tags": ["http"]});
    let (mut took, mut before, mut first) = (Vec::new(), cpu(&child), 0.0);
    for nth in 0..WARM + 5 {
        if nth == 5 {
            (took, before) = (Vec::new(), cpu(&child));
        }
        let began = Instant::now();
        let request = client.post(format!("{url}/api/content/tasks")).header("authorization", "Bearer x").json(&body);
        assert_eq!(request.send().await.unwrap().status(), 201);
        took.push(began.elapsed());
        if nth == 0 {
            first = ms(began.elapsed());
        }
    }
    let cpu_ms = ms(cpu(&child).checked_sub(before).unwrap()) / f64::from(u32::try_from(WARM).unwrap());
    json!({
        "cold_ms": median_of(cold), "first_ms": first, "warm_ms": ms(median(took)), "cpu_ms": cpu_ms,
        "peak_kib": peak_kib(&child),
    })
}

fn print(rows: &BTreeMap<&str, Value>) {
    let columns = [
        "cold_ms",
        "first_ms",
        "warm_ms",
        "cpu_ms",
        "peak_kib",
        "zip_bytes",
        "init_instructions",
        "first_instructions",
        "warm_instructions",
    ];
    let heads =
        ["cold ms", "first ms", "warm ms", "cpu ms", "peak KiB", "zip B", "init instr", "first instr", "warm instr"];
    println!("{:<16}{}", "", heads.map(|head| format!("{head:>13}")).concat());
    let cell = |value: &Value| match value {
        Value::Null => format!("{:>13}", "-"),
        value if value.is_f64() => format!("{:>13.2}", value.as_f64().unwrap()),
        value => format!("{:>13}", value.to_string()),
    };
    for (name, row) in rows {
        println!("{name:<16}{}", columns.map(|column| cell(&row[column])).concat());
    }
    println!("\nas multiples of hello:");
    for (name, row) in rows {
        let ratio = |column: &str| {
            let (own, least) = (row[column].as_f64(), rows["hello"][column].as_f64());
            own.zip(least).map_or_else(|| format!("{:>13}", "-"), |(own, least)| format!("{:>13.2}", own / least))
        };
        println!("{name:<16}{}", columns.map(ratio).concat());
    }
}

async fn grown(galley: &Galley) {
    println!("\n{:<16}{:>10}{:>10}{:>10}{:>12}   median ms", "tasks", "list", "read", "create", "table alone");
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    let like = growth::stored(galley, &path).await;
    let (mut from, mut rows) = (0, Vec::new());
    for until in [1000, 10_000, 100_000] {
        growth::fill(galley, &like, from, until).await;
        from = until;
        let measured = growth::measured(galley, &path).await;
        let [list, read, create, alone] = measured;
        println!("{until:<16}{list:>10.2}{read:>10.2}{create:>10.2}{alone:>12.2}");
        rows.push(measured);
    }
    let (least, most) = (rows[0], rows[rows.len() - 1]);
    let ratio = |at: usize| format!("{:>10.2}", most[at] / least[at]);
    println!("{:<16}{}{}{}  {}", "100k / 1k", ratio(0), ratio(1), ratio(2), ratio(3));
}
