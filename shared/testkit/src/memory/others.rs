//! What belongs to a tenant besides its tasks.

use std::collections::BTreeMap;

use galley_domain::{
    access::{
        keys::{KeyStore, StoredKey},
        people::{Person, PersonStore},
        sign_in::{Begun, Session, SessionStore},
    },
    generation::{
        services::AnswerStore,
        transcript::{Transcript, TranscriptStore},
    },
    kernel::{
        error::StoreError,
        ids::{Generation, JobId, KeyId, SessionId, Subject, TaskId, TenantId},
        paging::{Page, PageKey},
        usd::MicroUsd,
    },
    metrics::{
        Metric,
        stats::{COUNTED, Counters, StatStore, Tally},
    },
    money::budget::{Cap, CostBy, CostLine, CostStore, Spending, month_of},
    outbox::deliver::{Delivery, DeliveryStore},
    privacy::jobs::{Job, Made, PrivacyStore},
    task::{audit::Actor, revision::Author, state::TaskState},
    tenancy::{
        flags::{Flag, FlagChange, FlagName, FlagStore},
        settings::{Overrides, Policy, Settings, TenantStore},
    },
    webhooks::source::{Source, SourceName, SourceStore},
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{MemoryStore, page};

impl KeyStore for MemoryStore {
    async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, StoreError> {
        Ok(self.held().keys.get(id).cloned())
    }

    async fn put_key(&self, key: StoredKey) -> Result<(), StoreError> {
        self.held().keys.insert(key.id.clone(), key);
        Ok(())
    }

    async fn keys(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<StoredKey>, StoreError> {
        let held = self.held();
        let place =
            |key: &StoredKey| PageKey { sort: format!("{:.3}#{}", key.created_at, key.id), id: key.id.to_string() };
        let mut keys: Vec<StoredKey> =
            held.keys.values().filter(|key| key.principal.tenant == *tenant).cloned().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(place(key).sort));
        keys.retain(|key| after.as_ref().is_none_or(|after| place(key).sort < after.sort));
        Ok(page(keys, limit, place))
    }

    async fn revoke_key(&self, tenant: &TenantId, id: &KeyId) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = held.keys.get_mut(id).filter(|key| key.principal.tenant == *tenant);
        Ok(key.map(|key| key.revoked = true).is_some())
    }

    async fn erase_key(&self, tenant: &TenantId, id: &KeyId, pseudonym: &Subject) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(key) = held.keys.get_mut(id).filter(|key| key.principal.tenant == *tenant) {
            key.revoked = true;
            key.principal.subject.clone_from(pseudonym);
        }
        Ok(())
    }

    async fn key_used(&self, id: &KeyId, on: Date) -> Result<(), StoreError> {
        if let Some(key) = self.held().keys.get_mut(id) {
            key.last_used = key.last_used.max(Some(on));
        }
        Ok(())
    }
}

impl SessionStore for MemoryStore {
    async fn keep_begun(&self, state: &str, begun: &Begun) -> Result<(), StoreError> {
        self.held().begun.insert(state.to_owned(), begun.clone());
        Ok(())
    }

    async fn take_begun(&self, state: &str) -> Result<Option<Begun>, StoreError> {
        Ok(self.held().begun.remove(state))
    }

    async fn start_session(&self, session: &Session) -> Result<(), StoreError> {
        self.held().sessions.insert(session.id.clone(), session.clone());
        Ok(())
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.held().sessions.get(id).cloned())
    }

    async fn refresh_session(
        &self,
        id: &SessionId,
        present: &str,
        next: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let mut held = self.held();
        let session = held.sessions.get_mut(id).filter(|session| session.lasts(now) && session.refresh == present);
        Ok(session.map(|session| {
            next.clone_into(&mut session.refresh);
            session.clone()
        }))
    }

    async fn end_session(&self, id: &SessionId) -> Result<(), StoreError> {
        if let Some(session) = self.held().sessions.get_mut(id) {
            session.ended = true;
        }
        Ok(())
    }
}

