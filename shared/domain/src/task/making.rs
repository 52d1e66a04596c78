//! How a published text was made, in words that machines know: what the law has readers told (Regulation (EU) 2024/1689,
//! article 50) has to be read by programs, too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    models::{id::ModelId, phase::Phase},
    task::{
        record::{Decision, Task},
        revision::{Author, Revision},
        state::Generator,
    },
};

/// IPTC's digital source types (<https://cv.iptc.org/newscodes/digitalsourcetype/>), which schema.org's `digitalSourceType` takes
/// over: those that a text of Galley can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum DigitalSourceType {
    /// A model wrote it.
    TrainedAlgorithmicMedia,
    /// A model wrote it, and a person changed it.
    CompositeSynthetic,
    /// The built-in outline, which no model wrote.
    AlgorithmicMedia,
    /// People wrote it.
    DigitalCreation,
}

/// A model that wrote some of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ModelUsed))]
pub struct Used {
    /// `draft` or `refine`.
    pub phase: Phase,
    pub model: ModelId,
}

/// How a text was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Making))]
pub struct Making {
    /// Null for a text that came from outside: Galley does not know how it was made.
    pub digital_source_type: Option<DigitalSourceType>,
    /// The models that wrote.
    pub models: Vec<Used>,
    pub written_at: Timestamp,
    /// When a person approved this very text; null where nobody did.
    pub reviewed_at: Option<Timestamp>,
}

impl Making {
    /// Of `revision`, which `task` publishes.
    pub fn of(task: &Task, revision: &Revision) -> Self {
        let routed = |phase: Phase| {
            let routed = task.models.get(&phase).filter(|routed| routed.answered())?;
            Some(Used { phase, model: routed.model.clone() })
        };
        let mut models: Vec<Used> = [Phase::Draft, Phase::Refine].into_iter().filter_map(routed).collect();
        if let (true, Author::Model { model, provider: Some(provider) }) = (models.is_empty(), &revision.author) {
            let model = ModelId { provider: provider.clone(), name: model.clone() };
            models.push(Used { phase: Phase::Draft, model });
        }
        let approval = task.approval.as_ref().filter(|approval| {
            let of_this = approval.decision == Decision::Approved && approval.revision == revision.number;
            of_this && approval.is_a_persons()
        });
        Self {
            digital_source_type: source_type(task, &revision.author, !models.is_empty()),
            models,
            written_at: revision.created_at,
            reviewed_at: approval.map(|approval| approval.at),
        }
    }

    /// Whether readers are told that a machine had part in it: always, unless people alone are known to have written it.
    pub fn is_disclosed(&self) -> bool {
        self.digital_source_type != Some(DigitalSourceType::DigitalCreation)
    }
}

fn source_type(task: &Task, author: &Author, by_model: bool) -> Option<DigitalSourceType> {
    let external = task.request.generator == Generator::External;
    match author {
        Author::Outline => Some(DigitalSourceType::AlgorithmicMedia),
        Author::Model { .. } => Some(DigitalSourceType::TrainedAlgorithmicMedia),
        Author::Person { .. } if by_model => Some(DigitalSourceType::CompositeSynthetic),
        Author::Person { .. } if !external => Some(DigitalSourceType::DigitalCreation),
        // Cleaning took something out of a text; whose that was, the models tell.
        Author::Cleaner { .. } if by_model => Some(DigitalSourceType::TrainedAlgorithmicMedia),
        Author::External { .. } | Author::Person { .. } | Author::Cleaner { .. } => None,
    }
}
