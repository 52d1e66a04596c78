//! Work that never comes to its end. A handler that runs out of time, or whose process dies, writes nothing: so each try is
//! counted on the item before it is begun, and after the last one the item itself ends, as given up. It is listed for
//! operators, who can have it tried again.

use jiff::Timestamp;

use crate::{
    access::acts::{Acting, Recording},
    idempotency::receipt::{ReceiptOutcome, parse_message_id},
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{EndedId, JobId, ScheduleId, TaskId},
    },
    outbox::{announce, deliver::DeliveryStore, redeliver},
    privacy::jobs::PrivacyStore,
    publishing::publish,
    queue::{
        message::{Kind, Message, Queue},
        tries::{Ended, EndedStore},
    },
    schedule::{
        record::{Because, Schedule},
        store::ScheduleStore,
    },
    task::{
        audit::{Actor, Context},
        state::TaskState,
        store::{CommitError, TaskStore},
    },
    webhooks::receive::ReceiptStore,
};

/// How long what was given up is listed, and all that trying it again needs is kept.
pub const KEPT_DAYS: i64 = 90;

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
pub async fn give_up<S: EndedStore + ReceiptStore + PrivacyStore + TaskStore + ScheduleStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    message: &Message,
    tries: u32,
) -> Result<(), GiveUpError> {
    let ended = Ended::of(message, tries, clock.now());
    store.keep_ended(&ended).await?;
    let is_over = match message.kind {
        Kind::Webhook => abandon_receipt(store, message, &ended).await?,
        Kind::Job => fail_job(store, clock, message).await?,
        Kind::Publish => fail_publication(store, queue, clock, message).await?,
        Kind::Schedule => pause_schedule(store, clock, message).await?,
        // Theirs to say.
        Kind::Generate | Kind::Deliver | Kind::Place => false,
    };
    if is_over {
        tracing::error!(kind = message.kind.name(), id = %message.id, tenant = %message.tenant, tries, "given up");
    } else {
        store.forget_ended(&ended.id).await?;
    }
    Ok(())
}

async fn abandon_receipt(
    store: &impl ReceiptStore,
    message: &Message,
    &Ended { tries, at, .. }: &Ended,
) -> Result<bool, StoreError> {
    let Some((key, id)) = parse_message_id(&message.id) else { return Ok(false) };
    let receipt = store.receipt(&key, &id).await?.filter(|receipt| receipt.tenant == message.tenant);
    let Some(receipt) = receipt else { return Ok(false) };
    if store.abandon(&receipt.done(ReceiptOutcome::Abandoned { tries }), at).await? {
        return Ok(true);
    }
    // It ended meanwhile: perhaps by a duplicate of this very message, perhaps by this write, whose answer was lost.
    let ended = store.receipt(&key, &id).await?;
    Ok(ended.is_some_and(|ended| matches!(ended.outcome, ReceiptOutcome::Abandoned { .. })))
}

async fn fail_job(store: &impl PrivacyStore, clock: &impl Clock, message: &Message) -> Result<bool, StoreError> {
    let Ok(id) = JobId::new(message.id.clone()) else { return Ok(false) };
    let job = store.job(&id).await?.filter(|job| job.tenant == message.tenant);
    if let Some(failed) = job.and_then(|job| job.given_up(clock.now()))
        && store.keep_job(&failed, failed.version - 1).await?
    {
        return Ok(true);
    }
    Ok(store.job(&id).await?.is_some_and(|job| job.tenant == message.tenant && job.failed_at.is_some()))
}

