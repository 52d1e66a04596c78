//! Generation: from an accepted task to a draft that waits for a person. The stages are draft, assess and finalize;
//! each leaves a checkpoint, and a later attempt takes up where the last one stopped.

mod call;
mod lease;
pub mod outline;
mod stages;
pub mod worker;
pub mod writers;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    content::blockers::Finish,
    ledger::{Said, Spent},
    money::MicroUsd,
    ports::BoxError,
    request::TaskRequest,
    revision::Author,
};

/// What a writer is told. Everything in it is the client's or the editor's text: data, never instructions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftBrief {
    pub request: TaskRequest,
    /// What the editor wants changed.
    pub feedback: Option<String>,
    /// The text that the feedback is about.
    pub previous: Option<String>,
}

/// What a writer gives back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub title: String,
    pub markdown: String,
    pub finish: Finish,
    pub author: Author,
    pub tokens: Tokens,
    /// By the provider's report of its tokens.
    #[serde(default)]
    pub cost: MicroUsd,
    #[serde(default)]
    pub response_sha256: String,
    /// Never part of what a stage keeps.
    #[serde(skip)]
    pub said: Option<Said>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
}

/// What the worker does next depends on which of these it is.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// May work later: a refused connection, a timeout, 429, 5xx.
    #[error("the model's provider is not available")]
    Unavailable {
        retry_after: Option<Duration>,
        spent: Spent,
        #[source]
        source: BoxError,
    },
    /// Will not work however often: a refused request, an answer that is no draft.
    #[error("the model's provider refused: {reason}")]
    Refused { reason: String, spent: Spent },
}

impl GeneratorError {
    pub const fn spent(&self) -> Spent {
        match self {
            Self::Unavailable { spent, .. } | Self::Refused { spent, .. } => *spent,
        }
    }
}
