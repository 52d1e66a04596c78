//! What the use cases need of the world. Native async traits; no type of an SDK crosses them.

mod people;
mod services;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    audit::{Actor, AuditEvent},
    breaker::Breaker,
    claim::{Claim, ClaimRecord, Claimed},
    content::slug::Slug,
    correct::Correction,
    costs::{Cap, CostBy, CostLine, Intent, Spending},
    deliver::Delivery,
    ended::Ended,
    flags::{Flag, FlagChange, FlagName},
    ids::{EndedId, Generation, JobId, SourceKey, Subject, TaskId, TenantId, WebhookId},
    ledger::{ModelCall, Settlement, Transcript},
    limits::{Counted, DayQuota, QuotaDay, Reserved, Used, Window},
    message::Message,
    metrics::Metric,
    privacy::jobs::{Job, Made},
    request::TaskType,
    revision::Revision,
    state::TaskState,
    stats::{Counters, Tally},
    task::{Live, Stamp, Task},
    tenant::{Overrides, Policy, Settings},
    webhook::{
        Receipt, ReceiptLine, ReceiptOutcome,
        source::{Source, SourceName},
    },
};

pub use people::{IdentityProvider, KeyStore, PersonStore, SessionStore, StoredKey, StreamStore};
pub use services::{
    Clock, Courier, DeadLetter, DeadLetters, Deployments, Entropy, Found, KeySets, LanguageModel, LinkChecker,
    LinkState, Photographs, Queue, QueueError, RecordQueue, Researcher, SecretError, Secrets, Target, Vault,
};

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The table could not be asked, or what it holds cannot be read. Neither is the client's doing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the table did not answer as it should")]
    Unavailable(#[source] BoxError),
    /// Will not work however often: what was to be written is not as the table takes it, or too large.
    #[error("the table refuses the write for good")]
    Invalid(#[source] ForGood),
    #[error("the stored {item} cannot be read")]
    Unreadable {
        item: &'static str,
        #[source]
        source: BoxError,
    },
    #[error("the stored {item} has schema version {found}, newer than this code")]
    NewerSchema { item: &'static str, found: u32 },
}

/// Marks a refusal that no repetition changes. Found among an error's causes, whatever passes that error on.
#[derive(Debug, thiserror::Error)]
#[error("not to be tried again")]
pub struct ForGood(#[source] BoxError);

impl StoreError {
    pub fn invalid(cause: impl Into<BoxError>) -> Self {
        Self::Invalid(ForGood(cause.into()))
    }

    /// Whether an error is, or comes from, a write that will not work however often.
    pub fn is_final(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source())
            .any(|error| error.downcast_ref::<ForGood>().is_some())
    }
}

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
}

/// What a change does to the published article.
#[derive(Clone, Debug, Default)]
pub enum LiveChange {
    #[default]
    None,
    /// Takes the slug, or keeps it if it is this task's already.
    Put(Live),
    Remove(Slug),
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

#[derive(Clone, Debug)]
pub struct ReceiptDone {
    /// As it was read, without its payload.
    pub receipt: Box<Receipt>,
    pub outcome: ReceiptOutcome,
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

/// One page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<PageKey>,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// A place in a list: the sort key of the last item seen, and its id.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageKey {
    pub sort: String,
    pub id: String,
}

#[derive(Clone, Debug)]
pub struct TaskQuery {
    pub tenant: TenantId,
    pub state: Option<TaskState>,
    pub task_type: Option<TaskType>,
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
}

/// Tasks and what belongs to them.
pub trait TaskStore: Send + Sync {
    /// Writes a new task, its event and its claim in one transaction.
    fn accept(&self, acceptance: Acceptance) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Writes a change in one transaction, on condition of its stamp.
    fn commit(&self, change: Change) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// The task and its newest revision, consistently and in one call.
    fn load(&self, id: &TaskId) -> impl Future<Output = Result<Option<(Task, Option<Revision>)>, StoreError>> + Send;

    /// The task alone.
    fn task(&self, id: &TaskId) -> impl Future<Output = Result<Option<Task>, StoreError>> + Send;

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

    /// What an earlier request left under this key, if it has not expired.
    fn claimed(
        &self,
        claim: &Claim,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Claimed>, StoreError>> + Send;

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

/// Windows and quotas: counted by conditional updates, outside of any transaction.
pub trait LimitStore: Send + Sync {
    /// Counts one request, unless the window is full.
    fn count(&self, window: &Window) -> impl Future<Output = Result<Counted, StoreError>> + Send;

    /// Takes one place of the day, unless the user's or the organisation's is full.
    fn reserve(&self, day: &QuotaDay, quota: DayQuota) -> impl Future<Output = Result<Reserved, StoreError>> + Send;

    fn give_back(&self, day: &QuotaDay) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How much of each is used, with one read.
    fn used(&self, windows: &[Window], day: &QuotaDay) -> impl Future<Output = Result<Used, StoreError>> + Send;
}

/// What is particular to a tenant.
pub trait TenantStore: Send + Sync {
    fn settings(&self, tenant: &TenantId) -> impl Future<Output = Result<Settings, StoreError>> + Send;

    /// Replaces them all.
    fn set_overrides(
        &self,
        tenant: &TenantId,
        overrides: Overrides,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Replaces the policy that was read. `false`: it is another by now.
    fn replace_policy(
        &self,
        tenant: &TenantId,
        before: &Policy,
        after: &Policy,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What a tenant has spent. All of it is counted in the transactions of the calls themselves.
pub trait CostStore: Send + Sync {
    /// What the month of `day` has cost so far.
    fn spending(&self, tenant: &TenantId, day: Date) -> impl Future<Output = Result<Spending, StoreError>> + Send;

    /// What each value of `by` has cost from one day to another, both included. By day, a call counts nothing.
    fn costs(
        &self,
        tenant: &TenantId,
        by: CostBy,
        from: Date,
        to: Date,
    ) -> impl Future<Output = Result<BTreeMap<String, CostLine>, StoreError>> + Send;

    /// Notes that a cap of this day's, or of its month's, is used to `level` percent. `false`: that was noted before.
    fn note_alert(
        &self,
        tenant: &TenantId,
        cap: Cap,
        day: Date,
        level: u8,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// The ledger's entries, one by one.
pub trait LedgerStore: Send + Sync {
    fn call(&self, task: &TaskId, call: Uuid) -> impl Future<Output = Result<Option<ModelCall>, StoreError>> + Send;

    /// Writes a correction with the task's cost, the tenant's budget, the counters and the audit event, on condition that
    /// the entry is as it was read. `Stale`: it is not.
    fn correct(&self, correction: &Correction) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Answers that a tenant has paid for and may get again. Only ever its own.
pub trait AnswerStore: Send + Sync {
    /// What was kept under this key, unless it has expired by `now`.
    fn recall(
        &self,
        tenant: &TenantId,
        key: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    fn remember(
        &self,
        tenant: &TenantId,
        key: &str,
        value: &str,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What is counted beside any transaction, and what all of it came to.
pub trait StatStore: Send + Sync {
    /// Adds to counters, spread by `shard`: a task's id or whatever else is different each time.
    fn tally(&self, tally: &Tally, shard: &str, at: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// All that was ever counted, of every metric that is.
    fn totals(&self) -> impl Future<Output = Result<BTreeMap<Metric, Counters>, StoreError>> + Send;
}

/// Switches that operators turn.
pub trait FlagStore: Send + Sync {
    /// Those that somebody said something about.
    fn flags(&self) -> impl Future<Output = Result<BTreeMap<FlagName, Flag>, StoreError>> + Send;

    /// Turns a switch over what was read, and keeps the change. `false`: it is another by now.
    fn change_flag(&self, change: &FlagChange) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn flag_change(&self, id: Uuid) -> impl Future<Output = Result<Option<FlagChange>, StoreError>> + Send;

    /// A page of all changes, the newest first.
    fn flag_changes(
        &self,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<FlagChange>, StoreError>> + Send;
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

/// One article as the public reads it.
#[derive(Clone, Debug)]
pub struct Article {
    pub tenant: TenantId,
    pub task_id: TaskId,
    pub live: Live,
    pub revision: Revision,
}

/// An article's line in the list.
#[derive(Clone, Debug)]
pub struct ArticleSummary {
    pub live: Live,
    pub title: String,
    pub excerpt: String,
}

pub trait PublishedStore: Send + Sync {
    fn article(
        &self,
        tenant: &TenantId,
        slug: &Slug,
    ) -> impl Future<Output = Result<Option<Article>, StoreError>> + Send;

    fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ArticleSummary>, StoreError>> + Send;
}

/// Whether a webhook is here for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    First,
    Again,
}

pub trait ReceiptStore: Send + Sync {
    /// Keeps a receipt, due at `due_at` unless it is processed before.
    fn receive(
        &self,
        receipt: Receipt,
        due_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<Received, StoreError>> + Send;

    fn receipt(
        &self,
        key: &SourceKey,
        id: &WebhookId,
    ) -> impl Future<Output = Result<Option<Receipt>, StoreError>> + Send;

    /// A page of a source's receipts, newest first.
    fn receipts(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ReceiptLine>, StoreError>> + Send;

    /// Ends a receipt that was begun too often, and keeps its payload as long as what was given up `at` this time is listed.
    /// `false`: it has ended before.
    fn abandon(&self, done: &ReceiptDone, at: Timestamp) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Has an abandoned receipt processed again, due at `due_at`. `false`: it is not abandoned.
    fn reopen(&self, receipt: &Receipt, due_at: Timestamp) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a receipt that changed no task. `AlreadyProcessed` if it was ended before.
    fn finish(&self, done: ReceiptDone) -> impl Future<Output = Result<(), CommitError>> + Send;
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

/// One item with a next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub message: Message,
    /// A task's.
    pub state: Option<TaskState>,
    pub due_at: Timestamp,
    /// How often the sweeper has sent its message since it last moved.
    pub resends: u32,
    /// Where the item is, in the store's own terms.
    pub key: (String, String),
}

pub trait DueStore: Send + Sync {
    /// The shards that together hold everything that is due.
    const SHARDS: u8 = 8;

    /// A page of what is due by `by`, the longest due first.
    fn due(
        &self,
        shard: u8,
        by: Timestamp,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Due>, StoreError>> + Send;

    /// Moves an item's `due_at` on, if it still is what was read. `false`: somebody else did.
    fn postpone(&self, item: &Due, until: Timestamp) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Circuit breakers, shared by all instances of all functions.
pub trait BreakerStore: Send + Sync {
    /// A provider's breaker, and the version to save it over.
    fn breaker(&self, provider: &str) -> impl Future<Output = Result<(Breaker, u64), StoreError>> + Send;

    /// Those of `providers` that ever had a failure.
    fn breakers(
        &self,
        providers: &[&str],
    ) -> impl Future<Output = Result<BTreeMap<String, Breaker>, StoreError>> + Send;

    /// Saves `breaker` over the version that was read. `false`: somebody else did.
    fn keep_breaker(
        &self,
        provider: &str,
        breaker: &Breaker,
        over: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Webhook sources. Their secrets are elsewhere.
pub trait SourceStore: Send + Sync {
    fn source(&self, name: &SourceName) -> impl Future<Output = Result<Option<Source>, StoreError>> + Send;

    /// Keeps a new source. `false`: its name is taken.
    fn make_source(&self, source: Source) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A page of a tenant's sources, newest first.
    fn sources(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Source>, StoreError>> + Send;

    /// Says of the source, if it is the one that was read, that it has another secret. `false`: it is not.
    fn keep_secret_generation(
        &self,
        source: &Source,
        secret: &Generation,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes a source of this tenant: what it was. `None`: it has no such source.
    fn remove_source(
        &self,
        tenant: &TenantId,
        name: &SourceName,
    ) -> impl Future<Output = Result<Option<Source>, StoreError>> + Send;
}

/// Events on their way out. They are written with the change that they tell of.
pub trait DeliveryStore: Send + Sync {
    fn delivery(&self, task: &TaskId, id: Uuid) -> impl Future<Output = Result<Option<Delivery>, StoreError>> + Send;

    /// A page of a task's deliveries, newest first.
    fn deliveries(
        &self,
        task: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Delivery>, StoreError>> + Send;

    /// Keeps a delivery over the version that was read. `false`: somebody else did.
    fn keep_delivery(&self, delivery: &Delivery, over: u64) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Who is named where, and the jobs that collect or erase it.
pub trait PrivacyStore: Send + Sync {
    /// Tasks that name somebody: who asked, decided, wrote. The links are written with whatever names them.
    fn tasks_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<TaskId>, StoreError>> + Send;

    /// Writes `pseudonym` wherever the task, its events and its revisions name the subject. `false`: not now, for a
    /// worker has it, or somebody was faster.
    fn erase_from_task(
        &self,
        id: &TaskId,
        subject: &Subject,
        pseudonym: &Subject,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes `pseudonym` where `made` names the subject as its maker, unless it names somebody else by now.
    fn rename_maker(
        &self,
        tenant: &TenantId,
        made: &Made,
        subject: &Subject,
        pseudonym: &Subject,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn unlink(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        task: &TaskId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn put_job(&self, job: &Job) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn job(&self, id: &JobId) -> impl Future<Output = Result<Option<Job>, StoreError>> + Send;

    /// A page of a tenant's jobs, the newest first.
    fn jobs(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Job>, StoreError>> + Send;

    /// Keeps a job over the version that was read. `false`: somebody else did.
    fn keep_job(&self, job: &Job, over: u64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps a part of an export: JSON.
    fn put_part(&self, job: &Job, number: u32, records: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn part(&self, id: &JobId, number: u32) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;
}
