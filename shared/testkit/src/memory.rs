//! The store as maps. What it does, the contract says; nothing here is cleverer than that.

mod others;
mod streams;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use galley_domain::{
    access::{
        keys::StoredKey,
        limits::{Counted, DayQuota, LimitStore, QuotaDay, Reserved, Used, Window},
        people::Person,
        sign_in::{Begun, Session},
        streams::Holder,
    },
    content::slug::Slug,
    generation::{
        breaker::{Breaker, BreakerStore},
        transcript::Transcript,
    },
    idempotency::{
        claim::{Claim, ClaimRecord, Claimed},
        receipt::{Receipt, ReceiptDone, ReceiptLine, ReceiptOutcome},
    },
    kernel::{
        error::StoreError,
        ids::{EndedId, JobId, KeyId, SessionId, SourceKey, Subject, TaskId, TenantId, WebhookId, shard_of},
        paging::{Page, PageKey},
        usd::MicroUsd,
    },
    metrics::{
        Metric,
        stats::{Counters, Tally},
    },
    money::{
        budget::{Cap, CostBy, Intent, Spending, broken, day_of, month_of},
        ledger::{CallOutcome, ModelCall, Settlement},
    },
    operations::{
        correction::{Correction, LedgerStore},
        due::{Due, DueStore},
    },
    outbox::deliver::Delivery,
    privacy::jobs::Job,
    publishing::live::{Article, ArticleSummary, PublishedStore},
    queue::{
        message::{Kind, Message},
        tries::{Ended, EndedStore},
    },
    task::{
        audit::AuditEvent,
        record::{Live, Task},
        revision::Revision,
        state::TaskState,
        store::{Acceptance, Change, Checkpoint, CommitError, Ledger, LiveChange, TaskQuery, TaskStore},
    },
    tenancy::{
        flags::{Flag, FlagChange, FlagName},
        settings::Settings,
    },
    webhooks::{
        receive::{ReceiptStore, Received},
        source::{Source, SourceName},
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
}

#[derive(Debug, Default)]
struct Held {
    tasks: BTreeMap<TaskId, Task>,
    resends: HashMap<String, u32>,
    tries: HashMap<String, u32>,
    ended: HashMap<EndedId, Ended>,
    events: HashMap<TaskId, Vec<AuditEvent>>,
    revisions: HashMap<TaskId, BTreeMap<u32, Revision>>,
    checkpoints: HashMap<(TaskId, u32), BTreeMap<u8, Checkpoint>>,
    claims: HashMap<(TenantId, String), ClaimRecord>,
    slugs: BTreeMap<(TenantId, Slug), (TaskId, Live)>,
    windows: HashMap<(String, i64), u32>,
    days: HashMap<(TenantId, String), Day>,
    receipts: HashMap<(SourceKey, WebhookId), (Receipt, Option<Timestamp>)>,
    sources: HashMap<SourceName, Source>,
    deliveries: BTreeMap<(TaskId, Uuid), (Delivery, Option<Timestamp>)>,
    keys: HashMap<KeyId, StoredKey>,
    calls: HashMap<TaskId, BTreeMap<Uuid, ModelCall>>,
    settings: HashMap<TenantId, Settings>,
    /// In micro-dollars, by tenant and day.
    spent: BTreeMap<(TenantId, Date), i64>,
    costs: BTreeMap<(TenantId, CostBy, Date, String), (i64, u64)>,
    /// By tenant and day, of models that cost nothing.
    tokens: BTreeMap<(TenantId, Date), i64>,
    alerts: HashMap<(TenantId, String), u8>,
    flags: BTreeMap<FlagName, Flag>,
    answers: HashMap<(TenantId, String), (String, Timestamp)>,
    flag_log: BTreeMap<Uuid, FlagChange>,
    transcripts: HashMap<(TaskId, Uuid), Transcript>,
    links: BTreeSet<(TenantId, Subject, TaskId)>,
    jobs: HashMap<JobId, Job>,
    parts: HashMap<(JobId, u32), String>,
    begun: HashMap<String, Begun>,
    sessions: HashMap<SessionId, Session>,
    people: BTreeMap<(TenantId, Subject), Person>,
    streams: HashMap<Holder, BTreeMap<u32, Timestamp>>,
    breakers: HashMap<String, (Breaker, u64)>,
    counters: BTreeMap<Metric, Counters>,
}

/// As DynamoDB counts it.
const MOST_IN_AN_ITEM: usize = 400 * 1024;

#[derive(Debug, Default)]
struct Day {
    organisation: i64,
    users: HashMap<String, i64>,
}

impl MemoryStore {
    fn held(&self) -> MutexGuard<'_, Held> {
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

