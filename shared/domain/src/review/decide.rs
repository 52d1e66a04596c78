//! Decisions of people. One read, one transaction, conditional on the version that was read: of two reviewers one
//! wins, and the other learns the present state.

use futures_util::future;

use crate::{
    access::{
        allowance::{Taken, give_back},
        limits::{LimitStore, QuotaDay, RateState},
    },
    agents::{
        cast::{self, CastError},
        store::AgentStore,
    },
    idempotency::claim::{Claimed, KeyReused, SavedResponse},
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::Subject,
    },
    outbox::announce,
    publishing::publish::SLUG_TRIES,
    queue::message::Queue,
    review::{
        action::{Action, Approver, Command, DecideError},
        plan::{Plan, Read, Then, plan},
        writer,
    },
    task::{
        record::Task,
        replay::replay_or,
        revision::Revision,
        store::{CommitError, LiveChange, TaskStore},
    },
};

/// How often a cancellation is tried while a worker keeps writing.
const CANCEL_TRIES: u8 = 5;

#[derive(Clone, Debug)]
pub enum Decided {
    Done(Box<Task>),
    Replay(SavedResponse),
}

/// What a decision needs.
#[derive(Clone, Debug)]
pub struct Decider<S, Q, C> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
}

/// A task as it was read, with its newest revision.
type Loaded = Result<Option<(Task, Option<Revision>)>, StoreError>;

impl<S: TaskStore + AgentStore + LimitStore, Q: Queue, C: Clock> Decider<S, Q, C> {
    /// Decides, or says why not. A repeated request with the same key gets its first answer again. It is counted beside
    /// the read, and whoever is refused there has changed nothing. How the window stands is told with either.
    ///
    /// # Errors
    /// See `DecideError`; nothing has changed, except that `RevisionCleaned` left a new revision.
    pub async fn decide(
        &self,
        mut command: Command,
        render: impl Fn(&Task) -> SavedResponse + Send + Sync,
    ) -> (Result<Decided, DecideError>, Option<RateState>) {
        let mut allowance = std::mem::take(&mut command.allowance);
        if let Err(forbidden) = command.principal.may(command.action.route()) {
            // It is counted all the same, and asks for no place of the day.
            allowance.day = None;
            let Taken { place, rate } = Box::pin(allowance.take(&self.store, self.clock.now())).await;
            return (Err(place.map_or_else(DecideError::from, |_| forbidden.into())), rate);
        }
        // Boxed, for they are large, and joining moves them about.
        let (Taken { place, rate }, loaded) = future::join(
            Box::pin(allowance.take(&self.store, self.clock.now())),
            Box::pin(self.store.load(&command.task_id)),
        )
        .await;
        let place = match place {
            Ok(place) => place,
            // Whoever lost the answer and asks again is told it, however full the day is by now.
            Err(refused) => return (self.replay_or(refused.into(), &command).await, rate),
        };
        // Nothing was written yet where the read failed.
        let unread = loaded.is_err();
        let decided = Box::pin(self.decide_on(loaded, &command, place.as_ref(), &render)).await;
        // A lost answer may hide a write that happened: then the place is taken rightly.
        let keeps = matches!(decided, Ok(Decided::Done(_))) || matches!(decided, Err(DecideError::Store(_)) if !unread);
        if let (Some(place), false) = (&place, keeps) {
            give_back(&self.store, place).await;
        }
        (decided, rate)
    }

    async fn decide_on(
        &self,
        mut loaded: Loaded,
        command: &Command,
        place: Option<&QuotaDay>,
        render: &(impl Fn(&Task) -> SavedResponse + Send + Sync),
    ) -> Result<Decided, DecideError> {
        for _ in 1..CANCEL_TRIES {
            match self.decide_once(loaded, command, place, render).await {
                // A worker's progress must not keep anyone from stopping it. A review of what has changed meanwhile
                // is another matter: that one is told.
                Err(DecideError::Conflict(_)) if matches!(command.action, Action::Cancel(_)) => {}
                decided => return decided,
            }
            loaded = self.store.load(&command.task_id).await;
        }
        self.decide_once(loaded, command, place, render).await
    }

