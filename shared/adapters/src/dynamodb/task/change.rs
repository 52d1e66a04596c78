//! One transaction for each change. Which part failed tells the caller what happened; the order of the parts is the
//! order of DynamoDB's cancellation reasons.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
        Update, builders::UpdateBuilder,
    },
};
use backon::{ExponentialBuilder, Retryable};
use galley_domain::{
    access::limits::QuotaDay,
    idempotency::{
        claim::{Claim, ClaimRecord, SavedResponse},
        receipt::ReceiptDone,
    },
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId, TenantId},
        usd::MicroUsd,
    },
    metrics::stats::Tally,
    models::phase::Phase,
    money::{
        budget::{Cap, CostBy, Intent, Spending, broken, day_of},
        ledger::{ModelCall, Settlement},
    },
    operations::correction::Correction,
    outbox::deliver::Delivery,
    task::{
        audit::AuditEvent,
        record::{Live, Task},
        store::{Acceptance, Change, CommitError, Ledger, LiveChange},
    },
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    calls::{self, StoredCall},
    costs, deliveries, items, keys, limits, n,
    receipts::About,
    s,
    stats::Addition,
    ttl, unavailable, unwritten,
};

/// How often a collision with another transaction is waited out.
const CONFLICT_RETRIES: usize = 6;
/// The first wait; each further one is twice as long.
const CONFLICT_WAIT: Duration = Duration::from_millis(25);

macro_rules! set_all {
    () => {
        "SET #state = :state, #version = :version, #attempt = :attempt, #round = :round, #fence = :fence, \
         #lease_until = :lease_until, #publish_at = :publish_at, #progress = :progress, #revision = :revision, \
         #title = :title, #excerpt = :excerpt, #quality = :quality, #quality_score = :quality_score, \
         #feedback = :feedback, #error = :error, #approval = :approval, #live = :live, #refunded = :refunded, #place = :place, \
         #times = :times, #worked_ms = :worked_ms, #models = :models, #quality_bar = :quality_bar, state_pk = :state_pk, resends = :zero, tries = :zero"
    };
}

/// Everything that a move may change. The cost is not among it: that is only ever added to.
const CHANGED: [&str; 23] = [
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
    "approval",
    "live",
    "refunded",
    "place",
    "times",
    "worked_ms",
    "models",
    "quality_bar",
];
const MOVE_DUE: &str = concat!(set_all!(), ", due_at = :due_at, due_shard = :due_shard");
const MOVE_RESTING: &str = concat!(set_all!(), " REMOVE due_at, due_shard");
const MOVE_DUE_SPENT: &str = concat!(set_all!(), ", due_at = :due_at, due_shard = :due_shard ADD cost.#phase :spent");
const MOVE_RESTING_SPENT: &str = concat!(set_all!(), " REMOVE due_at, due_shard ADD cost.#phase :spent");
const UNCHANGED: &str = "attribute_exists(pk) AND #version = :was_version AND #fence = :was_fence";
const NEW: &str = "attribute_not_exists(pk)";
const CLAIM_FREE: &str = "attribute_not_exists(pk) OR expires_at <= :now";
const SLUG_OURS: &str = "attribute_not_exists(pk) OR task_id = :me";
const RECEIPT_OPEN: &str = "attribute_exists(pk) AND #outcome.#outcome = :received";
const RECEIPT_DONE: &str = "SET #outcome = :outcome, about = :about REMOVE payload, due_at, due_shard";

const CALL_OPEN: &str = "attribute_exists(pk) AND #outcome = :intent";
const SETTLE_CALL: &str = "SET #cost = :cost, #outcome = :outcome, #report = :report";
const CALL_AS_READ: &str =
    "attribute_exists(pk) AND #outcome = :was_outcome AND #cost = :was_cost AND attribute_not_exists(corrected.#at)";
const CORRECTED_CALL_AS_READ: &str =
    "attribute_exists(pk) AND #outcome = :was_outcome AND #cost = :was_cost AND corrected.#at = :was_at";