    fn answer_lost(&self) -> bool {
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

    fn refused(&self) -> Result<(), StoreError> {
        let mut refuses = self.refuses.lock().unwrap();
        let left = refuses.take();
        *refuses = left.and_then(|left| left.checked_sub(1));
        if left == Some(0) { Err(StoreError::invalid("it does not fit")) } else { Ok(()) }
    }

    fn counted(&self) -> Result<(), StoreError> {
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

impl Held {
    fn claim_free(&self, record: Option<&ClaimRecord>, now: Timestamp) -> Result<(), CommitError> {
        let Some(record) = record else { return Ok(()) };
        let held = self.claims.get(&(record.claim.tenant.clone(), record.claim.name.clone()));
        match held.filter(|held| held.expires_at > now) {
            Some(held) => {
                Err(CommitError::Claimed(record.claim.against(&held.claim.fingerprint, held.response.clone())))
            }
            None => Ok(()),
        }
    }

    fn keep_claim(&mut self, record: Option<ClaimRecord>) {
        if let Some(record) = record {
            self.claims.insert((record.claim.tenant.clone(), record.claim.name.clone()), record);
        }
    }

    fn receipt_open(&self, done: Option<&ReceiptDone>) -> Result<(), CommitError> {
        let Some(done) = done else { return Ok(()) };
        match self.receipts.get(&(done.receipt.key.clone(), done.receipt.id.clone())) {
            Some((receipt, _)) if receipt.outcome == ReceiptOutcome::Received => Ok(()),
            _ => Err(CommitError::AlreadyProcessed),
        }
    }

    fn end_receipt(&mut self, done: Option<ReceiptDone>) {
        if let Some(done) = done
            && let Some((receipt, _)) = self.receipts.get_mut(&(done.receipt.key, done.receipt.id))
        {
            receipt.outcome = done.outcome;
            receipt.payload = None;
        }
    }

    fn count(&mut self, task: &Task, events: &[AuditEvent]) {
        for event in events {
            for tally in Tally::of(event, task.request.task_type, task.created_at) {
                self.add(&tally);
            }
        }
    }

    fn add(&mut self, tally: &Tally) {
        let counters = self.counters.entry(tally.metric).or_default();
        for (name, more) in &tally.adds {
            *counters.entry(name.clone()).or_default() += more;
        }
    }

    /// Whether a settlement finds its call open.
    fn call_open(&self, id: &TaskId, settlement: &Settlement) -> bool {
        let call = self.calls.get(id).and_then(|calls| calls.get(&settlement.call));
        call.is_some_and(|call| call.outcome == CallOutcome::Intent)
    }

    fn settle(&mut self, id: &TaskId, settlement: &Settlement) {
        if let Some(call) = self.calls.get_mut(id).and_then(|calls| calls.get_mut(&settlement.call)) {
            call.outcome = settlement.outcome.clone();
            call.cost = settlement.cost;
        }
        let values = [settlement.model_id(), settlement.phase.name().to_owned(), id.to_string()];
        let day = day_of(settlement.at);
        *self.tokens.entry((settlement.tenant.clone(), day)).or_default() += settlement.tokens_difference();
        self.count_cost(&settlement.tenant, day, values, settlement.difference(), 0);
    }

    fn spending(&self, tenant: &TenantId, day: Date) -> Spending {
        let month = month_of(day);
        let ours = |of: &TenantId, day: &Date| of == tenant && month_of(*day) == month;
        let days = self.spent.iter().filter(|((of, day), _)| ours(of, day));
        let days = days.map(|((_, day), micros)| (*day, MicroUsd::from_micros(u64::try_from(*micros).unwrap())));
        let tokens = self.tokens.iter().filter(|((of, day), _)| ours(of, day));
        let tokens = tokens.map(|((_, day), tokens)| (*day, u64::try_from(*tokens).unwrap()));
        Spending { month: self.month(tenant, day), days: days.collect(), tokens: tokens.collect() }
    }

    fn month(&self, tenant: &TenantId, day: Date) -> MicroUsd {
        let month = month_of(day);
        let days = self.spent.iter().filter(|((of, day), _)| of == tenant && month_of(*day) == month);
        MicroUsd::from_micros(u64::try_from(days.map(|(_, micros)| micros).sum::<i64>()).unwrap())
    }

    /// Which cap a call would break, if one.
    fn capped(&self, intent: &Intent) -> Option<Cap> {
        broken(&self.spending(&intent.call.tenant, day_of(intent.call.at)), intent)
    }

    fn count_cost(&mut self, tenant: &TenantId, day: Date, values: [String; 3], micros: i64, calls: u64) {
        *self.spent.entry((tenant.clone(), day)).or_default() += micros;
        for (by, value) in [CostBy::Model, CostBy::Phase, CostBy::Task].into_iter().zip(values) {
            let line = self.costs.entry((tenant.clone(), by, day, value)).or_default();
            *line = (line.0 + micros, line.1 + calls);
        }
    }

    fn day(&mut self, day: &QuotaDay) -> &mut Day {
        self.days.entry((day.tenant.clone(), day.date.to_string())).or_default()
    }
}

impl Day {
    fn add(&mut self, day: &QuotaDay, by: i64) {
        self.organisation += by;
        *self.users.entry(day.subject.to_string()).or_default() += by;
    }
}

impl LedgerStore for MemoryStore {
    async fn call(&self, task: &TaskId, call: Uuid) -> Result<Option<ModelCall>, StoreError> {
        Ok(self.held().calls.get(task).and_then(|calls| calls.get(&call)).cloned())
    }

    async fn correct(&self, correction: &Correction) -> Result<(), CommitError> {
        let mut held = self.held();
        let Correction { task, was, now, event } = correction;
        let entry = held.calls.get_mut(task).and_then(|calls| calls.get_mut(&was.id));
        let Some(entry) = entry
            .filter(|entry| (entry.cost, &entry.outcome, &entry.corrected) == (was.cost, &was.outcome, &was.corrected))
        else {
            return Err(CommitError::Stale);
        };
        *entry = now.clone();
        let values = [was.quote.model_id(), was.phase.name().to_owned(), task.to_string()];
        held.count_cost(&was.tenant, day_of(was.at), values, correction.difference(), 0);
        *held.tokens.entry((was.tenant.clone(), day_of(was.at))).or_default() += correction.tokens_difference();
        held.tasks.get_mut(task).unwrap().charge(was.phase, correction.difference());
        held.events.entry(task.clone()).or_default().push(event.clone());
        Ok(())
    }
}

impl TaskStore for MemoryStore {
    async fn accept(&self, acceptance: Acceptance) -> Result<(), CommitError> {
        let mut held = self.held();
        let task = acceptance.task;
        held.claim_free(acceptance.claim.as_ref(), task.created_at)?;
        held.receipt_open(acceptance.receipt.as_ref())?;
        if held.tasks.contains_key(&task.id) {
            return Err(CommitError::Stale);
        }
        held.count(&task, std::slice::from_ref(&acceptance.event));
        held.events.entry(task.id.clone()).or_default().push(acceptance.event);
        held.links.insert((task.tenant.clone(), task.requested_by.clone(), task.id.clone()));
        held.tasks.insert(task.id.clone(), task);
        held.keep_claim(acceptance.claim);
        held.end_receipt(acceptance.receipt);
        Ok(())
    }

    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        self.counted()?;
        let mut held = self.held();
        let named: Vec<Subject> = change.names().into_iter().cloned().collect();
        let mut task = change.task;
        held.tries.remove(task.id.as_str());
        held.claim_free(change.claim.as_ref(), task.updated_at)?;
        held.receipt_open(change.receipt.as_ref())?;
        let Some(present) = held.tasks.get(&task.id).filter(|present| change.before.admits(present)) else {
            return Err(CommitError::Stale);
        };
        task.cost.clone_from(&present.cost);
        if let Ledger::Settled(settlement) = &change.ledger
            && !held.call_open(&task.id, settlement)
        {
            return Err(CommitError::Stale);
        }
        if let Ledger::Intent(intent) = &change.ledger
            && let Some(cap) = held.capped(intent)
        {
            return Err(CommitError::OverBudget(cap));
        }
        if change.checkpoint.as_ref().is_some_and(|kept| kept.output.to_string().len() > MOST_IN_AN_ITEM) {
            return Err(StoreError::invalid("an item is too large").into());
        }
        if let LiveChange::Put(live) = &change.live {
            let key = (task.tenant.clone(), live.slug.clone());
            if held.slugs.get(&key).is_some_and(|(owner, _)| *owner != task.id) {
                return Err(CommitError::SlugTaken);
            }
            held.slugs.insert(key, (task.id.clone(), live.clone()));
        }
        if let LiveChange::Remove(slug) = &change.live {
            held.slugs.remove(&(task.tenant.clone(), slug.clone()));
        }
        match change.ledger {
            Ledger::None => {}
            Ledger::Intent(intent) => {
                let call = intent.call;
                let reserved = i64::try_from(call.quote.reserved.micros()).unwrap();
                task.charge(call.phase, reserved);
                let values = [call.quote.model_id(), call.phase.name().to_owned(), task.id.to_string()];
                *held.tokens.entry((call.tenant.clone(), day_of(call.at))).or_default() +=
                    i64::try_from(call.quote.reserved_tokens).unwrap();
                held.count_cost(&call.tenant, day_of(call.at), values, reserved, 1);
                held.calls.entry(task.id.clone()).or_default().insert(call.id, call);
            }
            Ledger::Settled(settlement) => {
                task.charge(settlement.phase, settlement.difference());
                held.settle(&task.id, &settlement);
            }
        }
        held.count(&task, &change.events);
        held.links.extend(named.into_iter().map(|subject| (task.tenant.clone(), subject, task.id.clone())));
        for delivery in change.events.iter().filter_map(|event| Delivery::of(&task, event)) {
            held.deliveries.insert((task.id.clone(), delivery.id), (delivery.clone(), delivery.due_at()));
        }
        held.events.entry(task.id.clone()).or_default().extend(change.events);
        if let Some(revision) = change.revision {
            held.revisions.entry(task.id.clone()).or_default().insert(revision.number, revision);
        }
        if let Some(checkpoint) = change.checkpoint {
            let round = (task.id.clone(), checkpoint.round);
            held.checkpoints.entry(round).or_default().insert(checkpoint.number, checkpoint);
        }
        if let Some(day) = change.refund {
            held.day(&day).add(&day, -1);
        }
        held.end_receipt(change.receipt);
        held.keep_claim(change.claim);
        held.resends.remove(task.id.as_str());
        held.tasks.insert(task.id.clone(), task);
        if self.answer_lost() {
            return Err(StoreError::Unavailable("the answer was lost".into()).into());
        }
        Ok(())
    }

    async fn load(&self, id: &TaskId) -> Result<Option<(Task, Option<Revision>)>, StoreError> {
        let held = self.held();
        let newest = held.revisions.get(id).and_then(|all| all.last_key_value()).map(|(_, newest)| newest.clone());
        Ok(held.tasks.get(id).map(|task| (task.clone(), newest)))
    }

    async fn task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.counted()?;
        Ok(self.held().tasks.get(id).cloned())
    }

    async fn revision(&self, id: &TaskId, number: u32) -> Result<Option<Revision>, StoreError> {
        Ok(self.held().revisions.get(id).and_then(|all| all.get(&number)).cloned())
    }

    async fn list(&self, query: TaskQuery) -> Result<Page<Task>, StoreError> {
        let held = self.held();
        let in_list = |task: &&Task| task.tenant == query.tenant && query.state.is_none_or(|state| task.state == state);
        let mut tasks: Vec<&Task> = held.tasks.values().filter(in_list).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(sort(task)));
        let after = |task: &&&Task| query.after.as_ref().is_none_or(|key| sort(task) < key.sort);
        let mut page: Page<Task> =
            page(tasks.iter().filter(after).map(|task| (*task).clone()).collect(), query.limit, |task| PageKey {
                sort: sort(task),
                id: task.id.to_string(),
            });
        // The filter comes after the page, as in DynamoDB.
        page.items.retain(|task| query.task_type.is_none_or(|kind| task.request.task_type == kind));
        Ok(page)
    }

