//! The phases of a draft, and which model each got.

use serde::Deserialize;
use serde::Serialize;

use crate::{
    model::{ModelId, ModelName},
    rule::choice,
};

/// The model that wrote a phase, as a task shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Routed {
    pub model: ModelId,
    /// The model that the client requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<ModelName>,
    /// Why it was not the requested model, or not the first choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether an earlier answer was reused instead of asking the model.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
}

impl Routed {
    /// How the reason begins of a phase that the text was made without.
    pub const WITHOUT: &str = "done without: ";

    /// Whether the model did the phase.
    pub fn answered(&self) -> bool {
        !self.reason.as_deref().is_some_and(|reason| reason.starts_with(Self::WITHOUT))
    }
}

choice!(QualityPreference { Fast => "fast", Balanced => "balanced", Quality => "quality" } default Balanced);

choice!(Phase {
    Research => "research", Outline => "outline", Draft => "draft", Assess => "assess", Refine => "refine",
    Finalize => "finalize",
} default Draft);