const CORRECT_CALL: &str = "SET #cost = :cost, #outcome = :outcome, #report = :report, corrected = :corrected";
const SETTLE_COST: &str = "ADD cost.#phase :difference";
const SPEND: &str = "SET schema_version = :schema ADD #month :micros, #day :micros";
const CAPS_ADMIT: &str = "(attribute_not_exists(#month) OR #month <= :month_room) AND \
                          (attribute_not_exists(#day) OR #day <= :day_room)";
const SPEND_TOKENS: &str = "SET schema_version = :schema ADD #month :micros, #day :micros, #tokens :tokens";
const CAPS_AND_TOKENS_ADMIT: &str = "(attribute_not_exists(#month) OR #month <= :month_room) AND \
                                     (attribute_not_exists(#day) OR #day <= :day_room) AND \
                                     (attribute_not_exists(#tokens) OR #tokens <= :tokens_room)";
const COUNT_COST: &str = "SET #value = :value, schema_version = :schema ADD micros :micros, calls :calls";
const TASK_KNOWN: &str = "attribute_exists(pk)";

/// What a part of the transaction is about.
#[derive(Clone, Debug)]
enum Part {
    Task,
    Call,
    /// The budget: which of its caps refuses, its item says.
    Budget(Box<Intent>),
    Counter,
    Link,
    Claim(Claim),
    Slug,
    Receipt,
    Quota,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredClaim {
    fingerprint: String,
    response: SavedResponse,
    /// Milliseconds.
    expires_at: i64,
}

impl StoredClaim {
    pub(super) fn read(item: Item) -> Result<Self, StoreError> {
        items::from_item("claim", item)
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now.as_millisecond()
    }

    pub(super) fn seen_by(self, claim: &Claim) -> galley_domain::idempotency::claim::Claimed {
        claim.against(&self.fingerprint, self.response)
    }
}

/// A line of the list of published articles, and where its text is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredSlug {
    pub(super) task_id: String,
    pub(super) live: Live,
    pub(super) title: String,
    pub(super) excerpt: String,
    list_pk: String,
    list_sk: String,
}

/// On what a put depends.
enum Condition {
    None,
    New,
    With(&'static str, &'static str, AttributeValue),
}

/// The parts of one transaction, in order.
struct Transaction<'a> {
    table: &'a str,
    parts: Vec<Part>,
    writes: Vec<TransactWriteItem>,
    /// What is counted with it.
    tallies: Vec<Tally>,
}

impl<'a> Transaction<'a> {
    const fn new(table: &'a str) -> Self {
        Self { table, parts: Vec::new(), writes: Vec::new(), tallies: Vec::new() }
    }