    async fn events(&self, id: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<AuditEvent>, StoreError> {
        let mut events = self.held().events.get(id).cloned().unwrap_or_default();
        events.sort_by_key(|event| std::cmp::Reverse(event.id));
        events.retain(|event| after.as_ref().is_none_or(|key| event.id.to_string() < key.sort));
        Ok(page(events, limit, |event| PageKey { sort: event.id.to_string(), id: id.to_string() }))
    }

    async fn revisions(&self, id: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<Revision>, StoreError> {
        let held = self.held();
        let all = held.revisions.get(id).into_iter().flat_map(BTreeMap::values).rev().cloned();
        let key = |number: u32| format!("{:04}", 9999 - number);
        let rest = all.filter(|one| after.as_ref().is_none_or(|after| key(one.number) > after.sort)).collect();
        Ok(page(rest, limit, |revision: &Revision| PageKey { sort: key(revision.number), id: id.to_string() }))
    }

    async fn claimed(&self, claim: &Claim, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
        let held = self.held();
        let record = held.claims.get(&(claim.tenant.clone(), claim.name.clone()));
        Ok(record
            .filter(|record| record.expires_at > now)
            .map(|record| claim.against(&record.claim.fingerprint, record.response.clone())))
    }

    async fn settle(&self, id: &TaskId, settlement: &Settlement) -> Result<(), StoreError> {
        let mut held = self.held();
        if held.call_open(id, settlement) {
            held.settle(id, settlement);
            held.tasks.get_mut(id).unwrap().charge(settlement.phase, settlement.difference());
        }
        Ok(())
    }

    async fn calls(&self, id: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<ModelCall>, StoreError> {
        let held = self.held();
        let all = held.calls.get(id).into_iter().flat_map(BTreeMap::values).rev().cloned();
        let key = |call: &ModelCall| format!("CALL#{}", call.id);
        let rest = all.filter(|call| after.as_ref().is_none_or(|after| key(call) < after.sort)).collect();
        Ok(page(rest, limit, |call| PageKey { sort: key(call), id: id.to_string() }))
    }

    async fn holds(&self, id: &TaskId, fence: u64) -> Result<bool, StoreError> {
        Ok(self.held().tasks.get(id).is_some_and(|task| task.fence == fence))
    }

    async fn renew_lease(&self, id: &TaskId, fence: u64, until: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let task = held.tasks.get_mut(id).filter(|task| task.fence == fence && task.state == TaskState::Generating);
        Ok(task.is_some_and(|task| {
            task.lease_until = Some(until);
            task.due_at = Some(until);
            true
        }))
    }

    async fn checkpoints(&self, id: &TaskId, round: u32) -> Result<Vec<Checkpoint>, StoreError> {
        let held = self.held();
        Ok(held.checkpoints.get(&(id.clone(), round)).into_iter().flat_map(BTreeMap::values).cloned().collect())
    }
}

fn sort(task: &Task) -> String {
    format!("{:.3}#{}", task.created_at, task.id)
}

/// The first `limit` of `rest`, with a key when the page is full, as DynamoDB gives one.
fn page<T>(mut rest: Vec<T>, limit: u32, key: impl Fn(&T) -> PageKey) -> Page<T> {
    let limit = usize::try_from(limit).unwrap();
    let full = rest.len() >= limit;
    rest.truncate(limit);
    let next = if full { rest.last().map(key) } else { None };
    Page { items: rest, next }
}

impl LimitStore for MemoryStore {
    async fn count(&self, window: &Window) -> Result<Counted, StoreError> {
        let mut held = self.held();
        let key = (format!("{}#{}", window.class.name(), window.principal), window.minute);
        let used = held.windows.entry(key).or_default();
        if *used >= window.limit {
            return Ok(Counted::Exceeded);
        }
        *used += 1;
        Ok(Counted::Within { used: *used })
    }

    async fn reserve(&self, day: &QuotaDay, quota: DayQuota) -> Result<Reserved, StoreError> {
        let mut held = self.held();
        let taken = held.day(day);
        let user = taken.users.get(day.subject.as_str()).copied().unwrap_or(0);
        if taken.organisation >= i64::from(quota.organisation) || user >= i64::from(quota.user) {
            return Ok(Reserved::Exhausted);
        }
        taken.add(day, 1);
        Ok(Reserved::Taken)
    }

    async fn give_back(&self, day: &QuotaDay) -> Result<(), StoreError> {
        let mut held = self.held();
        let taken = held.day(day);
        if taken.organisation > 0 && taken.users.get(day.subject.as_str()).is_some_and(|user| *user > 0) {
            taken.add(day, -1);
        }
        Ok(())
    }

    async fn used(&self, windows: &[Window], day: &QuotaDay) -> Result<Used, StoreError> {
        let mut held = self.held();
        let of = |window: &Window| (format!("{}#{}", window.class.name(), window.principal), window.minute);
        let windows = windows.iter().map(|window| held.windows.get(&of(window)).copied().unwrap_or(0)).collect();
        let taken = held.day(day);
        let whole = |count: i64| u32::try_from(count).unwrap_or(0);
        let user = taken.users.get(day.subject.as_str()).copied().unwrap_or(0);
        Ok(Used { windows, user: whole(user), organisation: whole(taken.organisation) })
    }
}

impl PublishedStore for MemoryStore {
    async fn article(&self, tenant: &TenantId, slug: &Slug) -> Result<Option<Article>, StoreError> {
        let held = self.held();
        let Some((task_id, live)) = held.slugs.get(&(tenant.clone(), slug.clone())) else { return Ok(None) };
        let revision = held.revisions.get(task_id).and_then(|all| all.get(&live.revision)).cloned();
        Ok(revision.map(|revision| Article {
            tenant: tenant.clone(),
            task_id: task_id.clone(),
            live: live.clone(),
            revision,
        }))
    }

    async fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        let held = self.held();
        let mut live: Vec<_> = held.slugs.iter().filter(|((of, _), _)| of == tenant).map(|(_, line)| line).collect();
        let key = |(id, live): &(TaskId, Live)| format!("{:.3}#{id}", live.published_at);
        live.sort_by_key(|line| std::cmp::Reverse(key(line)));
        live.retain(|line| after.as_ref().is_none_or(|after| key(line) < after.sort));
        let lines = page(live, limit, |line| PageKey { sort: key(line), id: line.0.to_string() });
        Ok(lines.map(|(id, live)| {
            let revision = &held.revisions[id][&live.revision];
            ArticleSummary { live: live.clone(), title: revision.title.clone(), excerpt: revision.excerpt.clone() }
        }))
    }
}

impl ReceiptStore for MemoryStore {
    async fn receive(&self, receipt: Receipt, due_at: Option<Timestamp>) -> Result<Received, StoreError> {
        let mut held = self.held();
        let key = (receipt.key.clone(), receipt.id.clone());
        if held.receipts.contains_key(&key) {
            return Ok(Received::Again);
        }
        held.receipts.insert(key, (receipt, due_at));
        Ok(Received::First)
    }

    async fn receipt(&self, key: &SourceKey, id: &WebhookId) -> Result<Option<Receipt>, StoreError> {
        Ok(self.held().receipts.get(&(key.clone(), id.clone())).map(|(receipt, _)| receipt.clone()))
    }

    async fn receipts(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ReceiptLine>, StoreError> {
        let held = self.held();
        let place = |line: &ReceiptLine| PageKey {
            sort: format!("{:.3}#{}", line.received_at, line.id),
            id: format!("{key}#{}", line.id),
        };
        let of = held.receipts.values().filter(|(receipt, _)| receipt.tenant == *tenant && receipt.key == *key);
        let mut lines: Vec<ReceiptLine> = of.map(|(receipt, _)| receipt.clone().into()).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(place(line).sort));
        lines.retain(|line| after.as_ref().is_none_or(|after| place(line).sort < after.sort));
        Ok(page(lines, limit, place))
    }

    async fn abandon(&self, done: &ReceiptDone, _: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (done.receipt.key.clone(), done.receipt.id.clone());
        let open = held.receipts.get_mut(&key).filter(|(receipt, _)| receipt.outcome == ReceiptOutcome::Received);
        Ok(open
            .map(|(receipt, due)| {
                receipt.outcome = done.outcome.clone();
                *due = None;
            })
            .is_some())
    }

    async fn reopen(&self, receipt: &Receipt, due_at: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (receipt.key.clone(), receipt.id.clone());
        let Some((receipt, due)) = held.receipts.get_mut(&key) else { return Ok(false) };
        if !matches!(receipt.outcome, ReceiptOutcome::Abandoned { .. }) {
            return Ok(false);
        }
        receipt.outcome = ReceiptOutcome::Received;
        *due = Some(due_at);
        let message = receipt.message_id();
        held.tries.remove(&message);
        held.resends.remove(&message);
        Ok(true)
    }

    async fn finish(&self, done: ReceiptDone) -> Result<(), CommitError> {
        let mut held = self.held();
        held.receipt_open(Some(&done))?;
        held.end_receipt(Some(done));
        Ok(())
    }
}

impl EndedStore for MemoryStore {
    async fn begin(&self, message: &Message) -> Result<Option<u32>, StoreError> {
        let mut held = self.held();
        let has_next_step = match message.kind {
            Kind::Webhook => held.receipts.values().any(|(receipt, due)| {
                receipt.message_id() == message.id
                    && receipt.tenant == message.tenant
                    && receipt.outcome == ReceiptOutcome::Received
                    && due.is_some()
            }),
            Kind::Job => held
                .jobs
                .values()
                .any(|job| job.id.as_str() == message.id && job.tenant == message.tenant && job.due_at.is_some()),
            Kind::Generate | Kind::Publish => held
                .tasks
                .values()
                .any(|task| task.id.as_str() == message.id && task.tenant == message.tenant && task.due_at.is_some()),
            Kind::Deliver => false,
        };
        if !has_next_step {
            return Ok(None);
        }
        let tries = held.tries.entry(message.id.clone()).or_default();
        *tries += 1;
        Ok(Some(*tries))
    }

    async fn take_back(&self, message: &Message) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(tries) = held.tries.get_mut(&message.id) {
            *tries = tries.saturating_sub(1);
        }
        Ok(())
    }

    async fn keep_ended(&self, ended: &Ended) -> Result<(), StoreError> {
        self.held().ended.insert(ended.id.clone(), ended.clone());
        Ok(())
    }

    async fn ended(&self, id: &EndedId) -> Result<Option<Ended>, StoreError> {
        Ok(self.held().ended.get(id).cloned())
    }

    async fn all_ended(&self, limit: u32, after: Option<PageKey>) -> Result<Page<Ended>, StoreError> {
        let place = |one: &Ended| PageKey { sort: format!("{:.3}#{}", one.at, one.id), id: one.id.to_string() };
        let mut all: Vec<Ended> = self.held().ended.values().cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse(place(one).sort));
        all.retain(|one| after.as_ref().is_none_or(|after| place(one).sort < after.sort));
        Ok(page(all, limit, place))
    }

