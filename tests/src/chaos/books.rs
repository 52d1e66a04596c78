//! The verdict: compares the table with the clients' answers and the provider's own records.

use std::collections::{BTreeMap, BTreeSet};

use galley_domain::{
    kernel::usd::MicroUsd,
    models::price::{Price, Tokens},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{clients::Accepted, provider::Did};
use crate::Galley;

const PRICE: Price = Price { input: MicroUsd::from_micros(500_000), output: MicroUsd::from_micros(1_500_000) };
const RESTING: [&str; 6] = ["awaiting_approval", "published", "rejected", "cancelled", "archived", "failed"];

#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    pub settled: bool,
    pub accepted: usize,
    pub resting: usize,
    /// Accepted, but missing or not settled.
    pub lost: usize,
    /// A key with two tasks, a task with no key, a draft or a decision that counted twice.
    pub doubled: usize,
    pub by_state: BTreeMap<String, usize>,
    pub provider_calls_per_stage: BTreeMap<String, usize>,
    /// Answered by the provider although it had answered for the same stage before: the first one's worker was killed
    /// before it could store the answer.
    pub double_paid_calls: usize,
    /// Of those, the ones whose first answer was in the ledger.
    pub double_paid_although_known: usize,
    /// Calls that were never settled; they are booked at their reserved cost.
    pub unknown_calls: usize,
    pub ledger_calls: usize,
    pub provider_calls: usize,
    /// Calls, or tasks' costs, on which ledger and provider differ.
    pub ledger_mismatches: Vec<String>,
    pub ledger_usd: MicroUsd,
    pub counters_agree: bool,
    /// From a lost worker's claim to the next one's, or from the acceptance to a late first claim.
    pub recoveries: usize,
    pub recovery_median_ms: i64,
    pub recovery_worst_ms: i64,
}

/// One task with all that belongs to it.
#[derive(Debug, Default)]
struct Kept {
    task: Value,
    events: Vec<Value>,
    calls: Vec<Value>,
}

