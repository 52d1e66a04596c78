//! Where an article comes from.

use std::collections::BTreeMap;

use galley_domain::{
    kernel::usd::MicroUsd,
    models::phase::{Phase, Routed},
    money::ledger::{CallOutcome, Corrected, ModelCall},
};
use jiff::Timestamp;
use serde::Serialize;

use super::task::{EventView, RevisionView};

/// Where an article comes from: what was found, who wrote and judged what, what people decided, and every call.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Provenance))]
pub struct ProvenanceView {
    /// The newest revision; null while there is none.
    pub revision: Option<RevisionView>,
    pub models: BTreeMap<Phase, Routed>,
    pub cost_usd: MicroUsd,
    /// What people did, the newest first.
    pub decisions: Vec<EventView>,
    /// A page of the calls, the newest first.
    pub data: Vec<CallView>,
    pub next_cursor: Option<String>,
}

/// One call of a model for a task.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Call))]
pub struct CallView {
    pub call_id: uuid::Uuid,
    pub phase: Phase,
    pub provider: String,
    pub model: String,
    pub prompt_version: String,
    pub prompt_sha256: String,
    pub round: u32,
    pub attempt: u32,
    pub at: Timestamp,
    pub cost_usd: MicroUsd,
    #[serde(flatten)]
    pub outcome: CallOutcome,
    /// An operator's correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
}

impl From<ModelCall> for CallView {
    fn from(call: ModelCall) -> Self {
        Self {
            call_id: call.id,
            phase: call.phase,
            provider: call.quote.provider,
            model: call.quote.model,
            prompt_version: call.quote.prompt_version,
            prompt_sha256: call.quote.prompt_sha256,
            round: call.round,
            attempt: call.attempt,
            at: call.at,
            cost_usd: call.cost,
            outcome: call.outcome,
            corrected: call.corrected,
        }
    }
}
