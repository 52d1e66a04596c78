//! What is held, and how it can be made to fail.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use galley_domain::{
    access::{
        acts::{Act, ActPlace, Named, NewAct},
        keys::StoredKey,
        limits::QuotaDay,
        people::Person,
        sign_in::{Begun, Session},
        streams::Holder,
        tickets::{Ticket, TicketId},
    },
    agents::registry::{Prompt, Registry},
    content::slug::Slug,
    generation::{breaker::Breaker, transcript::Transcript},
    idempotency::{claim::ClaimRecord, receipt::Receipt},
    intent::record::Intent,
    kernel::{
        error::StoreError,
        ids::{
            AgentId, CommentId, EndedId, FeedId, IntentId, JobId, KeyId, ScheduleId, SessionId, SourceKey, Subject,
            TargetName, TaskId, TenantId, WebhookId,
        },
        paging::{Page, PageKey},
    },
    metrics::{Metric, stats::Counters},
    money::{budget::CostBy, ledger::ModelCall},
    outbox::{deliver::Delivery, listen::Heard, placement::Placement, target::Target},
    plans::feed::Feed,
    privacy::jobs::Job,
    publishing::near::{Kept, Mark},
    queue::tries::Ended,
    schedule::{record::Schedule, run::Run},
    task::{
        audit::AuditEvent,
        comment::Comment,
        record::Task,
        revision::Revision,
        store::{Checkpoint, Entry},
    },
    tenancy::{
        flags::{Flag, FlagChange, FlagName},
        history::{ChangePlace, TenantChange},
        settings::Settings,
    },
    webhooks::{
        refusals::Reason,
        source::{Rotating, Source, SourceName},
    },
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    held: Arc<Mutex<Held>>,
    /// Commits that still succeed; `None` for all of them.
    healthy_for: Arc<Mutex<Option<u32>>>,
    refuses: Arc<Mutex<Option<u32>>>,
    /// After so many commits, so many happen without an answer.
    answers: Arc<Mutex<(u32, u32)>>,
    /// What each write takes with it.
    pub(super) act: Option<Arc<NewAct>>,
}

#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) tasks: BTreeMap<TaskId, Task>,
    pub(super) resends: HashMap<String, u32>,
    pub(super) tries: HashMap<String, u32>,
    pub(super) ended: HashMap<EndedId, Ended>,
    pub(super) events: HashMap<TaskId, Vec<AuditEvent>>,
    pub(super) revisions: HashMap<TaskId, BTreeMap<u32, Revision>>,
    pub(super) comments: BTreeMap<(TaskId, CommentId), Comment>,
    pub(super) checkpoints: HashMap<(TaskId, u32), BTreeMap<u8, Checkpoint>>,
    pub(super) claims: HashMap<(TenantId, String), ClaimRecord>,
    pub(super) slugs: BTreeMap<(TenantId, Slug), (TaskId, Entry)>,
    /// Where an article was.
    pub(super) left_slugs: BTreeSet<(TenantId, Slug)>,
    pub(super) marks: BTreeMap<(TenantId, Mark), Kept>,
    pub(super) windows: HashMap<(String, i64), u32>,
    pub(super) days: HashMap<(TenantId, String), Day>,
    pub(super) receipts: HashMap<(SourceKey, WebhookId), (Receipt, Option<Timestamp>)>,
    pub(super) sources: HashMap<SourceName, Source>,
    pub(super) refusals: BTreeMap<(TenantId, SourceKey, Date, Reason), (u64, Timestamp)>,
    pub(super) rotations: HashMap<SourceName, Rotating>,
    pub(super) deliveries: BTreeMap<(TaskId, Uuid), (Delivery, Option<Timestamp>)>,
    pub(super) heard: Vec<Heard>,
    pub(super) placements: BTreeMap<(TaskId, TargetName), (Placement, Option<Timestamp>)>,
    pub(super) targets: BTreeMap<(TenantId, TargetName), Target>,
    pub(super) keys: HashMap<KeyId, StoredKey>,
    pub(super) calls: HashMap<TaskId, BTreeMap<Uuid, ModelCall>>,
    pub(super) agents: BTreeMap<TenantId, Registry>,
    pub(super) prompts: BTreeMap<(TenantId, AgentId, u32), Prompt>,
    pub(super) settings: HashMap<TenantId, Settings>,
    pub(super) changes: BTreeMap<ChangePlace, TenantChange>,
    /// In micro-dollars, by tenant and day.
    pub(super) spent: BTreeMap<(TenantId, Date), i64>,
    pub(super) costs: BTreeMap<(TenantId, CostBy, Date, String), (i64, u64)>,
    /// By tenant and day, of models that cost nothing.
    pub(super) tokens: BTreeMap<(TenantId, Date), i64>,
    pub(super) alerts: HashMap<(TenantId, String), u8>,
    pub(super) tenants: BTreeMap<TenantId, Timestamp>,
    pub(super) flags: BTreeMap<FlagName, Flag>,
    pub(super) answers: HashMap<(TenantId, String), (String, Timestamp)>,
    pub(super) flag_log: BTreeMap<Uuid, FlagChange>,
    pub(super) transcripts: HashMap<(TaskId, Uuid), Transcript>,
    pub(super) links: BTreeSet<(TenantId, Subject, TaskId)>,
    pub(super) jobs: HashMap<JobId, Job>,
    pub(super) schedules: BTreeMap<ScheduleId, Schedule>,
    pub(super) schedules_due: BTreeMap<ScheduleId, Timestamp>,
    pub(super) runs: BTreeMap<(ScheduleId, String), Run>,
    pub(super) intents: BTreeMap<(TenantId, Subject, IntentId), Intent>,
    pub(super) feeds: BTreeMap<FeedId, Feed>,
    pub(super) parts: HashMap<(JobId, u32), String>,
    pub(super) begun: HashMap<String, Begun>,
    pub(super) tickets: HashMap<TicketId, Ticket>,
    pub(super) sessions: HashMap<SessionId, Session>,
    pub(super) people: BTreeMap<(TenantId, Subject), Person>,
    pub(super) streams: HashMap<Holder, BTreeMap<u32, Timestamp>>,
    pub(super) breakers: HashMap<String, (Breaker, u64)>,
    pub(super) acts: BTreeMap<(TenantId, ActPlace), Act>,
    pub(super) act_links: BTreeSet<(TenantId, Named, Subject, ActPlace)>,
    pub(super) counters: BTreeMap<Metric, Counters>,
}

