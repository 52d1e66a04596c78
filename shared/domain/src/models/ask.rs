//! The language models that Galley can ask: which there are and what they cost (`catalogue`), which of them a phase of a
//! task gets (`router`), and what is said to one (`Ask`) and by it (`Completion`).

use std::time::Duration;

use uuid::Uuid;

use crate::{
    content::blockers::Finish,
    kernel::{error::BoxError, ids::TraceId},
    models::{
        id::{ModelId, ProviderId},
        price::{Price, Spent, Tokens},
    },
};
use std::future::Future;

/// The shape that an answer must have.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    pub name: &'static str,
    /// JSON Schema: objects with every property required and no others, as the strictest provider wants it.
    pub schema: serde_json::Value,
}

/// One question to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub model: ModelId,
    pub system: String,
    pub user: String,
    pub schema: Option<Schema>,
    /// Only where the model takes one.
    pub temperature: Option<f32>,
    /// In tokens, thinking included.
    pub most_output: u64,
    /// Whether the model thinks before it answers; it is asked to do so briefly.
    pub reasons: bool,
    /// Under which the ledger knows it; sent along, so that both books can be compared.
    pub call: Uuid,
    /// The trace that this belongs to; told to the provider too.
    pub trace: TraceId,
    pub time_limit: Duration,
}

/// What a model said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    pub finish: Finish,
    /// By the provider's report. `None`: it made none.
    pub tokens: Option<Tokens>,
}

/// Whether a provider that could be asked is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    pub provider: ProviderId,
    pub state: Available,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Available {
    /// With what it says it serves, if it says so.
    Yes { models: Option<Vec<String>> },
    /// And why, in words for an operator.
    No { reason: String },
}

/// What is done next depends on which of these it is.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// May work later: a refused connection, a timeout, 429, 5xx.
    #[error("the provider is not available")]
    Unavailable {
        retry_after: Option<Duration>,
        spent: Spent,
        #[source]
        source: BoxError,
    },
    /// Will not work however often: a refused request, an answer that is not what was asked for.
    #[error("the provider refused: {reason}")]
    Refused { reason: String, spent: Spent },
}

impl ProviderError {
    /// With what was used turned into money, which adapters know nothing of. What `believed` does not take is not known.
    #[must_use]
    pub fn priced(mut self, price: Price, believed: impl Fn(Tokens) -> Option<Tokens>) -> Self {
        let (Self::Unavailable { spent, .. } | Self::Refused { spent, .. }) = &mut self;
        if let Spent::Known { tokens, .. } = spent {
            *spent = believed(*tokens).map_or(Spent::Unknown, |tokens| Spent::Known { tokens, cost: price.of(tokens) });
        }
        self
    }

    pub const fn spent(&self) -> Spent {
        match self {
            Self::Unavailable { spent, .. } | Self::Refused { spent, .. } => *spent,
        }
    }
}

/// The language models of all providers that are configured.
pub trait LanguageModel: Send + Sync {
    /// Whether any provider could be asked. Asks none.
    fn is_configured(&self) -> impl Future<Output = bool> + Send;

    /// Which providers are there, as far as that was found out within the last minutes. Empty: none is configured.
    fn survey(&self) -> impl Future<Output = Vec<Availability>> + Send;

    /// Asks once. Retries nothing: what was sent and then timed out may have been paid for, so the caller decides.
    fn ask(&self, ask: &Ask) -> impl Future<Output = Result<Completion, ProviderError>> + Send;
}
