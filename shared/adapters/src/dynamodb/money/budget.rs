//! What a tenant has spent: a budget item for each month, and counters by model, phase and task.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use galley_domain::{
    kernel::{error::StoreError, ids::TenantId, usd::MicroUsd},
    money::budget::{Cap, CostBy, CostLine, CostStore, Spending},
};
use jiff::{ToSpan, civil::Date};

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{Item, SCHEMA_VERSION, n, s, text},
    keys,
    table::Table,
};

const OF_DAYS: &str = "pk = :pk AND sk BETWEEN :from AND :to";
const NOTE_ALERT: &str = "SET #alert = :level, schema_version = :schema";
const HIGHER: &str = "attribute_not_exists(#alert) OR #alert < :level";

/// A day within its month's budget: `d07`.
pub(crate) fn day_attribute(day: Date) -> String {
    day.strftime("d%d").to_string()
}

/// The tokens of a day, of models that cost nothing: `t07`.
pub(crate) fn tokens_attribute(day: Date) -> String {
    day.strftime("t%d").to_string()
}

pub(crate) const MONTH: &str = "month";

fn micros(item: &Item, name: &str) -> Option<MicroUsd> {
    item.get(name)?.as_n().ok()?.parse().ok().map(MicroUsd::from_micros)
}

/// Reads the spending of a month from its budget item.
pub(crate) fn spending(item: &Item, in_month: Date) -> Spending {
    let first = in_month.first_of_month();
    let days = || first.series(1.day()).take_while(|day| day.month() == first.month());
    let tokens = |day| item.get(&tokens_attribute(day))?.as_n().ok()?.parse().ok();
    Spending {
        month: micros(item, MONTH).unwrap_or_default(),
        days: days().filter_map(|day| Some((day, micros(item, &day_attribute(day))?))).collect(),
        tokens: days().filter_map(|day| Some((day, tokens(day)?))).collect(),
    }
}

impl CostStore for Table {
    async fn spending(&self, tenant: &TenantId, day: Date) -> Result<Spending, StoreError> {
        let item = self.get(keys::budget(tenant, day)).await?;
        Ok(item.map(|item| spending(&item, day)).unwrap_or_default())
    }

    async fn spending_of(&self, tenants: &[TenantId], day: Date) -> Result<Vec<(TenantId, Spending)>, StoreError> {
        let wanted: Vec<keys::Key> = tenants.iter().map(|tenant| keys::budget(tenant, day)).collect();
        let items = self.get_all(&wanted).await?;
        let of = |tenant: &TenantId| {
            let (pk, _) = keys::budget(tenant, day);
            let item = items.iter().find(|item| text(item, "pk").as_deref() == Some(&pk));
            (tenant.clone(), item.map(|item| spending(item, day)).unwrap_or_default())
        };
        Ok(tenants.iter().map(of).collect())
    }

    async fn costs(
        &self,
        tenant: &TenantId,
        by: CostBy,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<String, CostLine>, StoreError> {
        if by == CostBy::Day {
            return self.days(tenant, from, to).await;
        }
        let mut lines: BTreeMap<String, CostLine> = BTreeMap::new();
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .query()
                .key_condition_expression(OF_DAYS)
                .expression_attribute_values(":pk", s(keys::cost_pk(tenant, by)))
                .expression_attribute_values(":from", s(format!("{from}#")))
                // Sorts after every item of the last day.
                .expression_attribute_values(":to", s(format!("{to}#~")))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(unavailable)?;
            for item in answer.items.unwrap_or_default() {
                let Some(value) = text(&item, "value") else { continue };
                let calls = item.get("calls").and_then(|calls| calls.as_n().ok()?.parse::<u64>().ok());
                let line = lines.entry(value).or_default();
                line.cost = line.cost + micros(&item, "micros").unwrap_or_default();
                line.calls += calls.unwrap_or(0);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(lines);
            }
        }
    }

    async fn note_alert(&self, tenant: &TenantId, cap: Cap, day: Date, level: u8) -> Result<bool, StoreError> {
        let attribute = match cap {
            Cap::Task => return Ok(false),
            Cap::Day => format!("alert_{}", day_attribute(day)),
            Cap::Month => "alert_month".to_owned(),
            Cap::Tokens => format!("alert_{}", tokens_attribute(day)),
        };
        let noted = self
            .update(keys::budget(tenant, day))
            .update_expression(NOTE_ALERT)
            .condition_expression(HIGHER)
            .expression_attribute_names("#alert", attribute)
            .expression_attribute_values(":level", AttributeValue::N(level.to_string()))
            .expression_attribute_values(":schema", n(SCHEMA_VERSION))
            .send()
            .await;
        met(noted)
    }
}

impl Table {
    async fn days(&self, tenant: &TenantId, from: Date, to: Date) -> Result<BTreeMap<String, CostLine>, StoreError> {
        let ((pk, first), (_, last)) = (keys::budget(tenant, from), keys::budget(tenant, to));
        // An item for each of a few months: they fit into one answer.
        let answer = self
            .query()
            .key_condition_expression(OF_DAYS)
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":from", s(first))
            .expression_attribute_values(":to", s(last))
            .consistent_read(true)
            .send()
            .await
            .map_err(unavailable)?;
        let of_month = |item: Item| {
            let month: Option<Date> = format!("{}-01", text(&item, "sk")?).parse().ok();
            Some(spending(&item, month?).days)
        };
        let days = answer.items.unwrap_or_default().into_iter().filter_map(of_month).flatten();
        let within = days.filter(|(day, _)| (from..=to).contains(day));
        Ok(within.map(|(day, cost)| (day.to_string(), CostLine { cost, calls: 0 })).collect())
    }
}