/// What a schedule cannot come to the end of, it does not come to again until somebody has it go on.
async fn pause_schedule(store: &impl ScheduleStore, clock: &impl Clock, message: &Message) -> Result<bool, StoreError> {
    let Ok(id) = ScheduleId::new(message.id.clone()) else { return Ok(false) };
    let of_tenant = |schedule: &Schedule| schedule.plan.tenant == message.tenant;
    let found = store.schedule(&id).await?.filter(of_tenant).filter(|schedule| schedule.plan.pause.is_none());
    if let Some(found) = found
        && store.keep_schedule(&found.paused(Because::GivenUp, clock.now()), found.version).await?
    {
        return Ok(true);
    }
    let given_up = |schedule: Schedule| schedule.plan.pause.is_some_and(|pause| pause.because == Because::GivenUp);
    Ok(store.schedule(&id).await?.filter(of_tenant).is_some_and(given_up))
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
    let context = Context::now(clock, Actor::Worker, &message.trace_id);
    // With its reviewers: given up by a duplicate of this very message, or by a write whose answer was lost.
    let Some(change) = publish::given_up(&task, &context) else {
        return Ok(task.state == TaskState::AwaitingApproval);
    };
    let (next, events) = (change.task.clone(), change.events.clone());
    match store.commit(change).await {
        Ok(()) => {
            announce::announce(queue, &next, &events).await;
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
pub async fn redrive<
    S: EndedStore + ReceiptStore + PrivacyStore + DeliveryStore + TaskStore + ScheduleStore + Recording,
>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    acting: &Acting,
    id: &EndedId,
) -> Result<Redriven, StoreError> {
    let Some(ended) = store.ended(id).await? else { return Ok(Redriven::Gone) };
    let (message, now) = (&ended.message, clock.now());
    let again = match message.kind {
        Kind::Webhook => match parse_message_id(&message.id) {
            Some((key, id)) => match store.receipt(&key, &id).await? {
                Some(receipt) => store.reopen(&receipt, now + clock.timings().grace()).await?,
                None => false,
            },
            None => false,
        },
        Kind::Job => match JobId::new(message.id.clone()) {
            Ok(id) => reopen_job(store, now, &id).await?,
            Err(_) => false,
        },
        Kind::Deliver => redeliver::again(store, queue, clock, message).await?,
        Kind::Publish if waits_for_decision(store, message).await? => return Ok(Redriven::NeedsDecision),
        Kind::Schedule => resume_schedule(store, now, message).await?,
        Kind::Publish | Kind::Generate | Kind::Place => false,
    };
    // A delivery is sent with its own.
    if again
        && message.kind != Kind::Deliver
        && let Err(error) = queue.send(message).await
    {
        tracing::warn!(id = %message.id, error = chain(&error), "what is tried again is left to the sweeper");
    }
    if !again {
        store.forget_ended(id).await?;
        return Ok(Redriven::Gone);
    }
    store.with_act(acting.act(clock, &message.tenant, id)).forget_ended(id).await?;
    Ok(Redriven::Again(ended))
}

/// Whether a publication that was given up still waits for its reviewers.
async fn waits_for_decision(store: &impl TaskStore, message: &Message) -> Result<bool, StoreError> {
    let Ok(id) = TaskId::new(message.id.clone()) else { return Ok(false) };
    Ok(store.task(&id).await?.is_some_and(|task| task.state == TaskState::AwaitingApproval))
}

/// What fell into the pause is left out, as in any.
async fn resume_schedule(store: &impl ScheduleStore, now: Timestamp, message: &Message) -> Result<bool, StoreError> {
    let Ok(id) = ScheduleId::new(message.id.clone()) else { return Ok(false) };
    let found = store.schedule(&id).await?.filter(|schedule| schedule.plan.tenant == message.tenant);
    let given_up = |one: &Schedule| one.plan.pause.is_some_and(|pause| pause.because == Because::GivenUp);
    let Some(found) = found.filter(given_up) else { return Ok(false) };
    let mut next = Schedule { version: found.version + 1, ..found.clone() };
    next.plan.pause = None;
    store.keep_schedule(&next.onward(now), found.version).await
}

async fn reopen_job(store: &impl PrivacyStore, now: Timestamp, id: &JobId) -> Result<bool, StoreError> {
    match store.job(id).await?.and_then(|job| job.reopened(now)) {
        Some(job) => store.keep_job(&job, job.version - 1).await,
        None => Ok(false),
    }
}
