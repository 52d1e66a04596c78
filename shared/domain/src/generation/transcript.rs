//! What was said in calls, where a tenant keeps it.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use std::future::Future;
use uuid::Uuid;

use crate::kernel::{error::StoreError, ids::TaskId, mask::Masked};

/// What was said in a call, as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub prompt: String,
    pub response: String,
}

/// What is kept of it, only where the tenant asked for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Transcript {
    pub prompt: Masked,
    pub response: Masked,
}

/// Both stand in one item of the table, which takes 400 KB.
const LONGEST_TEXT: usize = 150 * 1024;

impl Transcript {
    /// What is longer than can be kept is cut, and says so.
    pub fn of(said: &Said) -> Self {
        let kept = |text: &str| match text.get(..text.floor_char_boundary(LONGEST_TEXT)) {
            Some(begin) if begin.len() < text.len() => Masked::of(&format!("{begin}\n[cut: {} bytes]", text.len())),
            _ => Masked::of(text),
        };
        Self { prompt: kept(&said.prompt), response: kept(&said.response) }
    }
}

/// What was said in calls, where a tenant keeps it.
pub trait TranscriptStore: Send + Sync {
    /// Kept for thirty days from `at` on.
    fn keep_transcript(
        &self,
        task: &TaskId,
        call: Uuid,
        transcript: &Transcript,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn transcript(
        &self,
        task: &TaskId,
        call: Uuid,
    ) -> impl Future<Output = Result<Option<Transcript>, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_at_length_is_cut_to_what_one_item_takes() {
        let said = Said { prompt: "a@b.cc ".repeat(100_000), response: "é".repeat(200_000) };
        let kept = Transcript::of(&said);
        assert!(kept.prompt.as_str().len() + kept.response.as_str().len() < 390_000);
        assert!(kept.response.as_str().ends_with("[cut: 400000 bytes]"));
        let short = Said { prompt: "p".into(), response: "r".into() };
        assert_eq!(Transcript::of(&short).response.as_str(), "r");
    }
}
