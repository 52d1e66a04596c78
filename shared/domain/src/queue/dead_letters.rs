//! Sending dead letters back to where they came from. Received, sent, removed, in this order: a crash in between leaves
//! a letter twice, never not at all, and whoever gets a message twice finds nothing to do the second time.

use serde::{Deserialize, Serialize};

use crate::queue::message::{Lane, Message, Queue, QueueError};
use std::future::Future;

/// What one run moves at most.
pub const MOST: u32 = 1000;

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Redrive {
    /// Whose dead letters.
    pub queue: Lane,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = 100))]
    pub limit: Limit,
}

/// How many letters to move: 1 to 1000, 100 when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Limit(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MOST}")]
pub struct InvalidLimit;

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<u32> for Limit {
    type Error = InvalidLimit;
    fn try_from(limit: u32) -> Result<Self, InvalidLimit> {
        if (1..=MOST).contains(&limit) { Ok(Self(limit)) } else { Err(InvalidLimit) }
    }
}

impl From<Limit> for u32 {
    fn from(limit: Limit) -> u32 {
        limit.0
    }
}

galley_api::schema::scalar!(Limit as "RedriveLimit", galley_api::schema::whole().minimum(Some(1)).maximum(Some(MOST)));

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Redriven {
    pub moved: u32,
    /// Left where they are, because this code cannot read them: they would only come back.
    pub unreadable: u32,
}

/// Moves letters of one lane, up to the limit.
///
/// # Errors
/// When a queue does not answer; what was moved until then, is moved.
pub async fn redrive(
    letters: &impl DeadLetters,
    queue: &impl Queue,
    Redrive { queue: lane, limit: Limit(limit) }: Redrive,
) -> Result<Redriven, QueueError> {
    let mut redriven = Redriven::default();
    let mut unreadable = Vec::new();
    'batches: while redriven.moved < limit {
        let batch = letters.receive(lane).await?;
        if batch.is_empty() {
            break;
        }
        for letter in batch {
            let message = Message::decode(&letter.body).ok().filter(|message| message.kind.lane() == lane);
            match message {
                // Over the limit: it stays.
                _ if redriven.moved == limit => {
                    letters.leave(lane, &letter).await?;
                    continue;
                }
                Some(message) => {
                    queue.send(&message).await?;
                    letters.remove(lane, &letter).await?;
                    redriven.moved += 1;
                }
                None => unreadable.push(letter),
            }
            if unreadable.len() >= usize::try_from(MOST).unwrap_or(usize::MAX) {
                break 'batches;
            }
        }
    }
    redriven.unreadable = u32::try_from(unreadable.len()).unwrap_or(u32::MAX);
    for letter in &unreadable {
        letters.leave(lane, letter).await?;
    }
    Ok(redriven)
}

/// One message of a dead-letter queue, received but not yet removed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub body: String,
    /// What removes it.
    pub handle: String,
}

/// The dead-letter queues, for whoever sends their messages back.
pub trait DeadLetters: Send + Sync {
    /// Up to ten letters, hidden from others for a while.
    fn receive(&self, lane: Lane) -> impl Future<Output = Result<Vec<DeadLetter>, QueueError>> + Send;

    fn remove(&self, lane: Lane, letter: &DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Shows a letter again that is to stay.
    fn leave(&self, lane: Lane, letter: &DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;
}