#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) organisation: i64,
    pub(super) users: HashMap<String, i64>,
}

impl MemoryStore {
    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// After so many commits every further one fails, as if the table were gone.
    pub fn break_after(&self, commits: u32) {
        *self.healthy_for.lock().unwrap() = Some(commits);
    }

    pub fn heal(&self) {
        *self.healthy_for.lock().unwrap() = None;
    }

    /// After so many commits, the answers of the next `lost` are lost: they happen, and nobody is told.
    pub fn lose_answers_after(&self, commits: u32, lost: u32) {
        *self.answers.lock().unwrap() = (commits, lost);
    }

    pub(super) fn answer_lost(&self) -> bool {
        let mut answers = self.answers.lock().unwrap();
        match *answers {
            (0, 0) => false,
            (0, lost) => {
                *answers = (0, lost - 1);
                true
            }
            (heard, lost) => {
                *answers = (heard - 1, lost);
                false
            }
        }
    }

    /// Ends a lease before its time.
    pub fn expire_lease(&self, id: &TaskId, now: Timestamp) {
        let mut held = self.held();
        let task = held.tasks.get_mut(id).unwrap();
        (task.lease_until, task.due_at) = (Some(now), Some(now));
    }

    /// After so many commits, the next one is refused for good, whatever is in it.
    pub fn refuse_after(&self, commits: u32) {
        *self.refuses.lock().unwrap() = Some(commits);
    }

    pub(super) fn refused(&self) -> Result<(), StoreError> {
        let mut refuses = self.refuses.lock().unwrap();
        let left = refuses.take();
        *refuses = left.and_then(|left| left.checked_sub(1));
        if left == Some(0) { Err(StoreError::invalid("it does not fit")) } else { Ok(()) }
    }

    pub(super) fn counted(&self) -> Result<(), StoreError> {
        self.refused()?;
        match self.healthy_for.lock().unwrap().as_mut() {
            None => Ok(()),
            Some(0) => Err(StoreError::Unavailable("the table is gone".into())),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    /// What a counter stands at.
    pub fn count_of(&self, metric: Metric, counter: &str) -> u64 {
        self.held().counters.get(&metric).and_then(|counters| counters.get(counter)).copied().unwrap_or(0)
    }

    /// How many places of a day are taken.
    pub fn taken(&self, day: &QuotaDay) -> i64 {
        self.held().days.get(&(day.tenant.clone(), day.date.to_string())).map_or(0, |day| day.organisation)
    }
}

/// The first `limit` of `rest`, with a key when the page is full, as DynamoDB gives one.
pub(super) fn page<T>(mut rest: Vec<T>, limit: u32, key: impl Fn(&T) -> PageKey) -> Page<T> {
    let limit = usize::try_from(limit).unwrap();
    let full = rest.len() >= limit;
    rest.truncate(limit);
    let next = if full { rest.last().map(key) } else { None };
    Page { items: rest, next }
}
