//! Tasks, and all that one change of a task writes.

use std::collections::BTreeMap;

use galley_domain::{
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId},
        paging::{Page, PageKey},
    },
    money::ledger::{ModelCall, Settlement},
    outbox::{deliver::Delivery, listen::Heard, placement::Placement},
    task::{
        audit::AuditEvent,
        record::Task,
        revision::Revision,
        state::TaskState,
        store::{Acceptance, Change, Checkpoint, CommitError, Ledger, LiveChange, TaskQuery, TaskStore},
    },
};
use jiff::Timestamp;

use crate::memory::store::{Held, MemoryStore, page};

/// As DynamoDB counts it.
const MOST_IN_AN_ITEM: usize = 400 * 1024;

impl Held {
    /// Why a change is not made, if it is not.
    fn refusal(&self, change: &Change) -> Result<(), CommitError> {
        let task = &change.task;
        self.claim_free(change.claim.as_ref(), task.updated_at)?;
        self.receipt_open(change.receipt.as_ref())?;
        if !self.tasks.get(&task.id).is_some_and(|present| change.before.admits(present)) {
            return Err(CommitError::Stale);
        }
        match &change.ledger {
            Ledger::Settled(settlement) if !self.call_open(&task.id, settlement) => return Err(CommitError::Stale),
            Ledger::Intent(intent) => self.capped(intent).map_or(Ok(()), |cap| Err(CommitError::OverBudget(cap)))?,
            Ledger::Settled(_) | Ledger::None => {}
        }
        if change.checkpoint.as_ref().is_some_and(|kept| kept.output.to_string().len() > MOST_IN_AN_ITEM) {
            return Err(StoreError::invalid("an item is too large").into());
        }
        match &change.live {
            LiveChange::Put(entry) if !self.slug_free(task, &entry.live.slug) => Err(CommitError::SlugTaken),
            LiveChange::Put(_) | LiveChange::Remove(_) | LiveChange::None => Ok(()),
        }
    }

    fn slug_free(&self, task: &Task, slug: &Slug) -> bool {
        self.slugs.get(&(task.tenant.clone(), slug.clone())).is_none_or(|(owner, _)| *owner == task.id)
    }

    fn apply(&mut self, change: Change) {
        let named: Vec<Subject> = change.names().into_iter().cloned().collect();
        let mut task = change.task;
        self.tries.remove(task.id.as_str());
        self.resends.remove(task.id.as_str());
        if let Some(present) = self.tasks.get(&task.id) {
            task.cost.clone_from(&present.cost);
            task.assignment.clone_from(&present.assignment);
        }
        match change.live {
            LiveChange::None => {}
            LiveChange::Put(entry) => {
                self.mark(&task, &entry);
                self.slugs.insert((task.tenant.clone(), entry.live.slug.clone()), (task.id.clone(), *entry));
            }
            LiveChange::Remove(slug) => {
                let place = (task.tenant.clone(), slug);
                self.slugs.remove(&place);
                self.left_slugs.insert(place);
            }
        }
        match change.ledger {
            Ledger::None => {}
            Ledger::Intent(intent) => self.intend(&mut task, intent.call),
            Ledger::Settled(settlement) => {
                task.charge(settlement.phase, settlement.difference());
                self.settle(&task.id, &settlement);
            }
        }
        self.count(&task, &change.events);
        self.links.extend(named.into_iter().map(|subject| (task.tenant.clone(), subject, task.id.clone())));
        for delivery in change.events.iter().filter_map(|event| Delivery::of(&task, event)) {
            self.deliveries.insert((task.id.clone(), delivery.id), (delivery.clone(), delivery.due_at()));
        }
        self.heard.extend(change.events.iter().filter_map(|event| Heard::of(&task, event)));
        for placement in Placement::of(&task, &change.events) {
            self.want(placement);
        }
        self.events.entry(task.id.clone()).or_default().extend(change.events);
        if let Some(revision) = change.revision {
            for id in change.worked_in {
                if let Some(comment) = self.comments.get_mut(&(task.id.clone(), id)) {
                    comment.worked_in = Some(revision.number);
                }
            }
            self.revisions.entry(task.id.clone()).or_default().insert(revision.number, revision);
        }
        if let Some(checkpoint) = change.checkpoint {
            let round = (task.id.clone(), checkpoint.round);
            self.checkpoints.entry(round).or_default().insert(checkpoint.number, checkpoint);
        }
        if let Some(day) = change.refund {
            self.day(&day).add(&day, -1);
        }
        self.end_receipt(change.receipt);
        self.keep_claim(change.claim);
        self.tasks.insert(task.id.clone(), task);
    }
}

impl TaskStore for MemoryStore {
    async fn accept(&self, acceptance: Acceptance) -> Result<(), CommitError> {
        let of_schedule = acceptance.ran.is_some();
        // Whoever waits for nothing asks again under no name.
        let is_awaited = of_schedule || acceptance.claim.is_some();
        if of_schedule {
            self.counted()?;
        }
        let mut held = self.held();
        let task = acceptance.task;
        held.claim_free(acceptance.claim.as_ref(), task.created_at)?;
        held.receipt_open(acceptance.receipt.as_ref())?;
        if held.tasks.contains_key(&task.id) || acceptance.ran.as_ref().is_some_and(|ran| !held.may_run(ran)) {
            return Err(CommitError::Stale);
        }
        if let Some(ran) = acceptance.ran {
            held.put_ran(ran);
        }
        held.count(&task, std::slice::from_ref(&acceptance.event));
        held.events.entry(task.id.clone()).or_default().push(acceptance.event);
        held.links.insert((task.tenant.clone(), task.requested_by.clone(), task.id.clone()));
        held.tasks.insert(task.id.clone(), task);
        held.keep_claim(acceptance.claim);
        held.end_receipt(acceptance.receipt);
        self.record(&mut held);
        if is_awaited && self.answer_lost() {
            return Err(StoreError::Unavailable("the answer was lost".into()).into());
        }
        Ok(())
    }

    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        self.counted()?;
        let mut held = self.held();
        held.refusal(&change)?;
        held.apply(change);
        self.record(&mut held);
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

    async fn history(&self, id: &TaskId, most: u32) -> Result<Option<(Task, Vec<Revision>)>, StoreError> {
        let held = self.held();
        let newest = held.revisions.get(id).into_iter().flat_map(BTreeMap::values).rev();
        let newest = newest.take(usize::try_from(most).unwrap()).cloned().collect();
        Ok(held.tasks.get(id).map(|task| (task.clone(), newest)))
    }

    async fn task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.counted()?;
        Ok(self.held().tasks.get(id).cloned())
    }

    async fn tasks(&self, ids: &[TaskId]) -> Result<Vec<Task>, StoreError> {
        let held = self.held();
        Ok(held.tasks.values().filter(|task| ids.contains(&task.id)).cloned().collect())
    }

    async fn revision(&self, id: &TaskId, number: u32) -> Result<Option<Revision>, StoreError> {
        Ok(self.held().revisions.get(id).and_then(|all| all.get(&number)).cloned())
    }

    async fn list(&self, query: TaskQuery) -> Result<Page<Task>, StoreError> {
        let held = self.held();
        let in_list = |task: &&Task| {
            task.tenant == query.tenant
                && query.state.is_none_or(|state| task.state == state)
                && query.before.is_none_or(|before| sort(task) < format!("{before:.3}#"))
        };
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
