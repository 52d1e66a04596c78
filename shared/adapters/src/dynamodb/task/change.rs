//! One transaction for each change of a task.

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use galley_domain::{
    kernel::{error::StoreError, ids::Subject},
    money::budget::{Spending, broken},
    outbox::{deliver::Delivery, listen::Heard, placement::Placement},
    task::{
        audit::AuditEvent,
        record::Task,
        store::{Acceptance, Change, CommitError, Ledger},
    },
};

use crate::dynamodb::{
    items::{self, Item, SCHEMA_VERSION, n, s},
    keys,
    money::entries::signed,
    outbox::{deliver, listen},
    table::Table,
    task::{
        shapes,
        transaction::{Condition, Part, Transaction},
    },
};

macro_rules! set_all {
    () => {
        "SET #state = :state, #version = :version, #attempt = :attempt, #round = :round, #fence = :fence, \
         #lease_until = :lease_until, #publish_at = :publish_at, #progress = :progress, #revision = :revision, \
         #title = :title, #excerpt = :excerpt, #quality = :quality, #quality_score = :quality_score, \
         #feedback = :feedback, #error = :error, #outage_since = :outage_since, #approval = :approval, #live = :live, #refunded = :refunded, #place = :place, \
         #times.#updated_at = :updated_at, #times.#started_at = :started_at, #times.#completed_at = :completed_at, #worked_ms = :worked_ms, #models = :models, #agents = :agents, #quality_bar = :quality_bar, state_pk = :state_pk, resends = :zero, tries = :zero"
    };
}

/// The attributes that a move may change. The cost is not one of them: it is only ever incremented.
const CHANGED: [&str; 24] = [
    "state",
    "version",
    "attempt",
    "round",
    "fence",
    "lease_until",
    "publish_at",
    "progress",
    "revision",
    "title",
    "excerpt",
    "quality",
    "quality_score",
    "feedback",
    "error",
    "outage_since",
    "approval",
    "live",
    "refunded",
    "place",
    "worked_ms",
    "models",
    "agents",
    "quality_bar",
];
/// What a move may change of `times`, where the assignment stands, too: that is no move's.
const CHANGED_TIMES: [&str; 3] = ["updated_at", "started_at", "completed_at"];
const MOVE_DUE: &str = concat!(set_all!(), ", due_at = :due_at, due_shard = :due_shard");
const MOVE_RESTING: &str = concat!(set_all!(), " REMOVE due_at, due_shard");
const MOVE_DUE_SPENT: &str = concat!(set_all!(), ", due_at = :due_at, due_shard = :due_shard ADD cost.#phase :spent");
const MOVE_RESTING_SPENT: &str = concat!(set_all!(), " REMOVE due_at, due_shard ADD cost.#phase :spent");
const UNCHANGED: &str = "attribute_exists(pk) AND #version = :was_version AND #fence = :was_fence";

impl Transaction<'_> {
    /// An event, and what is sent of it.
    pub(super) fn event(&mut self, task: &Task, event: &AuditEvent) -> Result<(), StoreError> {
        let item = items::item_at(keys::event(&task.id, event.id), "event", event)?;
        self.put(Part::Task, item, Condition::New)?;
        if let Some(delivery) = Delivery::of(task, event) {
            self.put(Part::Task, deliver::delivery_item(&delivery)?, Condition::New)?;
        }
        if let Some(heard) = Heard::of(task, event) {
            self.put(Part::Task, listen::heard_item(&heard)?, Condition::New)?;
        }
        Ok(())
    }

    /// Links `subject` to the task that names it. Export and erasure read the link.
    pub(super) fn link(&mut self, task: &Task, subject: &Subject) -> Result<(), StoreError> {
        let (pk, sk) = keys::link(&task.tenant, subject, &task.id);
        let item =
            Item::from([("pk".into(), s(pk)), ("sk".into(), s(sk)), ("schema_version".into(), n(SCHEMA_VERSION))]);
        self.put(Part::Link, item, Condition::None)
    }

    fn task_move(&mut self, change: &Change) -> Result<(), StoreError> {
        let task = &change.task;
        let spent = match &change.ledger {
            Ledger::None => None,
            Ledger::Intent(intent) => Some((intent.call.phase, signed(intent.call.quote.reserved))),
            Ledger::Settled(settlement) => Some((settlement.phase, settlement.difference())),
        };
        let expression = match (task.due_at.is_some(), spent.is_some()) {
            (true, false) => MOVE_DUE,
            (false, false) => MOVE_RESTING,
            (true, true) => MOVE_DUE_SPENT,
            (false, true) => MOVE_RESTING_SPENT,
        };
        let (pk, sk) = keys::task(&task.id);
        let mut item = items::to_item("task", &shapes::StoredTask::from(task))?;
        let mut update = Update::builder()
            .update_expression(expression)
            .condition_expression(UNCHANGED)
            .expression_attribute_values(":was_version", n(change.before.version))
            .expression_attribute_values(":was_fence", n(change.before.fence))
            .expression_attribute_values(":state_pk", s(shapes::state_pk(task)))
            .expression_attribute_values(":zero", n(0));
        let times = item.remove("times").and_then(|times| times.as_m().ok().cloned()).unwrap_or_default();
        update = update.expression_attribute_names("#times", "times");
        item.extend(times);
        for name in CHANGED.into_iter().chain(CHANGED_TIMES) {
            let value = item.remove(name).unwrap_or(AttributeValue::Null(true));
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        if let Some(due_at) = task.due_at {
            update = update
                .expression_attribute_values(":due_at", n(due_at.as_millisecond()))
                .expression_attribute_values(":due_shard", items::due_shard(&pk));
        }
        if let Some((phase, micros)) = spent {
            update = update
                .expression_attribute_names("#phase", phase.name())
                .expression_attribute_values(":spent", n(micros));
        }
        self.update(Part::Task, update.key("pk", s(pk)).key("sk", s(sk)))
    }
}

