//! Answers as a client reads them. A field or a value that is newer than this client breaks nothing: unknown fields are
//! ignored, and what may get new values is text.

use std::{collections::BTreeMap, fmt};

use galley_api::{problem::HeldBy, usd::MicroUsd};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a task has come to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum State {
    Pending,
    Generating,
    AwaitingApproval,
    Approved,
    Published,
    Rejected,
    Cancelled,
    Archived,
    Failed,
    /// Newer than this client.
    Other(String),
}

impl State {
    const KNOWN: [(&'static str, Self); 9] = [
        ("pending", Self::Pending),
        ("generating", Self::Generating),
        ("awaiting_approval", Self::AwaitingApproval),
        ("approved", Self::Approved),
        ("published", Self::Published),
        ("rejected", Self::Rejected),
        ("cancelled", Self::Cancelled),
        ("archived", Self::Archived),
        ("failed", Self::Failed),
    ];

    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => Self::KNOWN.iter().find(|(_, state)| state == known).map_or("", |(name, _)| name),
        }
    }

    /// Whether a worker has it, so that it changes without anybody's doing.
    pub const fn moves(&self) -> bool {
        matches!(self, Self::Pending | Self::Generating)
    }

    /// Whether nothing changes any more unless a person says so.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Published | Self::Rejected | Self::Cancelled | Self::Archived | Self::Failed)
    }
}

impl From<String> for State {
    fn from(text: String) -> Self {
        Self::KNOWN.into_iter().find(|(name, _)| *name == text).map_or(Self::Other(text), |(_, state)| state)
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.as_str().to_owned()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Task {
    pub task_id: String,
    pub status: State,
    /// Rises with every change that a reader can see; `If-Match` takes it.
    pub version: u64,
    pub task_type: String,
    pub topic: String,
    pub language: Option<String>,
    pub requested_by: String,
    pub progress: Progress,
    pub attempt: u32,
    /// The newest revision's number; 0 while there is none.
    pub revision: u32,
    pub title: Option<String>,
    /// Cleaned HTML; lists leave it out.
    pub content: Option<String>,
    pub excerpt: Option<String>,
    pub quality_score: Option<u8>,
    #[serde(default)]
    pub blockers: Vec<HeldBy>,
    #[serde(default)]
    pub suggestions: Vec<String>,
    pub word_count: Option<u32>,
    pub cost_usd: MicroUsd,
    #[serde(default)]
    pub cost_breakdown: BTreeMap<String, MicroUsd>,
    pub error: Option<Failure>,
    pub published_url: Option<String>,
    pub live_revision: Option<u32>,
    pub publish_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Progress {
    pub stage: String,
    pub percentage: u8,
    pub message: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub stage: String,
    pub attempt: u32,
}

/// The answer to a person's decision.
#[derive(Clone, Debug, Deserialize)]
pub struct Decision {
    pub task_id: String,
    pub approval_status: State,
    pub published_url: Option<String>,
    pub reviewer_id: String,
    pub message: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Revision {
    pub revision: u32,
    pub title: String,
    pub content: Option<String>,
    /// What the text was written in, where it was Markdown.
    pub markdown: Option<String>,
    pub excerpt: String,
    /// The fields for search engines, as `Edit` takes them.
    pub seo: Option<Value>,
    pub quality_score: Option<u8>,
    #[serde(default)]
    pub blockers: Vec<HeldBy>,
    pub word_count: u32,
    pub author: Option<Author>,
    pub created_at: Timestamp,
}

/// Who made a text.
#[derive(Clone, Debug, Deserialize)]
pub struct Author {
    /// `outline`, `model`, `person`, `external` or `cleaner`.
    pub kind: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Delivery {
    pub delivery_id: String,
    pub event_type: String,
    pub url: String,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    #[serde(default)]
    pub tries: Vec<Try>,
    pub next_try_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Try {
    pub at: Timestamp,
    pub status: Option<u16>,
    pub error: Option<String>,
}

/// Who the caller is.
#[derive(Clone, Debug, Deserialize)]
pub struct Me {
    pub tenant: String,
    pub subject: String,
    pub role: String,
    /// Where readers find what the tenant has published. `None` of a Galley that does not say it.
    pub site_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_newer_than_the_client_is_kept_as_it_is() {
        let state: State = serde_json::from_str("\"dreaming\"").unwrap();
        assert_eq!((state.as_str(), state.moves(), state.is_over()), ("dreaming", false, false));
        assert_eq!(serde_json::to_string(&state).unwrap(), "\"dreaming\"");
        for (name, state) in State::KNOWN {
            assert_eq!((State::from(name.to_owned()), state.as_str()), (state.clone(), name));
        }
    }
}