    async fn decide_once(
        &self,
        loaded: Loaded,
        command: &Command,
        place: Option<&QuotaDay>,
        render: &(impl Fn(&Task) -> SavedResponse + Send + Sync),
    ) -> Result<Decided, DecideError> {
        let (task, draft) =
            loaded?.filter(|(task, _)| task.tenant == command.principal.tenant).ok_or(DecideError::NotFound)?;
        let named = self.named_revision(command, &task, draft).await?;
        let writer = self.writer(command, named.as_ref()).await?;
        for tries in 0..SLUG_TRIES {
            let read = Read { task: &task, revision: named.as_ref(), writer: writer.as_ref() };
            let plan = match plan(command, read, tries, &self.clock) {
                Ok(plan) => plan.counting_in(place),
                Err(error) => return self.replay_or(error, command).await,
            };
            if matches!(command.action, Action::RequestChanges(_) | Action::Retry(_)) {
                match cast::still_there(&self.store, &task.tenant, &task.request).await {
                    Ok(()) => {}
                    Err(CastError::Store(error)) => return Err(error.into()),
                    Err(gone) => return self.replay_or(DecideError::AgentGone(gone), command).await,
                }
            }
            match self.carry_out(plan, command, render).await {
                Err(Failed::SlugTaken) => {}
                Err(Failed::Stale) => return self.overtaken(command).await,
                Err(Failed::Final(error)) => return Err(error),
                Ok(decided) => return Ok(decided),
            }
        }
        Err(DecideError::NoSlug)
    }

    /// Only what is not about the newest revision needs another read.
    async fn named_revision(
        &self,
        command: &Command,
        task: &Task,
        newest: Option<Revision>,
    ) -> Result<Option<Revision>, StoreError> {
        match command.action.revision(task) {
            Some(number) if newest.as_ref().is_none_or(|newest| newest.number != number) => {
                self.store.revision(&command.task_id, number).await
            }
            _ => Ok(newest),
        }
    }

    /// Whoever wrote the text that is to be published, where that matters.
    async fn writer(&self, command: &Command, revision: Option<&Revision>) -> Result<Option<Subject>, StoreError> {
        let matters = command.approver != Approver::Anyone && command.action.publishes();
        let Some(made) = revision.filter(|_| matters) else { return Ok(None) };
        writer::of(&self.store, &command.task_id, made, &[]).await
    }

    async fn carry_out(
        &self,
        Plan { mut change, message, then }: Plan,
        command: &Command,
        render: impl Fn(&Task) -> SavedResponse,
    ) -> Result<Decided, Failed> {
        let task = change.task.clone();
        if let (Then::Done, Some(claim)) = (&then, &command.claim) {
            change.claim = Some(claim.clone().record(render(&task), self.clock.now()));
        }
        let takes_slug = matches!(change.live, LiveChange::Put(_));
        let events = change.events.clone();
        match self.store.commit(change).await {
            Ok(()) => {}
            Err(CommitError::Claimed(Claimed::Replay(saved))) => return Ok(Decided::Replay(saved)),
            Err(CommitError::Claimed(Claimed::KeyReused)) => return Err(Failed::Final(KeyReused.into())),
            Err(CommitError::InFlight) => return Err(Failed::Final(DecideError::InFlight)),
            Err(CommitError::SlugTaken) if takes_slug => return Err(Failed::SlugTaken),
            Err(CommitError::Store(error)) => return Err(Failed::Final(error.into())),
            Err(
                CommitError::Stale
                | CommitError::Contended
                | CommitError::OverBudget(_)
                | CommitError::SlugTaken
                | CommitError::AlreadyProcessed,
            ) => {
                return Err(Failed::Stale);
            }
        }
        announce::announce(&self.queue, &task, &events).await;
        if let Some(message) = message {
            // The sweeper sends it again: the task is due until a worker claims it.
            if let Err(error) = self.queue.send(&message).await {
                tracing::warn!(task_id = %task.id, error = chain(&error), "decided, message left to the sweeper");
            }
        }
        match then {
            Then::Done => Ok(Decided::Done(Box::new(task))),
            Then::Cleaned => Err(Failed::Final(DecideError::RevisionCleaned { revision: task.revision })),
        }
    }

    /// The write found another version than the one read.
    async fn overtaken(&self, command: &Command) -> Result<Decided, DecideError> {
        let state = self.store.load(&command.task_id).await?.map(|(task, _)| task.state);
        let error = state.map_or(DecideError::NotFound, DecideError::Conflict);
        self.replay_or(error, command).await
    }

    async fn replay_or(&self, refusal: DecideError, command: &Command) -> Result<Decided, DecideError> {
        let saved = replay_or(refusal, command.claim.as_ref(), &self.store, self.clock.now()).await?;
        Ok(Decided::Replay(saved))
    }
}

enum Failed {
    SlugTaken,
    Stale,
    Final(DecideError),
}