impl PersonStore for MemoryStore {
    async fn person(&self, tenant: &TenantId, subject: &Subject) -> Result<Option<Person>, StoreError> {
        Ok(self.held().people.get(&(tenant.clone(), subject.clone())).cloned())
    }

    async fn put_person(&self, person: &Person) -> Result<(), StoreError> {
        self.held().people.insert((person.tenant.clone(), person.subject.clone()), person.clone());
        Ok(())
    }

    async fn people(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Person>, StoreError> {
        let held = self.held();
        let sort = |one: &Person| format!("{}#{}", one.added_at, one.subject);
        let mut all: Vec<Person> = held.people.values().filter(|one| one.tenant == *tenant).cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse(sort(one)));
        all.retain(|one| after.as_ref().is_none_or(|after| sort(one) < after.sort));
        Ok(page(all, limit, |one| PageKey { sort: sort(one), id: one.subject.to_string() }))
    }

    async fn remove_person(&self, tenant: &TenantId, subject: &Subject) -> Result<bool, StoreError> {
        Ok(self.held().people.remove(&(tenant.clone(), subject.clone())).is_some())
    }
}

impl PrivacyStore for MemoryStore {
    async fn tasks_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<TaskId>, StoreError> {
        let held = self.held();
        let links = held.links.iter().filter(|(of, who, _)| of == tenant && who == subject);
        let all: Vec<TaskId> = links.map(|(_, _, task)| task.clone()).collect();
        let all = all.into_iter().filter(|task| after.as_ref().is_none_or(|after| task.as_str() > after.sort.as_str()));
        Ok(page(all.collect(), limit, |task| PageKey { sort: task.to_string(), id: subject.to_string() }))
    }