/// Waits until every task is settled.
pub(super) async fn settled(galley: &Galley) {
    loop {
        let items = scan(galley).await;
        let open = items.iter().filter(|item| is_task(item)).any(|item| !rests(item));
        if !open {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

/// Sources, schedules and what is kept of articles have such a key, too.
fn is_task(item: &Value) -> bool {
    item["sk"] == "META" && item["pk"].as_str().is_some_and(|pk| pk.starts_with("TASK#"))
}

fn rests(task: &Value) -> bool {
    task["state"].as_str().is_some_and(|state| RESTING.contains(&state))
}

pub(super) async fn verdict(galley: &Galley, accepted: &Accepted, provider: &BTreeMap<String, Did>) -> Verdict {
    let items = scan(galley).await;
    let kept = kept(&items);
    let mut verdict = Verdict { accepted: accepted.len(), provider_calls: provider.len(), ..Verdict::default() };
    let known = told(accepted, &kept, &mut verdict);
    verdict.doubled += kept.keys().filter(|id| !known.contains(*id)).count();
    let mut recoveries = Vec::new();
    for (id, kept) in &kept {
        let state = text(&kept.task, "state");
        *verdict.by_state.entry(state.to_owned()).or_default() += 1;
        verdict.doubled += doubled(kept);
        recoveries.extend(recovery_times(kept));
        reckon(id, kept, provider, &mut verdict);
    }
    let in_ledger: BTreeSet<&str> =
        kept.values().flat_map(|kept| kept.calls.iter().map(|call| text(call, "id"))).collect();
    for id in provider.keys().filter(|id| !in_ledger.contains(id.as_str())) {
        verdict.ledger_mismatches.push(format!("the provider worked on {id}, which is not in the ledger"));
    }
    verdict.counters_agree = counters_agree(&items, &verdict);
    recoveries.sort_unstable();
    verdict.recoveries = recoveries.len();
    verdict.recovery_median_ms = recoveries.get(recoveries.len() / 2).copied().unwrap_or(0);
    verdict.recovery_worst_ms = recoveries.last().copied().unwrap_or(0);
    verdict
}

/// The tasks in the clients' answers; counts those that are lost or doubled.
fn told(accepted: &Accepted, kept: &BTreeMap<String, Kept>, verdict: &mut Verdict) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for paths in accepted.values() {
        let ids: BTreeSet<&str> = paths.iter().filter_map(|path| path.rsplit('/').next()).collect();
        verdict.doubled += ids.len() - 1;
        for id in ids {
            match kept.get(id) {
                Some(kept) if rests(&kept.task) => verdict.resting += 1,
                _ => verdict.lost += 1,
            }
            known.insert(id.to_owned());
        }
    }
    known
}

/// Counts events that occurred too often. The run has no requests for changes and no retries, so each may occur once.
fn doubled(kept: &Kept) -> usize {
    let count = |names: &[&str]| kept.events.iter().filter(|event| names.contains(&text(event, "event"))).count();
    [&["created"][..], &["drafted"], &["approved", "rejected"], &["published"]]
        .into_iter()
        .map(|names| count(names).saturating_sub(1))
        .sum()
}

/// Compares a task's calls with the provider's records, and their sum with the task's cost.
fn reckon(id: &str, kept: &Kept, provider: &BTreeMap<String, Did>, verdict: &mut Verdict) {
    let (mut answered, mut known) = (0_usize, 0_usize);
    let mut sum = 0;
    for call in &kept.calls {
        verdict.ledger_calls += 1;
        *verdict.provider_calls_per_stage.entry(text(call, "phase").to_owned()).or_default() += 1;
        let (cost, reserved, outcome) = (number(call, "cost"), number(call, "reserved"), text(call, "outcome"));
        sum += cost;
        let did = provider.get(text(call, "id"));
        answered += usize::from(matches!(did, Some(Did::Answered(_))));
        known += usize::from(outcome == "answered");
        verdict.unknown_calls += usize::from(matches!(outcome, "intent" | "unknown"));
        let right = match (outcome, did) {
            ("answered", Some(Did::Answered(used))) => cost == price(*used),
            // The worker was lost, or the answer was incomplete.
            ("intent" | "unknown", _) => cost == reserved,
            ("failed", None | Some(Did::Refused)) => cost == 0,
            _ => false,
        };
        if !right {
            let call = text(call, "id");
            verdict.ledger_mismatches.push(format!("{call}: {outcome} at {cost}, the provider says {did:?}"));
        }
    }
    verdict.double_paid_calls += answered.saturating_sub(1);
    verdict.double_paid_although_known += known.saturating_sub(1);
    verdict.ledger_usd = verdict.ledger_usd + MicroUsd::from_micros(sum);
    let of_task: u64 = kept.task["cost"].as_object().into_iter().flat_map(Map::values).filter_map(Value::as_u64).sum();
    if of_task != sum {
        verdict.ledger_mismatches.push(format!("{id} costs {of_task}, its calls {sum}"));
    }
}

fn price(used: Tokens) -> u64 {
    PRICE.of(used).micros()
}

/// How long it took until work from a lost worker or a lost message was resumed.
fn recovery_times(kept: &Kept) -> Vec<i64> {
    let mut events: Vec<(&str, jiff::Timestamp)> =
        kept.events.iter().map(|event| (text(event, "event"), text(event, "at").parse().unwrap())).collect();
    events.sort_by_key(|(_, at)| *at);
    let pairs = events.iter().zip(events.iter().skip(1));
    pairs
        .filter_map(|((before, from), (after, to))| {
            let took = i64::try_from(to.duration_since(*from).as_millis()).unwrap();
            let lost_worker = *before == "claimed" && *after == "claimed";
            let late = *before == "created" && *after == "claimed" && took > 2000;
            (lost_worker || late).then_some(took)
        })
        .collect()
}

/// Whether the counters in the table agree with the tasks.
fn counters_agree(items: &[Value], verdict: &Verdict) -> bool {
    let total = |metric: &str, counter: &str| -> u64 {
        let of_metric =
            |item: &&Value| item["sk"] == "TOTAL" && text(item, "pk").starts_with(&format!("STAT#{metric}#"));
        items
            .iter()
            .filter(of_metric)
            .filter(|item| item.get(counter).is_some())
            .map(|item| number(item, counter))
            .sum()
    };
    let tasks: usize = verdict.by_state.values().sum();
    let ended = |state: &str| u64::try_from(verdict.by_state.get(state).copied().unwrap_or(0)).unwrap();
    total("tasks_created_total", "blog_post") == u64::try_from(tasks).unwrap()
        && ["published", "rejected", "failed"]
            .into_iter()
            .all(|state| total("tasks_completed_total", &format!("blog_post/{state}")) == ended(state))
}

fn kept(items: &[Value]) -> BTreeMap<String, Kept> {
    let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
    for item in items {
        let Some(id) = text(item, "pk").strip_prefix("TASK#") else { continue };
        let of_task = kept.entry(id.to_owned()).or_default();
        match text(item, "sk") {
            "META" => of_task.task = item.clone(),
            sk if sk.starts_with("EVT#") => of_task.events.push(item.clone()),
            sk if sk.starts_with("CALL#") => of_task.calls.push(item.clone()),
            _ => {}
        }
    }
    kept
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_default()
}

/// Scans the whole table, which only tests do.
pub(super) async fn scan(galley: &Galley) -> Vec<Value> {
    let mut items = Vec::new();
    let mut body = json!({"TableName": galley.stack.table_name()});
    loop {
        let page = galley.stack.dynamodb("Scan", &body).await.expect("a scan");
        items.extend(page["Items"].as_array().into_iter().flatten().map(plain_map));
        if page["LastEvaluatedKey"].is_null() {
            return items;
        }
        body["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
    }
}

fn plain_map(map: &Value) -> Value {
    let fields = map.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), plain(value)));
    Value::Object(fields.collect())
}

/// A value without DynamoDB's types.
fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|map| map.iter().next()) else { return Value::Null };
    match kind.as_str() {
        "N" => inner.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
        "M" => plain_map(inner),
        "L" => Value::Array(inner.as_array().into_iter().flatten().map(plain).collect()),
        "NULL" => Value::Null,
        _ => inner.clone(),
    }
}