    async fn forget_ended(&self, id: &EndedId) -> Result<(), StoreError> {
        self.held().ended.remove(id);
        Ok(())
    }
}

impl DueStore for MemoryStore {
    async fn due(&self, shard: u8, by: Timestamp, limit: u32, after: Option<PageKey>) -> Result<Page<Due>, StoreError> {
        let held = self.held();
        let tasks = held.tasks.values().filter_map(|task| {
            let kind = if task.state == TaskState::Approved { Kind::Publish } else { Kind::Generate };
            Some(Due {
                state: Some(task.state),
                message: Message::new(kind, task.tenant.clone(), task.id.as_str(), task.trace_id.clone()),
                due_at: task.due_at?,
                resends: held.resends.get(task.id.as_str()).copied().unwrap_or(0),
                key: (format!("TASK#{}", task.id), "META".to_owned()),
            })
        });
        let receipts = held.receipts.values().filter(|(receipt, _)| receipt.outcome == ReceiptOutcome::Received);
        let receipts = receipts.filter_map(|(receipt, due)| {
            Some(Due {
                state: None,
                message: Message::new(
                    Kind::Webhook,
                    receipt.tenant.clone(),
                    receipt.message_id(),
                    receipt.trace_id.clone(),
                ),
                due_at: (*due)?,
                resends: held.resends.get(&receipt.message_id()).copied().unwrap_or(0),
                key: (format!("HOOK#{}", receipt.message_id()), "RECEIPT".to_owned()),
            })
        });
        let place = |due: &Due| PageKey {
            sort: format!("{:020}#{}", due.due_at.as_millisecond(), due.key.1),
            id: due.key.0.clone(),
        };
        let order = |due: &Due| (place(due).sort, place(due).id);
        let in_shard = |due: &Due| due.due_at <= by && shard_of(&due.key.0, Self::SHARDS) == shard;
        let deliveries = held.deliveries.values().filter_map(|(delivery, due)| {
            Some(Due {
                state: None,
                message: delivery.message(),
                due_at: (*due)?,
                resends: held.resends.get(&delivery.message().id).copied().unwrap_or(0),
                key: (format!("TASK#{}", delivery.task), format!("DLV#{}", delivery.id)),
            })
        });
        let jobs = held.jobs.values().filter_map(|job| {
            Some(Due {
                state: None,
                message: job.message(),
                due_at: job.due_at?,
                resends: held.resends.get(job.id.as_str()).copied().unwrap_or(0),
                key: (format!("JOB#{}", job.id), "META".to_owned()),
            })
        });
        let mut found: Vec<Due> = tasks.chain(receipts).chain(deliveries).chain(jobs).filter(in_shard).collect();
        found.sort_by_key(order);
        found.retain(|due| after.as_ref().is_none_or(|after| order(due) > (after.sort.clone(), after.id.clone())));
        Ok(page(found, limit, place))
    }

