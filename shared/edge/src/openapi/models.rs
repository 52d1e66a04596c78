//! The operations of models and money.

use galley_api::task::TaskRequest;
use serde_json::json;

use super::operation::Operation;
use crate::api::models::{CostsView, EstimateView, ModelList};

const TAG: &str = "models";

pub(super) fn list() -> Operation {
    Operation::of(TAG).answer::<ModelList>(200, "ModelList", "The catalogue, and what of it can be asked")
}

pub(super) fn costs() -> Operation {
    Operation::of(TAG).answer::<CostsView>(200, "Costs", "What was spent, with what is reserved for calls under way")
}

pub(super) fn estimate() -> Operation {
    Operation::of(TAG)
        .body::<TaskRequest>("TaskRequest", json!({"quality_preference": "quality", "topic": "How HTTP caching works"}))
        .answer::<EstimateView>(200, "Estimate", "What it would cost, about and at most")
}
