//! Sending dead letters back to where they came from. Received, sent, removed, in this order: a crash in between leaves
//! a letter twice, never not at all, and whoever gets a message twice finds nothing to do the second time.

use std::future::Future;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    kernel::reason::OperatorReason,
    queue::message::{Lane, Message, Queue, QueueError},
};

/// What one run moves at most.
pub const MOST: u32 = Limit::MAX;
const SHOWN_AT_ONCE: usize = 10;

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

galley_api::rule::bounded_number! {
    /// How many letters to move; 100 when nothing is said.
    Limit as "RedriveLimit": u32, 1..=1000, "must be 1 to 1000"
}

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

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
            match letter.message(lane) {
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
    shown_again(letters, lane, &unreadable).await?;
    Ok(redriven)
}

/// Why a letter is thrown away: one line for the log.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Discard {
    pub reason: OperatorReason,
}

/// What came of one letter that was sent back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentBack {
    Moved(Message),
    /// This code cannot read it, so it would only come back: it stays.
    Unreadable,
    /// Not among the letters that can be seen. It may be hidden for a while by somebody who looks at it just now.
    Unseen,
}

/// Up to so many letters of a lane; they stay where they are.
///
/// # Errors
/// When the queue does not answer.
pub async fn list(letters: &impl DeadLetters, lane: Lane, limit: usize) -> Result<Vec<DeadLetter>, QueueError> {
    let mut found: Vec<DeadLetter> = Vec::new();
    while found.len() < limit {
        let batch = letters.receive(lane).await?;
        if batch.is_empty() {
            break;
        }
        found.extend(batch);
    }
    shown_again(letters, lane, &found).await?;
    found.truncate(limit);
    Ok(found)
}

/// Sends one letter back to the queue that it came from, after it is `recorded` who does so.
///
/// # Errors
/// As `redrive`, and those of `recorded`, after which the letter is where it was.
pub async fn redrive_one<E: From<QueueError>>(
    letters: &impl DeadLetters,
    queue: &impl Queue,
    (lane, id): (Lane, Uuid),
    recorded: impl Future<Output = Result<(), E>> + Send,
) -> Result<SentBack, E> {
    let Some(letter) = taken(letters, lane, id).await? else { return Ok(SentBack::Unseen) };
    let Some(message) = letter.message(lane) else {
        letters.leave(lane, &letter).await?;
        return Ok(SentBack::Unreadable);
    };
    if let Err(error) = recorded.await {
        letters.leave(lane, &letter).await?;
        return Err(error);
    }
    queue.send(&message).await?;
    letters.remove(lane, &letter).await?;
    Ok(SentBack::Moved(message))
}

/// Throws one letter away, after it is `recorded` who does so, and `tell` kept what it said. `None`: it is not among the letters that
/// can be seen.
///
/// # Errors
/// As `redrive_one`.
pub async fn discard<E: From<QueueError>>(
    letters: &impl DeadLetters,
    (lane, id): (Lane, Uuid),
    recorded: impl Future<Output = Result<(), E>> + Send,
    tell: impl FnOnce(&DeadLetter) + Send,
) -> Result<Option<DeadLetter>, E> {
    let Some(letter) = taken(letters, lane, id).await? else { return Ok(None) };
    if let Err(error) = recorded.await {
        letters.leave(lane, &letter).await?;
        return Err(error);
    }
    tell(&letter);
    letters.remove(lane, &letter).await?;
    Ok(Some(letter))
}

/// The letter, hidden from others for a while; all others are shown again.
async fn taken(letters: &impl DeadLetters, lane: Lane, id: Uuid) -> Result<Option<DeadLetter>, QueueError> {
    let (mut found, mut others) = (None, Vec::new());
    while found.is_none() && others.len() < usize::try_from(MOST).unwrap_or(usize::MAX) {
        let batch = letters.receive(lane).await?;
        if batch.is_empty() {
            break;
        }
        for letter in batch {
            if letter.id == id {
                found = Some(letter);
            } else {
                others.push(letter);
            }
        }
    }
    shown_again(letters, lane, &others).await?;
    Ok(found)
}

/// Shows letters to others again, some at a time; one that cannot be shown keeps no other hidden.
async fn shown_again(letters: &impl DeadLetters, lane: Lane, hidden: &[DeadLetter]) -> Result<(), QueueError> {
    let each: Vec<_> = hidden.iter().map(|letter| letters.leave(lane, letter)).collect();
    let shown: Vec<Result<(), QueueError>> = stream::iter(each).buffer_unordered(SHOWN_AT_ONCE).collect().await;
    shown.into_iter().collect()
}

/// One message of a dead-letter queue, received but not yet removed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub id: Uuid,
    pub body: String,
    /// Why it was given up, where whoever did so said it.
    pub reason: Option<String>,
    pub sent_at: Option<Timestamp>,
    /// What removes it.
    pub handle: String,
}

impl DeadLetter {
    /// The message, if this code can read it and it is one of this lane: what can be sent back.
    pub fn message(&self, lane: Lane) -> Option<Message> {
        Message::decode(&self.body).ok().filter(|message| message.kind.lane() == lane)
    }
}

/// The dead-letter queues, for whoever sends their messages back.
pub trait DeadLetters: Send + Sync {
    /// Up to ten letters, hidden from others for a while.
    fn receive(&self, lane: Lane) -> impl Future<Output = Result<Vec<DeadLetter>, QueueError>> + Send;

    fn remove(&self, lane: Lane, letter: &DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Shows a letter again that is to stay.
    fn leave(&self, lane: Lane, letter: &DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;
}
