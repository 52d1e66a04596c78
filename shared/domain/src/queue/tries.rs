//! Tries at a message. A handler that runs out of time, or whose process dies, writes nothing: so each try is counted on the
//! item before it is begun, and after the last one the item itself ends, as given up.

use jiff::Timestamp;
use std::future::Future;

use crate::{
    kernel::{
        error::{StoreError, chain},
        ids::EndedId,
        paging::{Page, PageKey},
    },
    queue::message::{Kind, Message},
};

/// So often something is begun. One that comes to an end of its own counts no more, also where that end is an error: what is
/// left over timed out or died.
pub const MOST_TRIES: u32 = 10;

/// What was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub id: EndedId,
    /// What would try it again.
    pub message: Message,
    pub tries: u32,
    pub at: Timestamp,
}

impl Ended {
    pub fn of(message: &Message, tries: u32, at: Timestamp) -> Self {
        Self { id: EndedId::of(message.kind.name(), &message.id), message: message.clone(), tries, at }
    }
}

/// Whether a message's work is to be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Work,
    /// It was begun so often, and never ended.
    GiveUp {
        tries: u32,
    },
    /// A duplicate, or nothing that is known.
    NothingToDo,
}

/// Counts a try at a receipt, a publication or a job before it is begun. A delivery and a placement count their own, a generation is counted
/// by its attempts.
///
/// # Errors
/// When the store does not answer; nothing was begun.
pub async fn begin(store: &impl EndedStore, message: &Message) -> Result<Begin, StoreError> {
    if matches!(message.kind, Kind::Generate | Kind::Deliver | Kind::Place) {
        return Ok(Begin::Work);
    }
    Ok(match store.begin(message).await? {
        None => Begin::NothingToDo,
        Some(nth) if nth > MOST_TRIES => Begin::GiveUp { tries: nth - 1 },
        Some(_) => Begin::Work,
    })
}

/// A try that failed in words, and so neither timed out nor died, counts no more: a store that is away for an hour gives
/// nothing up.
pub async fn failed(store: &impl EndedStore, message: &Message) {
    if matches!(message.kind, Kind::Generate | Kind::Deliver | Kind::Place) {
        return;
    }
    if let Err(error) = store.take_back(message).await {
        tracing::warn!(id = %message.id, error = chain(&error), "a try that failed stays counted");
    }
}

/// What is begun, and what was given up.
pub trait EndedStore: Send + Sync {
    /// Counts one more try at what `message` names, and says the how many-th it is. Whatever moves the item on has the
    /// count begin anew. `None`: it has no next step.
    fn begin(&self, message: &Message) -> impl Future<Output = Result<Option<u32>, StoreError>> + Send;

    /// Takes back a try that came to an end of its own, though not to the one that was wanted.
    fn take_back(&self, message: &Message) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Lists something as given up; the same again is one line still.
    fn keep_ended(&self, ended: &Ended) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn ended(&self, id: &EndedId) -> impl Future<Output = Result<Option<Ended>, StoreError>> + Send;

    /// A page of all that was given up, newest first.
    fn all_ended(
        &self,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Ended>, StoreError>> + Send;

    fn forget_ended(&self, id: &EndedId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
