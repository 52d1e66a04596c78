//! The parts of a transaction for a model call: the ledger, the budget under its caps, and the counters.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, Update, builders::UpdateBuilder};
use galley_domain::{
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        usd::MicroUsd,
    },
    models::phase::Phase,
    money::{
        budget::{CostBy, Intent, day_of},
        ledger::{ModelCall, Settlement},
    },
    task::store::CommitError,
};
use jiff::civil::Date;

use crate::dynamodb::{
    items::{self, SCHEMA_VERSION, n, s},
    keys,
    money::{
        budget,
        ledger::{self, StoredCall},
    },
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const CALL_OPEN: &str = "attribute_exists(pk) AND #outcome = :intent";
const SETTLE_CALL: &str = "SET #cost = :cost, #outcome = :outcome, #report = :report";
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

impl Transaction<'_> {
    pub(crate) fn call(&mut self, id: &TaskId, call: &ModelCall) -> Result<(), StoreError> {
        let item = items::item_at(keys::call(id, call.id), "call", &StoredCall::from(call))?;
        self.put(Part::Call, item, Condition::New)
    }

    pub(crate) fn settlement(&mut self, id: &TaskId, settlement: &Settlement) -> Result<(), StoreError> {
        let (pk, sk) = keys::call(id, settlement.call);
        let (outcome, report) = ledger::outcome(&settlement.outcome)?;
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(SETTLE_CALL)
            .condition_expression(CALL_OPEN)
            .expression_attribute_names("#cost", "cost")
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_names("#report", "report")
            .expression_attribute_values(":intent", s(ledger::INTENT))
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
    pub(crate) fn reservation(&mut self, id: &TaskId, intent: &Intent) -> Result<(), StoreError> {
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

    /// Adds to the cost of a task's phase, in any state of the task.
    pub(crate) fn task_cost(&mut self, id: &TaskId, phase: Phase, difference: i64) -> Result<(), StoreError> {
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
    pub(crate) fn costs(
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
                .expression_attribute_values(":schema", n(SCHEMA_VERSION));
            self.update(Part::Counter, update)?;
        }
        Ok(())
    }
}

pub(crate) fn signed(amount: MicroUsd) -> i64 {
    i64::try_from(amount.micros()).unwrap_or(i64::MAX)
}

/// Adds to a month and one of its days, and to the day's tokens where there are any.
pub(crate) fn spend(tenant: &TenantId, day: Date, micros: i64, tokens: i64) -> UpdateBuilder {
    let (pk, sk) = keys::budget(tenant, day);
    let update = Update::builder().key("pk", s(pk)).key("sk", s(sk));
    let update = if tokens == 0 {
        update.update_expression(SPEND)
    } else {
        update
            .update_expression(SPEND_TOKENS)
            .expression_attribute_names("#tokens", budget::tokens_attribute(day))
            .expression_attribute_values(":tokens", n(tokens))
    };
    update
        .expression_attribute_names("#month", budget::MONTH)
        .expression_attribute_names("#day", budget::day_attribute(day))
        .expression_attribute_values(":micros", n(micros))
        .expression_attribute_values(":schema", n(SCHEMA_VERSION))
}

impl Table {
    /// Writes the call's outcome and the task's cost, in any state of the task. `false`: it was settled before.
    pub(crate) async fn write_settlement(&self, id: &TaskId, settlement: &Settlement) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.settlement(id, settlement)?;
        transaction.task_cost(id, settlement.phase, settlement.difference())?;
        match self.transact(transaction).await {
            Ok(()) => Ok(true),
            Err(CommitError::Store(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }
}
