//! One transaction: its parts in order. The order of the parts is the order of DynamoDB's cancellation reasons.

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    builders::UpdateBuilder,
};
use galley_domain::{
    idempotency::claim::Claim, kernel::error::StoreError, metrics::stats::Tally, money::budget::Intent,
};

use crate::dynamodb::{
    errors::unavailable,
    items::{Item, n, s},
    keys,
};

pub(crate) const OVER: &str = "#version = :over";
const NEW: &str = "attribute_not_exists(pk)";
const WITHOUT: &str = "attribute_not_exists(#attribute)";
const HAVING: &str = "#attribute = :value";

/// The kind of a part of the transaction.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Task,
    /// An item that belongs to no task.
    Own,
    Call,
    /// The budget. If it refuses, its item shows which cap was reached.
    Budget(Box<Intent>),
    Counter,
    Link,
    Claim(Claim),
    Slug,
    Receipt,
    Quota,
}

/// On what a put depends.
pub(crate) enum Condition {
    None,
    New,
    With(&'static str, &'static str, AttributeValue),
    /// That the item which is replaced has no such attribute, or is not there.
    Without(&'static str),
    /// That it has this value.
    Having(&'static str, AttributeValue),
}

/// The parts of one transaction, in order.
pub(crate) struct Transaction<'a> {
    pub(crate) table: &'a str,
    pub(crate) parts: Vec<Part>,
    pub(crate) writes: Vec<TransactWriteItem>,
    /// The tallies to record as metrics after the commit.
    pub(crate) tallies: Vec<Tally>,
}

impl<'a> Transaction<'a> {
    pub(crate) const fn new(table: &'a str) -> Self {
        Self { table, parts: Vec::new(), writes: Vec::new(), tallies: Vec::new() }
    }

    pub(crate) fn put(&mut self, part: Part, item: Item, condition: Condition) -> Result<(), StoreError> {
        let put = Put::builder().table_name(self.table).set_item(Some(item));
        let put = match condition {
            Condition::None => put,
            Condition::New => put.condition_expression(NEW),
            Condition::With(expression, name, value) => put
                .condition_expression(expression)
                .expression_attribute_values(name, value)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
            Condition::Without(name) => {
                put.condition_expression(WITHOUT).expression_attribute_names("#attribute", name)
            }
            Condition::Having(name, value) => put
                .condition_expression(HAVING)
                .expression_attribute_names("#attribute", name)
                .expression_attribute_values(":value", value),
        };
        let put = put.build().map_err(unavailable)?;
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().put(put).build());
        Ok(())
    }

    /// Replaces an item if its version is still the one that was read.
    pub(crate) fn put_over(&mut self, part: Part, item: Item, over: u64) -> Result<(), StoreError> {
        let put = Put::builder()
            .table_name(self.table)
            .set_item(Some(item))
            .condition_expression(OVER)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":over", n(over));
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().put(put.build().map_err(unavailable)?).build());
        Ok(())
    }

    /// Removes an item if its version is still the one that was read.
    pub(crate) fn delete_over(&mut self, part: Part, key: Item, over: u64) -> Result<(), StoreError> {
        let delete = Delete::builder()
            .table_name(self.table)
            .set_key(Some(key))
            .condition_expression(OVER)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":over", n(over));
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().delete(delete.build().map_err(unavailable)?).build());
        Ok(())
    }

    /// Removes an item that fulfils a condition.
    pub(crate) fn delete(
        &mut self,
        part: Part,
        (pk, sk): keys::Key,
        (expression, name, value): (&'static str, &'static str, AttributeValue),
    ) -> Result<(), StoreError> {
        let delete = Delete::builder()
            .table_name(self.table)
            .key("pk", s(pk))
            .key("sk", s(sk))
            .condition_expression(expression)
            .expression_attribute_values(name, value);
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().delete(delete.build().map_err(unavailable)?).build());
        Ok(())
    }

    /// A condition on an item that the transaction leaves as it is.
    pub(crate) fn check(
        &mut self,
        part: Part,
        (pk, sk): keys::Key,
        (expression, name, value): (&'static str, &'static str, AttributeValue),
    ) -> Result<(), StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table)
            .key("pk", s(pk))
            .key("sk", s(sk))
            .condition_expression(expression)
            .expression_attribute_values(name, value)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        self.parts.push(part);
        let check = check.build().map_err(unavailable)?;
        self.writes.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(())
    }

    pub(crate) fn update(&mut self, part: Part, update: UpdateBuilder) -> Result<(), StoreError> {
        let update = update.table_name(self.table).build().map_err(unavailable)?;
        self.parts.push(part);
        self.writes.push(TransactWriteItem::builder().update(update).build());
        Ok(())
    }
}
