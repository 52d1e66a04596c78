//! Benchmarks of functions, compared with a hello-world of the same profile, the same create with all default settings, and
//! the same create in Python; and of the local stack as its table and its load grow: `make bench`. `bench check` compares
//! the figures that do not depend on the machine's load with `bench/baseline.json`; `bench keep` writes that file.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken bench is a failed bench")]

use std::{collections::BTreeMap, process::ExitCode};

use galley_tests::{
    Galley,
    bench::{
        growth::{self, Grown},
        load::{self, Kind, Load},
        median, median_of, ms,
        process::{Running, cpu, peak_kib},
        subjects::{Place, Subject},
        unthrottled, zipped,
    },
    root, usage,
};
use serde_json::{Value, json};

const FUNCTIONS: [&str; 4] = ["create-task", "query-tasks", "ingest-webhook", "process-task"];
/// Starts of each, of which the median is taken.
const STARTS: usize = 7;
/// Rounds of warm calls, of which the median is taken, and calls in each.
const ROUNDS: usize = 11;
const PER_ROUND: usize = 20;
/// Invocations between which callgrind counts.
const COUNTED: usize = 11;
/// Sizes of the compared tables, in tasks.
const TASKS: [u64; 3] = [1000, 10_000, 100_000];
/// Numbers of concurrent clients.
const CLIENTS: [usize; 5] = [1, 2, 4, 8, 16];
/// As many as a busy day has, at once.
const AT_ONCE: usize = 100;
/// The largest accepted ratio to the baseline.
const TOLERANCE: f64 = 1.05;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if usage::told("Measures the local stack; the report is JSON.\n\nUsage: bench [functions | stack | load]") {
        return ExitCode::SUCCESS;
    }
    let mode = std::env::args().nth(1);
    // The stack does not deliver messages: the measured function handles them.
    let galley = unthrottled(false).await;
    // The tasks that a list returns.
    for _ in 0..20 {
        galley.create(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    }
    match mode.as_deref() {
        Some("functions") => {
            functions(&galley).await;
            ExitCode::SUCCESS
        }
        Some("stack") => {
            stack().await;
            ExitCode::SUCCESS
        }
        Some("load") => load(&galley).await,
        Some("keep") => {
            let baseline = serde_json::to_string_pretty(&steady(&galley).await).unwrap();
            std::fs::write(root().join("bench/baseline.json"), format!("{baseline}\n")).unwrap();
            ExitCode::SUCCESS
        }
        Some("check") => check(&steady(&galley).await),
        // With CALLGRIND_OUT it writes a profile.
        Some("profile") => {
            let name = std::env::args().nth(2).unwrap_or_default();
            let name = FUNCTIONS.into_iter().find(|known| *known == name).unwrap();
            println!("{}", footprint(&galley, &Subject::function(&galley, name)).await);
            ExitCode::SUCCESS
        }
        _ => {
            println!("what is measured: functions, stack, load, or check, keep and profile NAME");
            ExitCode::FAILURE
        }
    }
}

/// Figures that do not depend on the machine's load: instructions, size, memory.
async fn steady(galley: &Galley) -> BTreeMap<String, Value> {
    let (plain, mut rows) = (Place::plain().await, BTreeMap::new());
    for name in ["hello"].into_iter().chain(FUNCTIONS) {
        let subject = at_its_place(Subject::function(galley, name), &plain);
        rows.insert(name.to_owned(), footprint(galley, &subject).await);
    }
    rows
}

/// Points all creates at the same mock, so that its cost is the same for each.
fn at_its_place(subject: Subject, mock: &Place) -> Subject {
    if subject.creates() { subject.at(mock) } else { subject }
}

