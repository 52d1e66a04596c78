//! Exports and erasures.

use std::cmp::Ordering;

use galley_domain::{
    access::acts,
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{JobId, Subject, TaskId, TenantId},
        paging::{Page, PageKey},
    },
    privacy::jobs::{First, Job, Made, PrivacyStore},
    task::{assignment::Assignment, audit::Actor, revision::Author, state::TaskState},
};

use jiff::Timestamp;

use crate::memory::store::{MemoryStore, page};

impl PrivacyStore for MemoryStore {
    async fn tasks_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        first: First,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<TaskId>, StoreError> {
        let held = self.held();
        let links = held.links.iter().filter(|(of, who, _)| of == tenant && who == subject);
        let all = links.map(|(_, _, task)| task.clone());
        let (mut all, onwards): (Vec<TaskId>, _) = match first {
            First::Oldest => (all.collect(), Ordering::Greater),
            First::Newest => (all.rev().collect(), Ordering::Less),
        };
        all.retain(|task| after.as_ref().is_none_or(|after| task.as_str().cmp(&after.sort) == onwards));
        Ok(page(all, limit, |task| PageKey { sort: task.to_string(), id: subject.to_string() }))
    }

    async fn erase_from_task(&self, id: &TaskId, subject: &Subject, pseudonym: &Subject) -> Result<bool, StoreError> {
        let mut held = self.held();
        let Some(task) = held.tasks.get_mut(id) else { return Ok(true) };
        // Of what is held no worker has it, and that may be for long.
        if task.state == TaskState::Generating && !task.is_held() {
            return Ok(false);
        }
        let rename = |who: &mut Subject| {
            let theirs = who == subject;
            if theirs {
                who.clone_from(pseudonym);
            }
            theirs
        };
        let asked = rename(&mut task.requested_by);
        let decided = task.approval.as_mut().is_some_and(|approval| rename(&mut approval.reviewer_id));
        let placed = match &mut task.place {
            Some(place) if !(asked || decided) => rename(&mut place.subject),
            place => {
                *place = if asked || decided { None } else { place.take() };
                false
            }
        };
        task.version += u64::from(asked || decided || placed);
        if task.assignment.assignee.as_ref() == Some(subject) {
            task.assignment = Assignment { assignee: None, number: task.assignment.number + 1 };
        }
        for event in held.events.entry(id.clone()).or_default() {
            if let Actor::Person { subject } | Actor::Webhook { subject } = &mut event.actor {
                rename(subject);
            }
            if let Some(whom) = &mut event.about {
                rename(&mut whom.subject);
            }
        }
        for (_, comment) in held.comments.iter_mut().filter(|((of, _), _)| of == id) {
            if let Some(erased) = comment.erased(subject, pseudonym) {
                *comment = erased;
            }
        }
        for revision in held.revisions.entry(id.clone()).or_default().values_mut() {
            if let Author::Person { subject } | Author::External { subject } = &mut revision.author {
                rename(subject);
            }
        }
        Ok(true)
    }

    async fn rename_maker(
        &self,
        tenant: &TenantId,
        made: &Made,
        subject: &Subject,
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let mut held = self.held();
        let maker = match made {
            Made::Key(id) => {
                let key = held.keys.get_mut(id).filter(|key| key.principal.tenant == *tenant);
                match key.and_then(|key| key.made_by.as_mut()) {
                    Some(acts::Actor::Person { subject }) => Some(subject),
                    Some(acts::Actor::Operator) | None => None,
                }
            }
            Made::Source(id) => {
                held.sources.get_mut(id).filter(|one| one.tenant == *tenant).map(|one| &mut one.created_by)
            }
            Made::Target(name) => held.targets.get_mut(&(tenant.clone(), name.clone())).map(|one| &mut one.created_by),
            Made::Person(who) => held.people.get_mut(&(tenant.clone(), who.clone())).map(|one| &mut one.added_by),
            Made::Job(id) => held.jobs.get_mut(id).filter(|one| one.tenant == *tenant).map(|one| &mut one.requested_by),
            Made::Schedule(id) => held
                .schedules
                .get_mut(id)
                .map(|one| &mut one.plan)
                .filter(|plan| plan.tenant == *tenant)
                .map(|plan| &mut plan.owner),
        };
        let Some(maker) = maker.filter(|maker| **maker == *subject) else { return Ok(()) };
        maker.clone_from(pseudonym);
        if let Made::Job(id) = made
            && let Some(job) = held.jobs.get_mut(id)
        {
            job.version += 1;
        }
        if let Made::Schedule(id) = made
            && let Some(schedule) = held.schedules.get_mut(id)
        {
            schedule.version += 1;
        }
        if let Made::Target(name) = made
            && let Some(target) = held.targets.get_mut(&(tenant.clone(), name.clone()))
        {
            target.version += 1;
        }
        Ok(())
    }

    async fn unlink(&self, tenant: &TenantId, subject: &Subject, task: &TaskId) -> Result<(), StoreError> {
        self.counted()?;
        self.held().links.remove(&(tenant.clone(), subject.clone(), task.clone()));
        Ok(())
    }

    async fn put_job(&self, job: &Job, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        held.keep_claim(claim);
        held.jobs.insert(job.id.clone(), job.clone());
        self.record(&mut held);
        Ok(())
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, StoreError> {
        Ok(self.held().jobs.get(id).cloned())
    }

    async fn jobs(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Job>, StoreError> {
        let held = self.held();
        let sort = |one: &Job| format!("{}#{}", one.created_at, one.id);
        let mut all: Vec<Job> = held.jobs.values().filter(|one| one.tenant == *tenant).cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse(sort(one)));
        all.retain(|one| after.as_ref().is_none_or(|after| sort(one) < after.sort));
        Ok(page(all, limit, |one| PageKey { sort: sort(one), id: one.id.to_string() }))
    }

    async fn keep_job(&self, job: &Job, over: u64) -> Result<bool, StoreError> {
        self.counted()?;
        let mut held = self.held();
        let Some(present) = held.jobs.get_mut(&job.id).filter(|present| present.version == over) else {
            return Ok(false);
        };
        *present = job.clone();
        held.tries.remove(job.id.as_str());
        Ok(true)
    }

    async fn put_part(&self, job: &Job, number: u32, records: &str, _: Timestamp) -> Result<(), StoreError> {
        self.counted()?;
        self.held().parts.insert((job.id.clone(), number), records.to_owned());
        Ok(())
    }

    async fn part(&self, id: &JobId, number: u32) -> Result<Option<String>, StoreError> {
        Ok(self.held().parts.get(&(id.clone(), number)).cloned())
    }
}
