//! The language models that Galley can ask: which there are and what they cost (`catalogue`), which of them a phase of a
//! task gets (`router`), and what is said to one (`Ask`) and by it (`Reply`).

pub mod catalogue;
pub mod estimate;
pub mod known;
pub mod router;

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    content::blockers::Finish,
    ids::TraceId,
    ledger::{Price, Spent},
    ports::BoxError,
    request::{ModelName, RuleBroken},
};

/// A provider's short name: 1 to 40 lower-case letters, digits and hyphens. The breaker and the ledger know it by this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderId(String);

impl ProviderId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The endpoint that a deployment names by its settings.
    pub fn custom() -> Self {
        Self("custom".to_owned())
    }
}

impl TryFrom<String> for ProviderId {
    type Error = RuleBroken;
    fn try_from(name: String) -> Result<Self, RuleBroken> {
        let fits = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits && (1..=40).contains(&name.len()) {
            Ok(Self(name))
        } else {
            Err(RuleBroken("must have a provider's name of 1 to 40 lower-case letters, digits and hyphens"))
        }
    }
}

impl From<ProviderId> for String {
    fn from(id: ProviderId) -> String {
        id.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model of a provider, written `provider/name`; the name may have slashes of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId {
    pub provider: ProviderId,
    /// As the provider calls it.
    pub name: ModelName,
}

impl TryFrom<String> for ModelId {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let (provider, name) = text.split_once('/').ok_or(RuleBroken("must be written provider/name"))?;
        Ok(Self { provider: provider.to_owned().try_into()?, name: name.to_owned().try_into()? })
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> String {
        id.to_string()
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.name.as_str())
    }
}

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
pub struct Reply {
    pub text: String,
    pub finish: Finish,
    /// By the provider's report. `None`: it made none.
    pub tokens: Option<Tokens>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub input: u64,
    /// Thinking included, where it is paid for.
    pub output: u64,
}

impl Tokens {
    /// Whether no more is reported than can have been used.
    pub const fn within(self, most: Self) -> bool {
        self.input <= most.input && self.output <= most.output
    }

    pub const fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
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