    async fn erase_from_task(&self, id: &TaskId, subject: &Subject, pseudonym: &Subject) -> Result<bool, StoreError> {
        let mut held = self.held();
        let Some(task) = held.tasks.get_mut(id) else { return Ok(true) };
        if task.state == TaskState::Generating {
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
        for event in held.events.entry(id.clone()).or_default() {
            if let Actor::Person { subject } | Actor::Webhook { subject } = &mut event.actor {
                rename(subject);
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
            Made::Source(id) => {
                held.sources.get_mut(id).filter(|one| one.tenant == *tenant).map(|one| &mut one.created_by)
            }
            Made::Person(who) => held.people.get_mut(&(tenant.clone(), who.clone())).map(|one| &mut one.added_by),
            Made::Job(id) => held.jobs.get_mut(id).filter(|one| one.tenant == *tenant).map(|one| &mut one.requested_by),
        };
        let Some(maker) = maker.filter(|maker| **maker == *subject) else { return Ok(()) };
        maker.clone_from(pseudonym);
        if let Made::Job(id) = made
            && let Some(job) = held.jobs.get_mut(id)
        {
            job.version += 1;
        }
        Ok(())
    }

    async fn unlink(&self, tenant: &TenantId, subject: &Subject, task: &TaskId) -> Result<(), StoreError> {
        self.held().links.remove(&(tenant.clone(), subject.clone(), task.clone()));
        Ok(())
    }

    async fn put_job(&self, job: &Job) -> Result<(), StoreError> {
        self.held().jobs.insert(job.id.clone(), job.clone());
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
        let mut held = self.held();
        let Some(present) = held.jobs.get_mut(&job.id).filter(|present| present.version == over) else {
            return Ok(false);
        };
        *present = job.clone();
        held.tries.remove(job.id.as_str());
        Ok(true)
    }

    async fn put_part(&self, job: &Job, number: u32, records: &str) -> Result<(), StoreError> {
        self.held().parts.insert((job.id.clone(), number), records.to_owned());
        Ok(())
    }

    async fn part(&self, id: &JobId, number: u32) -> Result<Option<String>, StoreError> {
        Ok(self.held().parts.get(&(id.clone(), number)).cloned())
    }
}

impl TenantStore for MemoryStore {
    async fn settings(&self, tenant: &TenantId) -> Result<Settings, StoreError> {
        Ok(self.held().settings.get(tenant).copied().unwrap_or_default())
    }

    async fn set_overrides(&self, tenant: &TenantId, overrides: Overrides) -> Result<(), StoreError> {
        self.held().settings.entry(tenant.clone()).or_default().limits = overrides;
        Ok(())
    }

    async fn replace_policy(&self, tenant: &TenantId, before: &Policy, after: &Policy) -> Result<bool, StoreError> {
        let mut held = self.held();
        let present = &mut held.settings.entry(tenant.clone()).or_default().policy;
        let as_read = present == before;
        if as_read {
            *present = *after;
        }
        Ok(as_read)
    }
}

impl CostStore for MemoryStore {
    async fn spending(&self, tenant: &TenantId, day: Date) -> Result<Spending, StoreError> {
        Ok(self.held().spending(tenant, day))
    }

    async fn costs(
        &self,
        tenant: &TenantId,
        by: CostBy,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<String, CostLine>, StoreError> {
        let held = self.held();
        let micros = |micros: i64| MicroUsd::from_micros(u64::try_from(micros).unwrap());
        if by == CostBy::Day {
            let days = held.spent.iter().filter(|((of, day), _)| of == tenant && (from..=to).contains(day));
            let line = |cost| CostLine { cost: micros(cost), calls: 0 };
            return Ok(days.map(|((_, day), cost)| (day.to_string(), line(*cost))).collect());
        }
        let mut lines: BTreeMap<String, CostLine> = BTreeMap::new();
        for ((of, what, day, value), (cost, calls)) in &held.costs {
            if of == tenant && *what == by && (from..=to).contains(day) {
                let line = lines.entry(value.clone()).or_default();
                *line = CostLine { cost: line.cost + micros(*cost), calls: line.calls + calls };
            }
        }
        Ok(lines)
    }

    async fn note_alert(&self, tenant: &TenantId, cap: Cap, day: Date, level: u8) -> Result<bool, StoreError> {
        let when = if cap == Cap::Month { month_of(day) } else { format!("{day} {}", cap.name()) };
        let mut held = self.held();
        let noted = held.alerts.entry((tenant.clone(), when)).or_default();
        let news = *noted < level;
        *noted = (*noted).max(level);
        Ok(news)
    }
}

impl AnswerStore for MemoryStore {
    async fn recall(&self, tenant: &TenantId, key: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        let kept = self.held().answers.get(&(tenant.clone(), key.to_owned())).cloned();
        Ok(kept.filter(|(_, until)| *until > now).map(|(value, _)| value))
    }

    async fn remember(&self, tenant: &TenantId, key: &str, value: &str, until: Timestamp) -> Result<(), StoreError> {
        self.held().answers.insert((tenant.clone(), key.to_owned()), (value.to_owned(), until));
        Ok(())
    }
}

impl StatStore for MemoryStore {
    async fn tally(&self, tally: &Tally, _: &str, _: Timestamp) -> Result<(), StoreError> {
        self.held().add(tally);
        Ok(())
    }

    async fn totals(&self) -> Result<BTreeMap<Metric, Counters>, StoreError> {
        let held = self.held();
        Ok(COUNTED.iter().map(|metric| (*metric, held.counters.get(metric).cloned().unwrap_or_default())).collect())
    }
}

impl FlagStore for MemoryStore {
    async fn flags(&self) -> Result<BTreeMap<FlagName, Flag>, StoreError> {
        Ok(self.held().flags.clone())
    }

    async fn change_flag(&self, change: &FlagChange) -> Result<bool, StoreError> {
        let mut held = self.held();
        let as_read = held.flags.get(&change.flag) == change.before.as_ref();
        if as_read {
            match &change.after {
                Some(after) => held.flags.insert(change.flag.clone(), after.clone()),
                None => held.flags.remove(&change.flag),
            };
            held.flag_log.insert(change.id, change.clone());
        }
        Ok(as_read)
    }

    async fn flag_change(&self, id: Uuid) -> Result<Option<FlagChange>, StoreError> {
        Ok(self.held().flag_log.get(&id).cloned())
    }

    async fn flag_changes(&self, limit: u32, after: Option<PageKey>) -> Result<Page<FlagChange>, StoreError> {
        let held = self.held();
        let older = |change: &&FlagChange| after.as_ref().is_none_or(|key| change.id.to_string() < key.sort);
        let changes: Vec<FlagChange> = held.flag_log.values().rev().filter(older).cloned().collect();
        Ok(page(changes, limit, |change| PageKey { sort: change.id.to_string(), id: "FLAGS#LOG".to_owned() }))
    }
}

impl TranscriptStore for MemoryStore {
    async fn keep_transcript(
        &self,
        task: &TaskId,
        call: Uuid,
        transcript: &Transcript,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        self.held().transcripts.insert((task.clone(), call), transcript.clone());
        Ok(())
    }

    async fn transcript(&self, task: &TaskId, call: Uuid) -> Result<Option<Transcript>, StoreError> {
        Ok(self.held().transcripts.get(&(task.clone(), call)).cloned())
    }
}

impl SourceStore for MemoryStore {
    async fn source(&self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        Ok(self.held().sources.get(name).cloned())
    }

    async fn make_source(&self, source: Source) -> Result<bool, StoreError> {
        let mut held = self.held();
        let free = !held.sources.contains_key(&source.name);
        held.sources.entry(source.name.clone()).or_insert(source);
        Ok(free)
    }

    async fn sources(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Source>, StoreError> {
        let held = self.held();
        let place = |source: &Source| PageKey {
            sort: format!("{:.3}#{}", source.created_at, source.id()),
            id: source.id().to_string(),
        };
        let mut sources: Vec<Source> =
            held.sources.values().filter(|source| source.tenant == *tenant).cloned().collect();
        sources.sort_by_key(|source| std::cmp::Reverse(place(source).sort));
        sources.retain(|source| after.as_ref().is_none_or(|after| place(source).sort < after.sort));
        Ok(page(sources, limit, place))
    }

    async fn keep_secret_generation(&self, source: &Source, secret: &Generation) -> Result<bool, StoreError> {
        let mut held = self.held();
        let same = |present: &&mut Source| present.tenant == source.tenant && present.generation == source.generation;
        let present = held.sources.get_mut(&source.name).filter(same);
        Ok(present.map(|present| present.secret_generation = Some(secret.clone())).is_some())
    }

    async fn remove_source(&self, tenant: &TenantId, name: &SourceName) -> Result<Option<Source>, StoreError> {
        let mut held = self.held();
        let ours = held.sources.get(name).is_some_and(|source| source.tenant == *tenant);
        Ok(if ours { held.sources.remove(name) } else { None })
    }
}

impl DeliveryStore for MemoryStore {
    async fn delivery(&self, task: &TaskId, id: Uuid) -> Result<Option<Delivery>, StoreError> {
        Ok(self.held().deliveries.get(&(task.clone(), id)).map(|(delivery, _)| delivery.clone()))
    }

    async fn deliveries(
        &self,
        task: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Delivery>, StoreError> {
        let held = self.held();
        let mut all: Vec<Delivery> =
            held.deliveries.values().filter(|(one, _)| one.task == *task).map(|(one, _)| one.clone()).collect();
        let sort = |one: &Delivery| format!("DLV#{}", one.id);
        all.sort_by_key(|one| std::cmp::Reverse(one.id));
        all.retain(|one| after.as_ref().is_none_or(|after| sort(one) < after.sort));
        Ok(page(all, limit, |one| PageKey { sort: sort(one), id: task.to_string() }))
    }

    async fn keep_delivery(&self, delivery: &Delivery, over: u64) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (delivery.task.clone(), delivery.id);
        let Some(present) = held.deliveries.get_mut(&key).filter(|(present, _)| present.version == over) else {
            return Ok(false);
        };
        *present = (delivery.clone(), delivery.due_at());
        held.resends.remove(&delivery.message().id);
        Ok(true)
    }
}
