//! Works off jobs, page by page, and goes on where it stopped.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    access::{acts::ActStore, keys::KeyStore, people::PersonStore},
    intent::store::IntentStore,
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{JobId, ScheduleId, Subject, TaskId},
        paging::Page,
    },
    outbox::{placement::PlacementStore, target::TargetStore},
    privacy::{
        acts,
        jobs::{First, GRACE, Job, JobKind, Made, PrivacyStore},
        records::Record,
    },
    queue::message::{Message, Queue},
    schedule::store::ScheduleStore,
    task::{
        comment::{self, CommentStore},
        revision::Author,
        store::TaskStore,
    },
    tenancy::history::{HistoryStore, Maker},
    webhooks::source::SourceStore,
};

/// Tasks that are looked at before the job is written down again.
const PAGE: u32 = 10;
/// A part of an export is cut where it gets longer; an item of the table holds no more than 400 KB.
const PART_BYTES: usize = 250 * 1024;
/// What is still worked on is looked at again after this.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// A run hands over when less than this is left of its time.
const MARGIN: SignedDuration = SignedDuration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    Done,
    /// There is more to do than this run had time for.
    HandedOver,
    /// Some of it is still worked on.
    Waits,
    /// A duplicate, or nothing that is known.
    NothingToDo,
}

/// Works off jobs.
#[derive(Clone, Debug)]
pub struct PrivacyWorker<S, Q, C> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
}

