//! Work that never comes to its end. A handler that runs out of time, or whose process dies, writes nothing: so each try is
//! counted on the item before it is begun, and after the last one the item itself ends, as given up. It is listed for
//! operators, who can have it tried again.

use jiff::Timestamp;

use crate::{
    audit::Actor,
    deliver,
    ids::{EndedId, JobId, TaskId},
    message::{Kind, Message},
    ports::{Clock, CommitError, DeliveryStore, EndedStore, PrivacyStore, Queue, ReceiptStore, StoreError, TaskStore},
    publish,
    report::chain,
    webhook::{ReceiptOutcome, parse_message_id},
};

/// So often something is begun. One that ends counts no more; those left over timed out, crashed, or met a store that was
/// gone in the middle.
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

/// Counts a try at a receipt, a publication or a job before it is begun. A delivery counts its own, a generation is counted
/// by its attempts.
///
/// # Errors
/// When the store does not answer; nothing was begun.
pub async fn begin(store: &impl EndedStore, message: &Message) -> Result<Begin, StoreError> {
    if matches!(message.kind, Kind::Generate | Kind::Deliver) {
        return Ok(Begin::Work);
    }
    Ok(match store.begin(message).await? {
        None => Begin::NothingToDo,
        Some(nth) if nth > MOST_TRIES => Begin::GiveUp { tries: nth - 1 },
        Some(_) => Begin::Work,
    })
}

#[derive(Debug, thiserror::Error)]
pub enum GiveUpError {
    #[error("the task kept changing")]
    Contended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends what `message` names, and lists it. The list first: what is given up is never unlisted.
///
/// # Errors
/// See `GiveUpError`; the message may be delivered again.
pub async fn give_up<S: EndedStore + ReceiptStore + PrivacyStore + TaskStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    message: &Message,
    tries: u32,
) -> Result<(), GiveUpError> {
    let ended = Ended::of(message, tries, clock.now());
    store.keep_ended(&ended).await?;
    let is_over = match message.kind {
        Kind::Webhook => abandon_receipt(store, message, tries).await?,
        Kind::Job => fail_job(store, clock, message).await?,
        Kind::Publish => fail_publication(store, queue, clock, message).await?,
        // Theirs to say.
        Kind::Generate | Kind::Deliver => false,
    };
    if is_over {
        tracing::error!(kind = message.kind.name(), id = %message.id, tenant = %message.tenant, tries, "given up");
    } else {
        store.forget_ended(&ended.id).await?;
    }
    Ok(())
}

async fn abandon_receipt(store: &impl ReceiptStore, message: &Message, tries: u32) -> Result<bool, StoreError> {
    let Some((key, id)) = parse_message_id(&message.id) else { return Ok(false) };
    let receipt = store.receipt(&key, &id).await?.filter(|receipt| receipt.tenant == message.tenant);
    let Some(receipt) = receipt else { return Ok(false) };
    store.abandon(&receipt.done(ReceiptOutcome::Abandoned { tries })).await
}

async fn fail_job(store: &impl PrivacyStore, clock: &impl Clock, message: &Message) -> Result<bool, StoreError> {
    let Ok(id) = JobId::new(message.id.clone()) else { return Ok(false) };
    let job = store.job(&id).await?.filter(|job| job.tenant == message.tenant);
    match job.and_then(|job| job.given_up(clock.now())) {
        Some(failed) => store.keep_job(&failed, failed.version - 1).await,
        None => Ok(false),
    }
}

async fn fail_publication(
    store: &impl TaskStore,
    queue: &impl Queue,
    clock: &impl Clock,
    message: &Message,
) -> Result<bool, GiveUpError> {
    let Ok(id) = TaskId::new(message.id.clone()) else { return Ok(false) };
    let task = store.task(&id).await?.filter(|task| task.tenant == message.tenant);
    let Some(task) = task else { return Ok(false) };
    let context = clock.context(Actor::Worker, &message.trace_id);
    let Some(change) = publish::given_up(&task, &context) else { return Ok(false) };
    let (next, events) = (change.task.clone(), change.events.clone());
    match store.commit(change).await {
        Ok(()) => {
            deliver::announce(queue, &next, &events).await;
            Ok(true)
        }
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(_) => Err(GiveUpError::Contended),
    }
}

/// What came of an operator's wish to have something tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redriven {
    Again(Ended),
    /// A person has to decide first: a publication goes back to its reviewers.
    NeedsDecision,
    /// It is not there any more, or has come to another end.
    Gone,
}

/// Has what was given up tried again, with all its tries before it.
///
/// # Errors
/// When the store does not answer.
pub async fn redrive<S: EndedStore + ReceiptStore + PrivacyStore + DeliveryStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    id: &EndedId,
) -> Result<Redriven, StoreError> {
    let Some(ended) = store.ended(id).await? else { return Ok(Redriven::Gone) };
    let (message, now) = (&ended.message, clock.now());
    let again = match message.kind {
        Kind::Webhook => match parse_message_id(&message.id) {
            Some((key, id)) => store.reopen(&key, &id, now + clock.pace().grace()).await?,
            None => false,
        },
        Kind::Job => match JobId::new(message.id.clone()) {
            Ok(id) => reopen_job(store, now, &id).await?,
            Err(_) => false,
        },
        Kind::Deliver => deliver::again(store, queue, clock, message).await?,
        Kind::Publish | Kind::Generate => return Ok(Redriven::NeedsDecision),
    };
    // A delivery is sent with its own.
    if again
        && message.kind != Kind::Deliver
        && let Err(error) = queue.send(message).await
    {
        tracing::warn!(id = %message.id, error = chain(&error), "what is tried again is left to the sweeper");
    }
    store.forget_ended(id).await?;
    Ok(if again { Redriven::Again(ended) } else { Redriven::Gone })
}

async fn reopen_job(store: &impl PrivacyStore, now: Timestamp, id: &JobId) -> Result<bool, StoreError> {
    match store.job(id).await?.and_then(|job| job.reopened(now)) {
        Some(job) => store.keep_job(&job, job.version - 1).await,
        None => Ok(false),
    }
}