    async fn postpone(&self, item: &Due, until: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let id = item.message.id.clone();
        let due = match item.message.kind {
            Kind::Job => held.jobs.values_mut().find(|job| job.id.as_str() == id).and_then(|job| job.due_at.as_mut()),
            Kind::Deliver => held
                .deliveries
                .values_mut()
                .find(|(delivery, _)| delivery.message().id == id)
                .and_then(|(_, due)| due.as_mut()),
            Kind::Webhook => held
                .receipts
                .values_mut()
                .find(|(receipt, _)| receipt.message_id() == id)
                .and_then(|(_, due)| due.as_mut()),
            _ => held.tasks.get_mut(&TaskId::new(id.clone()).unwrap()).and_then(|task| task.due_at.as_mut()),
        };
        let Some(due) = due.filter(|due| **due == item.due_at) else { return Ok(false) };
        *due = until;
        *held.resends.entry(id).or_default() += 1;
        Ok(true)
    }
}

impl BreakerStore for MemoryStore {
    async fn breaker(&self, provider: &str) -> Result<(Breaker, u64), StoreError> {
        Ok(self.held().breakers.get(provider).cloned().unwrap_or_default())
    }

    async fn breakers(&self, providers: &[&str]) -> Result<BTreeMap<String, Breaker>, StoreError> {
        let held = self.held();
        let known = providers.iter().filter_map(|name| Some(((*name).to_owned(), held.breakers.get(*name)?.0.clone())));
        Ok(known.collect())
    }

    async fn keep_breaker(&self, provider: &str, breaker: &Breaker, over: u64) -> Result<bool, StoreError> {
        let mut held = self.held();
        let present = held.breakers.entry(provider.to_owned()).or_default();
        let as_read = present.1 == over;
        if as_read {
            *present = (breaker.clone(), over + 1);
        }
        Ok(as_read)
    }
}