    fn put(&mut self, part: Part, item: Item, condition: Condition) -> Result<(), StoreError> {
        let put = Put::builder().table_name(self.table).set_item(Some(item));
        let put = match condition {
            Condition::None => put,
            Condition::New => put.condition_expression(NEW),
            Condition::With(expression, name, value) => put
                .condition_expression(expression)
                .expression_attribute_values(name, value)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
        };
        let put = put.build().map_err(unavailable)?;
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().put(put).build());
        Ok(())
    }

    fn update(&mut self, part: Part, update: UpdateBuilder) -> Result<(), StoreError> {
        let update = update.table_name(self.table).build().map_err(unavailable)?;
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().update(update).build());
        Ok(())
    }

    /// That the task names `subject`. Export and erasure read it.
    fn link(&mut self, task: &Task, subject: &Subject) -> Result<(), StoreError> {
        let (pk, sk) = keys::link(&task.tenant, subject, &task.id);
        let item = Item::from([
            ("pk".into(), s(pk)),
            ("sk".into(), s(sk)),
            ("schema_version".into(), n(super::SCHEMA_VERSION)),
        ]);
        self.put(Part::Link, item, Condition::None)
    }

    fn claim(&mut self, record: ClaimRecord, now: Timestamp) -> Result<(), StoreError> {
        let stored = StoredClaim {
            fingerprint: record.claim.fingerprint.clone(),
            response: record.response,
            expires_at: record.expires_at.as_millisecond(),
        };
        let mut item = items::item_at(keys::claim(&record.claim), "claim", &stored)?;
        item.insert("ttl".into(), n(record.expires_at.as_second()));
        self.put(Part::Claim(record.claim), item, Condition::With(CLAIM_FREE, ":now", n(now.as_millisecond())))
    }

    fn receipt(&mut self, done: &ReceiptDone) -> Result<(), StoreError> {
        let (pk, sk) = keys::receipt(&done.receipt.key, &done.receipt.id);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(RECEIPT_DONE)
            .condition_expression(RECEIPT_OPEN)
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_values(":outcome", items::to_value("receipt", &done.outcome)?)
            .expression_attribute_values(
                ":about",
                items::to_value("receipt", &About::of(&done.receipt, &done.outcome))?,
            )
            .expression_attribute_values(":received", s("received"));
        self.update(Part::Receipt, update)
    }

    fn refund(&mut self, day: &QuotaDay) -> Result<(), StoreError> {
        let (pk, sk) = keys::quota(day);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(limits::ADD_TO_DAY)
            .expression_attribute_names("#user", limits::user_attribute(day))
            .expression_attribute_values(":one", n(-1));
        self.update(Part::Quota, update)
    }

    fn slug(&mut self, task: &Task, change: &LiveChange) -> Result<(), StoreError> {
        match change {
            LiveChange::None => Ok(()),
            LiveChange::Put(live) => {
                let stored = StoredSlug {
                    task_id: task.id.to_string(),
                    live: live.clone(),
                    title: task.title.clone().unwrap_or_default(),
                    excerpt: task.excerpt.clone().unwrap_or_default(),
                    list_pk: keys::list_of(&task.tenant, "LIVE"),
                    list_sk: keys::list_sort(live.published_at, task.id.as_str()),
                };
                let item = items::item_at(keys::slug(&task.tenant, &live.slug), "article", &stored)?;
                self.put(Part::Slug, item, Condition::With(SLUG_OURS, ":me", s(task.id.as_str())))
            }
            LiveChange::Remove(slug) => {
                let (pk, sk) = keys::slug(&task.tenant, slug);
                let delete = Delete::builder()
                    .table_name(self.table)
                    .key("pk", s(pk))
                    .key("sk", s(sk))
                    .condition_expression(SLUG_OURS)
                    .expression_attribute_values(":me", s(task.id.as_str()))
                    .build()
                    .map_err(unavailable)?;
                self.parts.push(Part::Slug);
                self.writes.push(TransactWriteItem::builder().delete(delete).build());
                Ok(())
            }
        }
    }

    fn call(&mut self, id: &TaskId, call: &ModelCall) -> Result<(), StoreError> {
        let item = items::item_at(keys::call(id, call.id), "call", &StoredCall::from(call))?;
        self.put(Part::Call, item, Condition::New)
    }

    fn settlement(&mut self, id: &TaskId, settlement: &Settlement) -> Result<(), StoreError> {
        let (pk, sk) = keys::call(id, settlement.call);
        let (outcome, report) = calls::outcome(&settlement.outcome)?;
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(SETTLE_CALL)
            .condition_expression(CALL_OPEN)
            .expression_attribute_names("#cost", "cost")
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_names("#report", "report")
            .expression_attribute_values(":intent", s(calls::INTENT))
            .expression_attribute_values(":cost", n(settlement.cost.micros()))
            .expression_attribute_values(":outcome", s(outcome))
            .expression_attribute_values(":report", report);
        self.update(Part::Call, update)?;
        let (difference, tokens) = (settlement.difference(), settlement.tokens_difference());
        let day = day_of(settlement.at);
        if (difference, tokens) != (0, 0) {
            self.update(Part::Counter, spend(&settlement.tenant, day, difference, tokens))?;
        }
        if difference == 0 {
            return Ok(());
        }
        let what = [settlement.model_id(), settlement.phase.name().to_owned(), id.to_string()];
        self.costs(id, &settlement.tenant, day, what, difference, 0)
    }

    /// Takes a call's reserved cost from the budget, if the caps admit it, and counts it.
    fn reservation(&mut self, id: &TaskId, intent: &Intent) -> Result<(), StoreError> {
        let Intent { call, caps } = intent;
        let (day, reserved) = (day_of(call.at), call.quote.reserved);
        let tokens = i64::try_from(call.quote.reserved_tokens).unwrap_or(i64::MAX);
        let room = |cap: MicroUsd| n(signed(cap) - signed(reserved));
        let update = spend(&call.tenant, day, signed(reserved), tokens);
        let update = if tokens == 0 {
            update.condition_expression(CAPS_ADMIT)
        } else {
            let room = i64::try_from(caps.tokens).unwrap_or(i64::MAX) - tokens;
            update.condition_expression(CAPS_AND_TOKENS_ADMIT).expression_attribute_values(":tokens_room", n(room))
        };
        let update = update
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_values(":month_room", room(caps.month))
            .expression_attribute_values(":day_room", room(caps.day));
        self.update(Part::Budget(Box::new(intent.clone())), update)?;
        let what = [call.quote.model_id(), call.phase.name().to_owned(), id.to_string()];
        self.costs(id, &call.tenant, day, what, signed(reserved), 1)
    }

    /// Adds to what a phase of a task has cost, whatever became of the task.
    fn task_cost(&mut self, id: &TaskId, phase: Phase, difference: i64) -> Result<(), StoreError> {
        let (pk, sk) = keys::task(id);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(SETTLE_COST)
            .condition_expression(TASK_KNOWN)
            .expression_attribute_names("#phase", phase.name())
            .expression_attribute_values(":difference", n(difference));
        self.update(Part::Task, update)
    }

    /// By model, phase and task.
    fn costs(
        &mut self,
        id: &TaskId,
        tenant: &TenantId,
        day: Date,
        values: [String; 3],
        micros: i64,
        calls: u8,
    ) -> Result<(), StoreError> {
        for (by, value) in [CostBy::Model, CostBy::Phase, CostBy::Task].into_iter().zip(values) {
            let (pk, sk) = keys::cost(tenant, by, day, &value, id);
            let update = Update::builder()
                .key("pk", s(pk))
                .key("sk", s(sk))
                .update_expression(COUNT_COST)
                .expression_attribute_names("#value", "value")
                .expression_attribute_values(":value", s(value))
                .expression_attribute_values(":micros", n(micros))
                .expression_attribute_values(":calls", n(calls))
                .expression_attribute_values(":schema", n(super::SCHEMA_VERSION));
            self.update(Part::Counter, update)?;
        }
        Ok(())
    }

    /// Twice for each: the hour that it falls in, and all time.
    fn counters(&mut self, task: &Task, events: &[AuditEvent]) -> Result<(), StoreError> {
        for event in events {
            for tally in Tally::of(event, task.request.task_type, task.created_at) {
                for (pk, sk) in keys::counters(tally.metric, task.id.as_str(), event.at) {
                    let Addition { expression, names, values } = Addition::of(&tally);
                    let update = Update::builder()
                        .key("pk", s(pk))
                        .key("sk", s(sk))
                        .update_expression(expression)
                        .set_expression_attribute_names(Some(names))
                        .set_expression_attribute_values(Some(values));
                    self.update(Part::Counter, update)?;
                }
                self.tallies.push(tally);
            }
        }
        Ok(())
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
        let mut item = items::to_item("task", &items::StoredTask::from(task))?;
        let mut update = Update::builder()
            .update_expression(expression)
            .condition_expression(UNCHANGED)
            .expression_attribute_values(":was_version", n(change.before.version))
            .expression_attribute_values(":was_fence", n(change.before.fence))
            .expression_attribute_values(":state_pk", s(items::state_pk(task)))
            .expression_attribute_values(":zero", n(0));
        for name in CHANGED {
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

fn signed(amount: MicroUsd) -> i64 {
    i64::try_from(amount.micros()).unwrap_or(i64::MAX)
}

/// Adds to a month and one of its days, and to the day's tokens where there are any.
fn spend(tenant: &TenantId, day: Date, micros: i64, tokens: i64) -> UpdateBuilder {
    let (pk, sk) = keys::budget(tenant, day);
    let update = Update::builder().key("pk", s(pk)).key("sk", s(sk));
    let update = if tokens == 0 {
        update.update_expression(SPEND)
    } else {
        update
            .update_expression(SPEND_TOKENS)
            .expression_attribute_names("#tokens", costs::tokens_attribute(day))
            .expression_attribute_values(":tokens", n(tokens))
    };
    update
        .expression_attribute_names("#month", costs::MONTH)
        .expression_attribute_names("#day", costs::day_attribute(day))
        .expression_attribute_values(":micros", n(micros))
        .expression_attribute_values(":schema", n(super::SCHEMA_VERSION))
}

impl Table {
    pub(super) async fn write_acceptance(&self, acceptance: Acceptance) -> Result<(), CommitError> {
        let now = acceptance.task.created_at;
        let task = &acceptance.task;
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Task, items::task_item(task)?, Condition::New)?;
        let event = items::item_at(keys::event(&task.id, acceptance.event.id), "event", &acceptance.event)?;
        transaction.put(Part::Task, event, Condition::New)?;
        if let Some(claim) = acceptance.claim {
            transaction.claim(claim, now)?;
        }
        if let Some(done) = &acceptance.receipt {
            transaction.receipt(done)?;
        }
        transaction.counters(task, std::slice::from_ref(&acceptance.event))?;
        transaction.link(task, &task.requested_by)?;
        self.transact(transaction).await
    }

    pub(super) async fn write_change(&self, change: Change) -> Result<(), CommitError> {
        let mut transaction = Transaction::new(&self.name);
        let task = &change.task;
        transaction.task_move(&change)?;
        for event in &change.events {
            let item = items::item_at(keys::event(&task.id, event.id), "event", event)?;
            transaction.put(Part::Task, item, Condition::New)?;
            if let Some(delivery) = Delivery::of(task, event) {
                transaction.put(Part::Task, deliveries::delivery_item(&delivery)?, Condition::New)?;
            }
        }
        if let Some(revision) = &change.revision {
            let item = items::item_at(keys::revision(&task.id, revision.number), "revision", revision)?;
            transaction.put(Part::Task, item, Condition::New)?;
        }
        if let Some(checkpoint) = &change.checkpoint {
            let key = keys::checkpoint(&task.id, checkpoint.round, checkpoint.number);
            let item = super::tasks::checkpoint_item(key, checkpoint)?;
            // The fence on the task guards it; a later attempt with other input may replace it.
            transaction.put(Part::Task, item, Condition::None)?;
        }
        match &change.ledger {
            Ledger::None => {}
            Ledger::Intent(intent) => {
                // Where nothing is spent yet, the condition has nothing to compare with.
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

    pub(super) async fn write_receipt(&self, done: &ReceiptDone) -> Result<(), CommitError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.receipt(done)?;
        self.transact(transaction).await
    }

    /// The call and the task's cost, whatever became of the task. `false`: it was settled before.
    pub(super) async fn write_settlement(&self, id: &TaskId, settlement: &Settlement) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.settlement(id, settlement)?;
        transaction.task_cost(id, settlement.phase, settlement.difference())?;
        match self.transact(transaction).await {
            Ok(()) => Ok(true),
            Err(CommitError::Store(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    pub(super) async fn write_correction(&self, correction: &Correction) -> Result<(), CommitError> {
        let Correction { task, was, now, event } = correction;
        let mut transaction = Transaction::new(&self.name);
        let (pk, sk) = keys::call(task, was.id);
        let (was_outcome, _) = calls::outcome(&was.outcome)?;
        let (outcome, report) = calls::outcome(&now.outcome)?;
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(CORRECT_CALL)
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#cost", "cost")
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_names("#report", "report")
            .expression_attribute_values(":was_outcome", s(was_outcome))
            .expression_attribute_values(":was_cost", n(was.cost.micros()))
            .expression_attribute_values(":cost", n(now.cost.micros()))
            .expression_attribute_values(":outcome", s(outcome))
            .expression_attribute_values(":report", report)
            .expression_attribute_values(":corrected", items::to_value("call", &now.corrected)?);
        // Two corrections may agree on the cost, and differ in the tokens.
        let update = match &was.corrected {
            None => update.condition_expression(CALL_AS_READ),
            Some(before) => update
                .condition_expression(CORRECTED_CALL_AS_READ)
                .expression_attribute_values(":was_at", items::to_value("call", &before.at)?),
        };
        transaction.update(Part::Call, update)?;
        let (day, difference) = (day_of(was.at), correction.difference());
        transaction.update(Part::Counter, spend(&was.tenant, day, difference, correction.tokens_difference()))?;
        let what = [was.quote.model_id(), was.phase.name().to_owned(), task.to_string()];
        transaction.costs(task, &was.tenant, day, what, difference, 0)?;
        transaction.task_cost(task, was.phase, difference)?;
        let item = items::item_at(keys::event(task, event.id), "event", event)?;
        transaction.put(Part::Task, item, Condition::New)?;
        self.transact(transaction).await
    }

    async fn transact(&self, transaction: Transaction<'_>) -> Result<(), CommitError> {
        let Transaction { parts, writes, tallies, .. } = transaction;
        // One token for all tries: a write whose answer was lost is answered as done, not done again.
        let token = uuid::Uuid::now_v7().to_string();
        let backoff =
            ExponentialBuilder::default().with_min_delay(CONFLICT_WAIT).with_jitter().with_max_times(CONFLICT_RETRIES);
        let attempt = || async {
            let request = self.client.transact_write_items().set_transact_items(Some(writes.clone()));
            request.client_request_token(&token).send().await.map_err(|error| failure(&parts, error))
        };
        let sent = attempt.retry(backoff).when(|failure| matches!(failure, Failure::Conflict { .. })).await;
        if sent.is_ok() {
            tallies.iter().for_each(Tally::record);
        }
        sent.map(|_| ()).map_err(|failure| match failure {
            Failure::Conflict { on_claim: true } => CommitError::InFlight,
            Failure::Conflict { on_claim: false } => CommitError::Contended,
            Failure::Final(error) => error,
        })
    }
}

enum Failure {
    /// Another transaction holds one of the items.
    Conflict {
        on_claim: bool,
    },
    Final(CommitError),
}

fn failure<R>(parts: &[Part], error: SdkError<TransactWriteItemsError, R>) -> Failure
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            return Failure::Conflict { on_claim: false };
        }
        _ => return Failure::Final(unwritten(error).into()),
    };
    let refused = |code: &str| {
        let code = code.to_owned();
        parts.iter().zip(reasons).filter(move |(_, reason)| reason.code() == Some(&code))
    };
    // A used key explains everything else: the same request came before.
    let worst = refused("ConditionalCheckFailed").min_by_key(|(part, _)| match part {
        Part::Claim(_) => 0,
        Part::Receipt => 1,
        Part::Task | Part::Call => 2,
        Part::Budget(_) => 3,
        Part::Slug | Part::Quota | Part::Counter | Part::Link => 4,
    });
    if let Some((part, reason)) = worst {
        return Failure::Final(refusal(part, reason));
    }
    if let Some((part, _)) = refused("TransactionConflict").next() {
        return Failure::Conflict { on_claim: matches!(part, Part::Claim(_)) };
    }
    // What is wrong with one item of several is said beside that item.
    if refused("ValidationError").next().is_some() {
        return Failure::Final(StoreError::invalid(error).into());
    }
    Failure::Final(unavailable(error).into())
}

fn refusal(part: &Part, reason: &CancellationReason) -> CommitError {
    match part {
        Part::Task | Part::Call | Part::Quota | Part::Counter | Part::Link => CommitError::Stale,
        Part::Budget(intent) => {
            let spent = costs::spending(&reason.item().cloned().unwrap_or_default(), day_of(intent.call.at));
            CommitError::OverBudget(broken(&spent, intent).unwrap_or(Cap::Day))
        }
        Part::Slug => CommitError::SlugTaken,
        Part::Receipt => CommitError::AlreadyProcessed,
        Part::Claim(claim) => {
            let item = reason.item().cloned().unwrap_or_default();
            match StoredClaim::read(item) {
                Ok(stored) => CommitError::Claimed(stored.seen_by(claim)),
                Err(error) => error.into(),
            }
        }
    }
}

/// When a receipt may be forgotten.
pub(super) fn receipt_ttl(now: Timestamp) -> AttributeValue {
    ttl(now, 7)
}
