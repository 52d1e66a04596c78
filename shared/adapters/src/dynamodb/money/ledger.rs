//! Model calls as they are stored. The outcome's name is its own attribute, so that a settlement can be conditional on it.

use aws_sdk_dynamodb::types::AttributeValue;
use galley_domain::{
    kernel::{error::StoreError, ids::TenantId, usd::MicroUsd},
    models::phase::Phase,
    money::ledger::{CallOutcome, Corrected, ModelCall, Quote},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dynamodb::items::{self, Item, s};

pub(crate) const INTENT: &str = "intent";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredCall {
    id: Uuid,
    /// Missing in items of an earlier release; the task has it.
    #[serde(default)]
    tenant: Option<TenantId>,
    phase: Phase,
    provider: String,
    model: String,
    prompt_version: String,
    prompt_sha256: String,
    /// Micro-dollars, as is `cost`.
    reserved: u64,
    #[serde(default)]
    reserved_tokens: u64,
    cost: u64,
    round: u32,
    attempt: u32,
    at: Timestamp,
    outcome: String,
    /// JSON text: what the outcome says beside its name.
    #[serde(default)]
    report: Option<String>,
    #[serde(default)]
    corrected: Option<Corrected>,
}

impl From<&ModelCall> for StoredCall {
    fn from(call: &ModelCall) -> Self {
        Self {
            id: call.id,
            tenant: Some(call.tenant.clone()),
            phase: call.phase,
            provider: call.quote.provider.clone(),
            model: call.quote.model.clone(),
            prompt_version: call.quote.prompt_version.clone(),
            prompt_sha256: call.quote.prompt_sha256.clone(),
            reserved: call.quote.reserved.micros(),
            reserved_tokens: call.quote.reserved_tokens,
            cost: call.cost.micros(),
            round: call.round,
            attempt: call.attempt,
            at: call.at,
            outcome: INTENT.to_owned(),
            report: None,
            corrected: None,
        }
    }
}

pub(crate) fn call_from(item: Item) -> Result<ModelCall, StoreError> {
    let stored: StoredCall = items::from_item("call", item)?;
    let mut outcome: Value = stored
        .report
        .as_deref()
        .map_or_else(|| Ok(json!({})), serde_json::from_str)
        .map_err(|error| items::unreadable("call", error))?;
    if let Some(map) = outcome.as_object_mut() {
        map.insert("outcome".to_owned(), Value::String(stored.outcome));
    }
    Ok(ModelCall {
        id: stored.id,
        tenant: stored
            .tenant
            .map_or_else(|| TenantId::new(TenantId::SYSTEM), Ok)
            .map_err(|error| items::unreadable("call", error))?,
        phase: stored.phase,
        quote: Quote {
            provider: stored.provider,
            model: stored.model,
            prompt_version: stored.prompt_version,
            prompt_sha256: stored.prompt_sha256,
            reserved: MicroUsd::from_micros(stored.reserved),
            reserved_tokens: stored.reserved_tokens,
        },
        round: stored.round,
        attempt: stored.attempt,
        at: stored.at,
        cost: MicroUsd::from_micros(stored.cost),
        outcome: serde_json::from_value(outcome).map_err(|error| items::unreadable("call", error))?,
        corrected: stored.corrected,
    })
}

/// The name of an outcome and the rest of it.
pub(crate) fn outcome(outcome: &CallOutcome) -> Result<(String, AttributeValue), StoreError> {
    let mut report = serde_json::to_value(outcome).map_err(|error| items::unreadable("call", error))?;
    let name = report.as_object_mut().and_then(|map| map.remove("outcome"));
    let name = name.as_ref().and_then(Value::as_str).unwrap_or(INTENT).to_owned();
    Ok((name, s(report.to_string())))
}