impl Table {
    pub(crate) async fn write_acceptance(&self, acceptance: Acceptance) -> Result<(), CommitError> {
        let now = acceptance.task.created_at;
        let task = &acceptance.task;
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Task, shapes::task_item(task)?, Condition::New)?;
        let event = items::item_at(keys::event(&task.id, acceptance.event.id), "event", &acceptance.event)?;
        transaction.put(Part::Task, event, Condition::New)?;
        if let Some(claim) = acceptance.claim {
            transaction.claim(claim, now)?;
        }
        if let Some(done) = &acceptance.receipt {
            transaction.receipt(done)?;
        }
        if let Some(ran) = &acceptance.ran {
            transaction.ran(ran)?;
        }
        transaction.counters(task, std::slice::from_ref(&acceptance.event))?;
        transaction.link(task, &task.requested_by)?;
        self.transact(transaction).await
    }

    pub(crate) async fn write_change(&self, change: Change) -> Result<(), CommitError> {
        let mut transaction = Transaction::new(&self.name);
        let task = &change.task;
        transaction.task_move(&change)?;
        for event in &change.events {
            transaction.event(task, event)?;
        }
        for placement in Placement::of(task, &change.events) {
            transaction.placement(&placement)?;
        }
        if let Some(revision) = &change.revision {
            let item = items::item_at(keys::revision(&task.id, revision.number), "revision", revision)?;
            transaction.put(Part::Task, item, Condition::New)?;
            transaction.worked_in(&task.id, &change.worked_in, revision.number)?;
        }
        if let Some(checkpoint) = &change.checkpoint {
            let key = keys::checkpoint(&task.id, checkpoint.round, checkpoint.number);
            let item = shapes::checkpoint_item(key, checkpoint)?;
            // Protected by the condition on the task's fence; a later attempt with other input may replace it.
            transaction.put(Part::Task, item, Condition::None)?;
        }
        match &change.ledger {
            Ledger::None => {}
            Ledger::Intent(intent) => {
                // The condition cannot check the cap while the budget item does not exist, so it is checked here.
                if let Some(cap) = broken(&Spending::default(), intent) {
                    return Err(CommitError::OverBudget(cap));
                }
                transaction.call(&task.id, &intent.call)?;
                transaction.reservation(&task.id, intent)?;
            }
            Ledger::Settled(settlement) => transaction.settlement(&task.id, settlement)?,
        }
        transaction.counters(task, &change.events)?;
        for subject in change.names() {
            transaction.link(task, subject)?;
        }
        transaction.slug(task, &change.live)?;
        if let Some(day) = &change.refund {
            transaction.refund(day)?;
        }
        if let Some(done) = &change.receipt {
            transaction.receipt(done)?;
        }
        if let Some(claim) = change.claim.clone() {
            transaction.claim(claim, task.updated_at)?;
        }
        self.transact(transaction).await
    }
}