async fn footprint(galley: &Galley, subject: &Subject) -> Value {
    let mut row = instructions(galley, subject).await;
    row["peak_kib"] = json!(memory(galley, subject).await);
    row["zip_bytes"] = json!(zipped(subject.binary.as_ref().unwrap()));
    row
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

/// Peak memory after some work.
async fn memory(galley: &Galley, subject: &Subject) -> u64 {
    let (mut running, _) = subject.start().await;
    for event in subject.events(galley, 20).await {
        running.invoke(event).await;
    }
    peak_kib(running.child())
}

async fn functions(galley: &Galley) {
    let (plain, tls) = (Place::plain().await, Place::tls().await);
    let mut subjects: Vec<Subject> = ["hello", "create-default"]
        .into_iter()
        .chain(FUNCTIONS)
        .map(|name| at_its_place(Subject::function(galley, name), &plain))
        .collect();
    subjects.push(Subject::function(galley, "create-task").named("create-task, TLS").at(&tls));
    let python = root().join(".tools/bench/bin/python");
    if python.exists() {
        let function = Subject::peer(galley, "python", &python, &["-m", "awslambdaric", "function.handler"]);
        subjects.push(function.clone().at(&plain));
        subjects.push(function.named("python, TLS").at(&tls));
        subjects.push(Subject::service(galley, "fastapi", &python).at(&plain));
    }
    let mut rows: BTreeMap<&str, Value> = BTreeMap::new();
    let all = subjects.iter().zip(starts(galley, &subjects).await).zip(warm(galley, &subjects).await);
    for ((subject, started), warm) in all {
        let mut row = json!({});
        for (name, value) in started.into_iter().chain(warm) {
            row[name] = value;
        }
        if let Some(binary) = &subject.binary {
            row["zip_bytes"] = json!(zipped(binary));
            for (name, value) in instructions(galley, subject).await.as_object().unwrap() {
                row[name] = value.clone();
            }
        }
        rows.insert(subject.name, row);
    }
    print(&rows);
    println!("{}", json!(rows));
}

type Figures = Vec<(&'static str, Value)>;

/// Medians of the start and of the first call. Subjects take turns, so that noise of the machine affects all alike.
async fn starts(galley: &Galley, subjects: &[Subject]) -> Vec<Figures> {
    let mut all = vec![(Vec::new(), Vec::new()); subjects.len()];
    for _ in 0..STARTS {
        for (subject, (cold, first)) in subjects.iter().zip(&mut all) {
            let event = subject.events(galley, 1).await.remove(0);
            let (mut running, started) = subject.start().await;
            cold.push(ms(started));
            first.push(ms(running.invoke(event).await));
        }
    }
    all.into_iter()
        .map(|(cold, first)| vec![("cold_ms", json!(median_of(cold))), ("first_ms", json!(median_of(first)))])
        .collect()
}

/// Medians of calls of a warm process, also in turns.
async fn warm(galley: &Galley, subjects: &[Subject]) -> Vec<Figures> {
    let mut all = Vec::new();
    for subject in subjects {
        let (mut running, _) = subject.start().await;
        for event in subject.events(galley, 5).await {
            running.invoke(event).await;
        }
        all.push((running, Vec::new(), Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (subject, (running, took, used)) in subjects.iter().zip(&mut all) {
            let events = subject.events(galley, PER_ROUND).await;
            let before = cpu(running.child());
            for event in events {
                took.push(running.invoke(event).await);
            }
            used.push(
                ms(cpu(running.child()).checked_sub(before).unwrap()) / f64::from(u32::try_from(PER_ROUND).unwrap()),
            );
        }
    }
    let figures = |(running, took, used): (Running, _, _)| {
        let peak = peak_kib(running.child());
        vec![("warm_ms", json!(ms(median(took)))), ("cpu_ms", json!(median_of(used))), ("peak_kib", json!(peak))]
    };
    all.into_iter().map(figures).collect()
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
    println!("{:<18}{}", "", heads.map(|head| format!("{head:>13}")).concat());
    let cell = |value: &Value| match value {
        Value::Null => format!("{:>13}", "-"),
        value if value.is_f64() => format!("{:>13.2}", value.as_f64().unwrap()),
        value => format!("{:>13}", value.to_string()),
    };
    for (name, row) in rows {
        println!("{name:<18}{}", columns.map(|column| cell(&row[column])).concat());
    }
    println!("\nas multiples of hello:");
    for (name, row) in rows {
        let ratio = |column: &str| {
            let (own, least) = (row[column].as_f64(), rows["hello"][column].as_f64());
            own.zip(least).map_or_else(|| format!("{:>13}", "-"), |(own, least)| format!("{:>13.2}", own / least))
        };
        println!("{name:<18}{}", columns.map(ratio).concat());
    }
}

/// The local stack, as its table and its load grow.
/// A hundred clients at once, each of which sends its next request when it has its answer: none may fail.
async fn load(galley: &Galley) -> ExitCode {
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    println!(
        "{:<18}{:>10}{:>10}{:>10}{:>10}{:>12}   answers",
        "clients", "kind", "p50 ms", "p95 ms", "p99 ms", "per second"
    );
    let (mut errors, mut rows) = (0, Vec::new());
    for kind in [Kind::List, Kind::Read, Kind::Create] {
        let load = load::of(galley, kind, &path, AT_ONCE).await;
        errors += load.errors();
        rows.push(told(AT_ONCE, kind, &load));
    }
    println!("{}", json!(rows));
    println!("{errors} errors");
    if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a line of the load, and gives it for the report.
fn told(clients: usize, kind: Kind, load: &Load) -> Value {
    let Load { per_second, p50_ms, p95_ms, p99_ms, answers } = load;
    let kind = format!("{kind:?}").to_lowercase();
    println!("{clients:<18}{kind:>10}{p50_ms:>10.1}{p95_ms:>10.1}{p99_ms:>10.1}{per_second:>12.0}   {answers:?}");
    json!({
        "clients": clients, "kind": kind, "p50_ms": p50_ms, "p95_ms": p95_ms, "p99_ms": p99_ms,
        "per_second": per_second, "answers": answers,
    })
}

async fn stack() {
    println!("\n{:<18}{:>10}{:>10}{:>10}{:>12}   median ms", "tasks", "list", "read", "create", "table alone");
    let mut all = Vec::new();
    for tasks in TASKS {
        all.push(Grown::to(tasks).await);
    }
    growth::measure(&mut all).await;
    let mut rows = Vec::new();
    for grown in &all {
        let [list, read, create, alone] = grown.medians();
        println!("{:<18}{list:>10.2}{read:>10.2}{create:>10.2}{alone:>12.2}", grown.tasks);
        rows.push(json!({
            "tasks": grown.tasks, "list_ms": list, "read_ms": read, "create_ms": create, "table_alone_ms": alone,
        }));
    }
    let (least, most) = (all[0].medians(), all[all.len() - 1].medians());
    let ratio = |at: usize| format!("{:>10.2}", most[at] / least[at]);
    println!("{:<18}{}{}{}  {}", "most / least", ratio(0), ratio(1), ratio(2), ratio(3));

    println!(
        "\n{:<18}{:>10}{:>10}{:>10}{:>10}{:>12}   answers",
        "clients", "kind", "p50 ms", "p95 ms", "p99 ms", "per second"
    );
    for clients in CLIENTS {
        for kind in [Kind::List, Kind::Read, Kind::Create] {
            rows.push(told(clients, kind, &all[0].load(kind, clients).await));
        }
    }
    println!("{}", json!(rows));
}
