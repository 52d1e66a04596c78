//! What a person may ask for: all that Galley keeps of them, or that it be forgotten. Both take their time, page by page,
//! and go on where they stopped.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    access::acts::{Acting, Recording},
    idempotency::claim::{ClaimError, ClaimRecord, Keyed, Once},
    kernel::{
        clock::{Clock, Entropy},
        error::{StoreError, chain},
        ids::{JobId, KeyId, ScheduleId, Subject, TargetName, TaskId, TenantId, TraceId},
        paging::{Page, PageKey},
    },
    queue::message::{Kind, Message, Queue},
    webhooks::source::SourceName,
};
use std::future::Future;

/// After so long the sweeper sends a job's message again.
pub(super) const GRACE: SignedDuration = SignedDuration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    Export,
    Erase,
}

impl JobKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erase => "erase",
        }
    }
}

/// What somebody has made for their tenant, and is named in as its maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    Key(KeyId),
    Source(SourceName),
    Target(TargetName),
    Person(Subject),
    Job(JobId),
    /// Whose owner they are.
    Schedule(ScheduleId),
}

/// Whose data.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub subject: Subject,
}

galley_api::rule::choice!(JobStatus { Running => "running", Done => "done", Failed => "failed" });

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub tenant: TenantId,
    pub kind: JobKind,
    /// Of an erasure that is done: the name in its place.
    pub subject: Subject,
    /// What an erasure writes in the subject's place: the same everywhere, and nobody's name.
    pub pseudonym: Subject,
    pub requested_by: Subject,
    /// What belongs to no task is done.
    pub begun: bool,
    pub tasks: u64,
    /// Of an export all that is kept of the person, of an erasure the copies that stand elsewhere.
    pub parts: u32,
    /// Where the next page of tasks begins.
    pub after: Option<PageKey>,
    /// Tasks that were still worked on when this round came by.
    pub left: u64,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    /// When it was given up.
    pub failed_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub version: u64,
    pub trace_id: TraceId,
}

impl Job {
    pub fn message(&self) -> Message {
        Message::new(Kind::Job, self.tenant.clone(), self.id.as_str(), self.trace_id.clone())
    }

    pub const fn status(&self) -> JobStatus {
        match (self.completed_at, self.failed_at) {
            (Some(_), _) => JobStatus::Done,
            (None, Some(_)) => JobStatus::Failed,
            (None, None) => JobStatus::Running,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.completed_at.is_none() && self.failed_at.is_none()
    }

    /// Given up at `now`. `None`: it has ended before.
    pub(crate) fn given_up(&self, now: Timestamp) -> Option<Self> {
        let failed = Self { failed_at: Some(now), due_at: None, version: self.version + 1, ..self.clone() };
        self.is_open().then_some(failed)
    }

    /// To be worked on again. `None`: it was not given up. An erasure goes on where it stopped. An export begins anew, for
    /// its first parts may be gone before its last ones are written.
    pub(crate) fn reopened(&self, now: Timestamp) -> Option<Self> {
        let open = Self { failed_at: None, due_at: Some(now + GRACE), version: self.version + 1, ..self.clone() };
        let open = match self.kind {
            JobKind::Erase => open,
            JobKind::Export => Self { begun: false, tasks: 0, parts: 0, after: None, left: 0, ..open },
        };
        self.failed_at.is_some().then_some(open)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("the system gave no randomness")]
    Entropy(#[source] crate::kernel::error::BoxError),
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

/// Accepts a job, once under an idempotency key. Asked twice, it is done twice, which changes nothing.
///
/// # Errors
/// See `JobError`; nothing was accepted.
pub async fn accept(
    store: &(impl PrivacyStore + Recording),
    queue: &impl Queue,
    clock: &impl Clock,
    entropy: &impl Entropy,
    acting: &Acting,
    (kind, subject): (JobKind, Subject),
    keyed: &Keyed<Job>,
) -> Result<Once<Job>, JobError> {
    let (now, by) = (clock.now(), &acting.principal);
    let random = hex::encode(entropy.secret().map_err(JobError::Entropy)?);
    let random = random.get(..16).unwrap_or(&random);
    let name = |text: String| Subject::new(text).map_err(|error| JobError::Entropy(error.into()));
    let job = Job {
        id: JobId::from_uuid(clock.uuid()),
        tenant: by.tenant.clone(),
        kind,
        subject,
        pseudonym: name(format!("erased-{random}"))?,
        requested_by: by.subject.clone(),
        begun: false,
        tasks: 0,
        parts: 0,
        after: None,
        left: 0,
        created_at: now,
        completed_at: None,
        failed_at: None,
        due_at: Some(now + GRACE),
        version: 1,
        trace_id: acting.trace_id.clone(),
    };
    // By its id alone: it no longer names whom it was about when it is done.
    let written = store.with_act(acting.own(clock, &job.id)).put_job(&job, keyed.record(&job, now)).await;
    let accepted = Once::of(job, written)?;
    if let Once::New(job) = &accepted
        && let Err(error) = queue.send(&job.message()).await
    {
        tracing::warn!(job = %job.id, error = chain(&error), "a job's message is left to the sweeper");
    }
    Ok(accepted)
}

/// The end from which a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// As jobs read: what is added meanwhile is still to come.
    Oldest,
    Newest,
}

/// Who is named where, and the jobs that collect or erase it.
pub trait PrivacyStore: Send + Sync {
    /// Tasks that name somebody: who asked, decided, wrote. The links are written with whatever names them.
    fn tasks_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        first: First,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<TaskId>, StoreError>> + Send;

    /// Writes `pseudonym` wherever the task, its events, its comments and its revisions name the subject; what they were to see to is nobody's,
    /// and what they said in comments is gone. `false`: not now, for a
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

    /// Keeps a new job, and the claim of the request that asks for it.
    fn put_job(&self, job: &Job, claim: Option<ClaimRecord>) -> impl Future<Output = Result<(), ClaimError>> + Send;

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

    /// Keeps a part of an export: JSON, for some days from `at` on.
    fn put_part(
        &self,
        job: &Job,
        number: u32,
        records: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn part(&self, id: &JobId, number: u32) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;
}
