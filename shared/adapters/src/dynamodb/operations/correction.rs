//! Corrections of the ledger, written only if the entry is unchanged since it was read.

use aws_sdk_dynamodb::types::Update;
use galley_domain::{
    kernel::{error::StoreError, ids::TaskId},
    money::{budget::day_of, ledger::ModelCall},
    operations::correction::{Correction, LedgerStore},
    task::store::CommitError,
};
use uuid::Uuid;

use crate::dynamodb::{
    items::{self, n, s},
    keys,
    money::{entries::spend, ledger},
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const CALL_AS_READ: &str =
    "attribute_exists(pk) AND #outcome = :was_outcome AND #cost = :was_cost AND attribute_not_exists(corrected.#at)";
const CORRECTED_CALL_AS_READ: &str =
    "attribute_exists(pk) AND #outcome = :was_outcome AND #cost = :was_cost AND corrected.#at = :was_at";
const CORRECT_CALL: &str = "SET #cost = :cost, #outcome = :outcome, #report = :report, corrected = :corrected";

impl LedgerStore for Table {
    async fn call(&self, task: &TaskId, call: Uuid) -> Result<Option<ModelCall>, StoreError> {
        self.get(keys::call(task, call)).await?.map(ledger::call_from).transpose()
    }

    async fn correct(&self, correction: &Correction) -> Result<(), CommitError> {
        let Correction { task, was, now, event } = correction;
        let mut transaction = Transaction::new(&self.name);
        let (pk, sk) = keys::call(task, was.id);
        let (was_outcome, _) = ledger::outcome(&was.outcome)?;
        let (outcome, report) = ledger::outcome(&now.outcome)?;
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
}