impl<S, Q: Queue, C: Clock> PrivacyWorker<S, Q, C>
where
    S: PrivacyStore
        + TaskStore
        + CommentStore
        + KeyStore
        + PersonStore
        + SourceStore
        + HistoryStore
        + PlacementStore
        + TargetStore
        + ScheduleStore
        + IntentStore
        + ActStore,
{
    /// # Errors
    /// When the store does not answer; the message may be delivered again.
    pub async fn work(&self, message: &Message, deadline: Timestamp) -> Result<JobOutcome, StoreError> {
        let Ok(id) = JobId::new(message.id.clone()) else { return Ok(JobOutcome::NothingToDo) };
        let found = self.store.job(&id).await?.filter(|job| job.tenant == message.tenant);
        let Some(mut job) = found.filter(Job::is_open) else { return Ok(JobOutcome::NothingToDo) };
        if !job.begun {
            self.begin(&mut job).await?;
            job.begun = true;
        }
        if job.kind == JobKind::Erase && job.after.is_none() {
            self.erase_maker(&job).await?;
            self.erase_changer(&job).await?;
            acts::erase(&self.store, &job).await?;
            self.intents(&job, None).await?;
        }
        loop {
            let page = self.store.tasks_of(&job.tenant, &job.subject, First::Oldest, PAGE, job.after.clone()).await?;
            let (next, tasks) = (page.next, page.items);
            let is_ahead = match job.kind {
                JobKind::Export => self.export(&mut job, &tasks).await.map(|()| true)?,
                JobKind::Erase => self.erase(&mut job, &tasks).await?,
            };
            if !is_ahead {
                return Ok(JobOutcome::NothingToDo);
            }
            job.after = next;
            let now = self.clock.now();
            let outcome = match (&job.after, job.left) {
                (Some(_), _) if deadline.duration_since(now) > MARGIN => None,
                (Some(_), _) => Some(JobOutcome::HandedOver),
                (None, 0) => Some(JobOutcome::Done),
                (None, _) => Some(JobOutcome::Waits),
            };
            if !self.keep(&mut job, outcome).await? {
                return Ok(JobOutcome::NothingToDo);
            }
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
        }
    }

    /// `false`: another run of this job is ahead, and this one ends.
    async fn keep(&self, job: &mut Job, outcome: Option<JobOutcome>) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let over = job.version;
        job.version += 1;
        job.due_at = Some(now + GRACE);
        match outcome {
            Some(JobOutcome::Done) => {
                job.completed_at = Some(now);
                job.due_at = None;
                if job.kind == JobKind::Erase {
                    if job.requested_by == job.subject {
                        job.requested_by = job.pseudonym.clone();
                    }
                    job.subject = job.pseudonym.clone();
                }
            }
            Some(JobOutcome::Waits) => {
                job.left = 0;
                job.due_at = Some(now + LOOK_AGAIN);
            }
            _ => {}
        }
        if !self.store.keep_job(job, over).await? {
            tracing::info!(job = %job.id, "another run of this job is ahead");
            return Ok(false);
        }
        if outcome == Some(JobOutcome::HandedOver)
            && let Err(error) = self.queue.send(&job.message()).await
        {
            tracing::warn!(job = %job.id, error = chain(&error), "the rest of a job is left to the sweeper");
        }
        Ok(true)
    }

    /// What belongs to no task: keys, and whether the person may sign in.
    async fn begin(&self, job: &mut Job) -> Result<(), StoreError> {
        let person = self.store.person(&job.tenant, &job.subject).await?;
        let mut records = Vec::new();
        records.extend(person.map(Record::person));
        let mut after = None;
        loop {
            let page = self.store.keys(&job.tenant, 100, after).await?;
            for key in page.items.into_iter().filter(|key| key.principal.subject == job.subject) {
                match job.kind {
                    JobKind::Export => records.push(Record::key(key)),
                    JobKind::Erase => self.store.erase_key(&job.tenant, &key.id, &job.pseudonym).await?,
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if job.kind == JobKind::Export {
            self.changes(job, &mut records).await?;
            records.extend(acts::exported(&self.store, job).await?);
            for id in self.schedules(job).await? {
                records.extend(self.store.schedule(&id).await?.map(Record::schedule));
            }
            self.intents(job, Some(&mut records)).await?;
        }
        match job.kind {
            JobKind::Export => self.put_parts(job, records).await,
            // Nobody signs in or calls under this name again, so nothing new is written under it.
            JobKind::Erase => self.store.remove_person(&job.tenant, &job.subject).await.map(|_| ()),
        }
    }

    /// What the subject changed of a tenant's limits and settings.
    async fn changes(&self, job: &Job, records: &mut Vec<Record>) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.store.changes_by(&job.tenant, &job.subject, 100, after).await?;
            for place in &page.items {
                records.extend(self.store.change_at(place).await?.map(Record::change));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The schedules of the subject's.
    async fn schedules(&self, job: &Job) -> Result<Vec<ScheduleId>, StoreError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.schedules(&job.tenant, 100, after).await?;
            found.extend(page.items.into_iter().filter(|one| one.owner == job.subject).map(|one| one.id));
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// What the subject asked for in sentences: told in `records`, or else removed, because nobody else has it.
    async fn intents(&self, job: &Job, mut records: Option<&mut Vec<Record>>) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.store.intents_of(&job.tenant, &job.subject, 100, after).await?;
            for intent in page.items {
                match &mut records {
                    Some(records) => records.push(Record::intent(intent)),
                    None => self.store.remove_intent(&job.tenant, &job.subject, &intent.id).await?,
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn erase_changer(&self, job: &Job) -> Result<(), StoreError> {
        let maker = Maker { tenant: &job.tenant, subject: &job.subject };
        let mut after = None;
        loop {
            let page = self.store.changes_by(&job.tenant, &job.subject, 100, after).await?;
            for place in &page.items {
                self.store.rename_changer(place, maker, &job.pseudonym).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Puts the pseudonym wherever the subject is named as the maker of something that is the tenant's; in this job itself
    /// when it is done.
    async fn erase_maker(&self, job: &Job) -> Result<(), StoreError> {
        let targets = self.store.targets(&job.tenant).await?;
        let theirs = targets.into_iter().filter(|one| one.created_by == job.subject);
        let mut made: Vec<Made> = theirs.map(|one| Made::Target(one.name)).collect();
        made.extend(self.schedules(job).await?.into_iter().map(Made::Schedule));
        let mut after = None;
        loop {
            let page = self.store.keys(&job.tenant, 100, after).await?;
            made.extend(page.items.into_iter().filter(|one| one.is_made_by(&job.subject)).map(|one| Made::Key(one.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = self.store.sources(&job.tenant, 100, after).await?;
            made.extend(
                page.items.into_iter().filter(|one| one.created_by == job.subject).map(|one| Made::Source(one.name)),
            );
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = self.store.people(&job.tenant, 100, after).await?;
            made.extend(
                page.items.into_iter().filter(|one| one.added_by == job.subject).map(|one| Made::Person(one.subject)),
            );
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = self.store.jobs(&job.tenant, 100, after).await?;
            let theirs = page.items.into_iter().filter(|one| one.id != job.id && one.requested_by == job.subject);
            made.extend(theirs.map(|one| Made::Job(one.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for one in &made {
            self.store.rename_maker(&job.tenant, one, &job.subject, &job.pseudonym).await?;
        }
        Ok(())
    }

    async fn export(&self, job: &mut Job, tasks: &[TaskId]) -> Result<(), StoreError> {
        let mut records = Vec::new();
        for id in tasks {
            let Some((task, _)) = self.store.load(id).await?.filter(|(task, _)| task.tenant == job.tenant) else {
                continue;
            };
            job.tasks += 1;
            records.push(Record::task(&task, &job.subject));
            records.extend(self.copies(id).await?);
            self.exported(&mut records, &job.subject, id).await?;
        }
        self.put_parts(job, records).await
    }

    /// What the subject did with a task, and what they wrote for it.
    async fn exported(&self, records: &mut Vec<Record>, subject: &Subject, id: &TaskId) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page: Page<_> = self.store.events(id, 100, after).await?;
            records.extend(page.items.into_iter().filter_map(|event| Record::event(id, subject, event)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let comments = comment::all(&self.store, id).await?;
        records.extend(comments.into_iter().filter_map(|one| Record::comment(id, subject, one)));
        loop {
            let page: Page<_> = self.store.revisions(id, 20, after).await?;
            let theirs = page
                .items
                .into_iter()
                .filter(|one| matches!(&one.author, Author::Person { subject: who } if who == subject));
            records.extend(theirs.flat_map(|one| Record::revision(id, one)));
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Cut into parts that fit. An export that is repeated writes the same parts again.
    async fn put_parts(&self, job: &mut Job, records: Vec<Record>) -> Result<(), StoreError> {
        let (mut part, mut bytes) = (Vec::new(), 0);
        for record in records {
            let record = serde_json::to_value(record).map_err(StoreError::invalid)?;
            let size = record.to_string().len();
            if bytes + size > PART_BYTES && !part.is_empty() {
                self.put_part(job, std::mem::take(&mut part)).await?;
                bytes = 0;
            }
            bytes += size;
            part.push(record);
        }
        if part.is_empty() { Ok(()) } else { self.put_part(job, part).await }
    }

    async fn put_part(&self, job: &mut Job, records: Vec<Value>) -> Result<(), StoreError> {
        job.parts += 1;
        self.store.put_part(job, job.parts, &Value::Array(records).to_string(), self.clock.now()).await
    }

    /// Where else the article of a task stands: what Galley forgets is not forgotten there.
    async fn copies(&self, id: &TaskId) -> Result<Vec<Record>, StoreError> {
        let placements = self.store.placements(id).await?;
        Ok(placements.into_iter().filter_map(Record::copy).collect())
    }

    /// `false`: another run of this job is ahead, and this one ends.
    async fn erase(&self, job: &mut Job, tasks: &[TaskId]) -> Result<bool, StoreError> {
        let (mut copies, mut erased, mut left) = (Vec::new(), Vec::new(), 0);
        for id in tasks {
            // A task that a worker or a queue has is left for later: a write of ours would cost the worker its result.
            if self.store.erase_from_task(id, &job.subject, &job.pseudonym).await? {
                copies.extend(self.copies(id).await?);
                erased.push(id);
            } else {
                left += 1;
            }
        }
        // The list is kept before its tasks are out of reach: a run that is repeated may say a copy twice, and leaves none out.
        if !copies.is_empty() {
            self.put_parts(job, copies).await?;
            if !self.keep(job, None).await? {
                return Ok(false);
            }
        }
        for id in erased {
            self.store.unlink(&job.tenant, &job.subject, id).await?;
            job.tasks += 1;
        }
        job.left += left;
        Ok(true)
    }
}
