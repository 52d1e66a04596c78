//! What is due, and corrections.

use galley_domain::{
    idempotency::receipt::ReceiptOutcome,
    kernel::{
        error::StoreError,
        ids::{ScheduleId, TaskId, shard_of},
        paging::{Page, PageKey},
    },
    money::{budget::day_of, ledger::ModelCall},
    operations::{
        correction::{Correction, LedgerStore},
        due::{Due, DueStore},
    },
    queue::message::{Kind, Message},
    task::{state::TaskState, store::CommitError},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::memory::store::{Held, MemoryStore, page};

impl Held {
    /// What is to leave, and when.
    fn outbox_due(&self) -> impl Iterator<Item = Due> {
        let deliveries = self.deliveries.values().filter_map(|(delivery, due)| {
            Some(Due {
                state: None,
                message: delivery.message(),
                due_at: (*due)?,
                resends: self.resends.get(&delivery.message().id).copied().unwrap_or(0),
                key: (format!("TASK#{}", delivery.task), format!("DLV#{}", delivery.id)),
            })
        });
        let placements = self.placements.values().filter_map(|(placement, due)| {
            Some(Due {
                state: None,
                message: placement.message(),
                due_at: (*due)?,
                resends: self.resends.get(&placement.message().id).copied().unwrap_or(0),
                key: (format!("TASK#{}", placement.task), format!("TARGET#{}", placement.target)),
            })
        });
        deliveries.chain(placements)
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
        let jobs = held.jobs.values().filter_map(|job| {
            Some(Due {
                state: None,
                message: job.message(),
                due_at: job.due_at?,
                resends: held.resends.get(job.id.as_str()).copied().unwrap_or(0),
                key: (format!("JOB#{}", job.id), "META".to_owned()),
            })
        });
        let schedules = held.schedules.values().filter_map(|schedule| {
            Some(Due {
                state: None,
                message: schedule.message(),
                due_at: *held.schedules_due.get(&schedule.plan.id)?,
                resends: held.resends.get(schedule.plan.id.as_str()).copied().unwrap_or(0),
                key: (format!("SCHEDULE#{}", schedule.plan.id), "META".to_owned()),
            })
        });
        let own = jobs.chain(schedules);
        let mut found: Vec<Due> = tasks.chain(receipts).chain(held.outbox_due()).chain(own).filter(in_shard).collect();
        found.sort_by_key(order);
        found.retain(|due| after.as_ref().is_none_or(|after| order(due) > (after.sort.clone(), after.id.clone())));
        Ok(page(found, limit, place))
    }

    async fn postpone(&self, item: &Due, until: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let id = item.message.id.clone();
        let due = match item.message.kind {
            Kind::Job => held.jobs.values_mut().find(|job| job.id.as_str() == id).and_then(|job| job.due_at.as_mut()),
            Kind::Schedule => held.schedules_due.get_mut(&ScheduleId::new(id.clone()).unwrap()),
            Kind::Deliver => held
                .deliveries
                .values_mut()
                .find(|(delivery, _)| delivery.message().id == id)
                .and_then(|(_, due)| due.as_mut()),
            Kind::Place => held
                .placements
                .values_mut()
                .find(|(placement, _)| placement.message().id == id)
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
        self.record(&mut held);
        Ok(())
    }
}
