//! What is kept of tasks, and how a task is changed: all of a change is written, or nothing.

use std::{collections::BTreeSet, future::Future};

use jiff::Timestamp;

use crate::{
    access::limits::QuotaDay,
    content::{
        kind::TaskType,
        near::{Sketch, of_article},
        slug::Slug,
    },
    idempotency::{
        claim::{ClaimRecord, ClaimStore, Claimed},
        receipt::ReceiptDone,
    },
    kernel::{
        error::StoreError,
        ids::{CommentId, Subject, TaskId, TenantId},
        paging::{Page, PageKey},
    },
    money::{
        budget::{Cap, Intent},
        ledger::{ModelCall, Settlement},
    },
    schedule::run::Ran,
    task::{
        audit::{Actor, AuditEvent},
        making::Making,
        record::{Live, Stamp, Task},
        revision::Revision,
        state::TaskState,
    },
};

/// A change of one task: all of it is written, or nothing.
#[derive(Clone, Debug)]
pub struct Change {
    /// What the task must still be.
    pub before: Stamp,
    pub task: Task,
    pub events: Vec<AuditEvent>,
    pub revision: Option<Revision>,
    pub checkpoint: Option<Checkpoint>,
    /// What it says of a model call. The cost in `task` is not written, only ever added to by this.
    pub ledger: Ledger,
    pub live: LiveChange,
    pub claim: Option<ClaimRecord>,
    /// One place of the quota given back.
    pub refund: Option<QuotaDay>,
    /// The webhook that caused this, done with in the same write.
    pub receipt: Option<ReceiptDone>,
    /// What the writer of the revision was told: each of these comments remembers in which one it was worked in.
    pub worked_in: Vec<CommentId>,
}

/// What a change does to the published article.
#[derive(Clone, Debug, Default)]
pub enum LiveChange {
    #[default]
    None,
    /// Takes the slug, or keeps it if it is this task's already.
    Put(Box<Entry>),
    Remove(Slug),
}

/// What the list of articles says of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub live: Live,
    pub title: String,
    pub excerpt: String,
    pub word_count: u32,
    pub making: Making,
    /// By which what is near to it is found: of its subject and of its text.
    pub sketches: Vec<Sketch>,
}

impl Entry {
    /// Of `task`, which is live with `revision`.
    pub fn of(task: &Task, revision: &Revision, live: Live) -> Self {
        Self {
            live,
            title: revision.title.clone(),
            excerpt: revision.excerpt.clone(),
            word_count: revision.word_count,
            making: Making::of(task, revision),
            sketches: of_article(task.request.topic.as_str(), &task.request.language(), &revision.html),
        }
    }
}

/// What a change writes into the ledger of model calls.
#[derive(Clone, Debug, Default)]
pub enum Ledger {
    #[default]
    None,
    /// A call that is about to be made; its reserved cost counts from now on, if the tenant's caps still admit it.
    Intent(Box<Intent>),
    /// A call that is over, if it was not settled before.
    Settled(Box<Settlement>),
}

impl Change {
    /// Whom a change names besides who asked for the task, who was named before.
    pub fn names(&self) -> BTreeSet<&Subject> {
        let actors = self.events.iter().filter_map(|event| match &event.actor {
            Actor::Person { subject } => Some(subject),
            _ => None,
        });
        let reviewer = self.task.approval.as_ref().map(|approval| &approval.reviewer_id);
        let all = actors.chain(reviewer.filter(|_| !self.events.is_empty()));
        all.filter(|subject| **subject != self.task.requested_by).collect()
    }

    /// A change that writes `task` and tells of it by `events`.
    pub fn new(before: Stamp, task: Task, events: Vec<AuditEvent>) -> Self {
        Self {
            before,
            task,
            events,
            revision: None,
            checkpoint: None,
            ledger: Ledger::None,
            live: LiveChange::None,
            claim: None,
            refund: None,
            receipt: None,
            worked_in: Vec::new(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else changed the task since it was read.
    #[error("the task has changed since it was read")]
    Stale,
    #[error("the idempotency key was used before")]
    Claimed(Claimed),
    /// The same key is being used at this very moment.
    #[error("a request with this idempotency key is still running")]
    InFlight,
    /// The call would go beyond what the tenant may spend.
    #[error("{} does not admit the call", .0.described())]
    OverBudget(Cap),
    /// Others were at the same items all the while. Nothing was written.
    #[error("too many writes at the same time")]
    Contended,
    #[error("another article has this slug")]
    SlugTaken,
    #[error("the webhook was processed before")]
    AlreadyProcessed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A finished stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub round: u32,
    pub number: u8,
    pub input_hash: String,
    pub output: serde_json::Value,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct TaskQuery {
    pub tenant: TenantId,
    pub state: Option<TaskState>,
    pub task_type: Option<TaskType>,
    /// Only what was created before.
    pub before: Option<Timestamp>,
    pub limit: u32,
    pub after: Option<PageKey>,
}

/// A new task with all that is written with it.
#[derive(Clone, Debug)]
pub struct Acceptance {
    pub task: Task,
    pub event: AuditEvent,
    pub claim: Option<ClaimRecord>,
    pub receipt: Option<ReceiptDone>,
    /// The occurrence that asked for it, and its schedule after it.
    pub ran: Option<Ran>,
}

/// Tasks and what belongs to them.
pub trait TaskStore: ClaimStore {
    /// Writes a new task, its event and its claim in one transaction.
    fn accept(&self, acceptance: Acceptance) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Writes a change in one transaction, on condition of its stamp.
    fn commit(&self, change: Change) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// The task and its newest revision, consistently and in one call.
    fn load(&self, id: &TaskId) -> impl Future<Output = Result<Option<(Task, Option<Revision>)>, StoreError>> + Send;

    /// As `load`, with so many of the newest revisions, the newest first.
    fn history(
        &self,
        id: &TaskId,
        most: u32,
    ) -> impl Future<Output = Result<Option<(Task, Vec<Revision>)>, StoreError>> + Send;

    /// The task alone.
    fn task(&self, id: &TaskId) -> impl Future<Output = Result<Option<Task>, StoreError>> + Send;

    /// Those of at most a hundred that exist, in no particular order.
    fn tasks(&self, ids: &[TaskId]) -> impl Future<Output = Result<Vec<Task>, StoreError>> + Send;

    fn revision(&self, id: &TaskId, number: u32) -> impl Future<Output = Result<Option<Revision>, StoreError>> + Send;

    /// Tasks without their content.
    fn list(&self, query: TaskQuery) -> impl Future<Output = Result<Page<Task>, StoreError>> + Send;

    /// The task (for the tenant check) with a page of its events, newest first.
    fn events(
        &self,
        id: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<AuditEvent>, StoreError>> + Send;

    fn revisions(
        &self,
        id: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Revision>, StoreError>> + Send;

    /// Settles a call whose worker may have lost its task since: the money is spent whoever won. Settling twice
    /// changes nothing.
    fn settle(&self, id: &TaskId, settlement: &Settlement) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The model calls of a task, newest first.
    fn calls(
        &self,
        id: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ModelCall>, StoreError>> + Send;

    /// Whether a worker with this fence still has the task. Asked often, so it reads no more than that.
    fn holds(&self, id: &TaskId, fence: u64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Moves `lease_until` and `due_at` on while the fence holds. `false`: the lease is lost.
    fn renew_lease(
        &self,
        id: &TaskId,
        fence: u64,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The finished stages of a round.
    fn checkpoints(&self, id: &TaskId, round: u32) -> impl Future<Output = Result<Vec<Checkpoint>, StoreError>> + Send;
}
