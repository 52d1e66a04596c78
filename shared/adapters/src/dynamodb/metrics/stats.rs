//! Counters: an item for each metric, shard and hour, and one for all time, with an attribute for each counter.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use galley_domain::{
    kernel::error::StoreError,
    metrics::{
        Metric,
        stats::{COUNTED, Counters, StatStore, Tally},
    },
    task::{audit::AuditEvent, record::Task},
};
use jiff::Timestamp;

use crate::dynamodb::{
    errors::unavailable,
    items::{Item, n, s, text},
    keys,
    table::Table,
    task::transaction::{Part, Transaction},
};

/// So many items one read of a batch gives.
const BATCH: usize = 100;

/// What adds a tally to an item: the expression, its names and its values.
struct Addition {
    expression: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Addition {
    fn of(tally: &Tally) -> Self {
        let all = || tally.adds.iter().enumerate();
        let parts: Vec<String> = all().map(|(at, _)| format!("#c{at} :c{at}")).collect();
        Self {
            expression: format!("ADD {}", parts.join(", ")),
            names: all().map(|(at, (name, _))| (format!("#c{at}"), name.clone())).collect(),
            values: all().map(|(at, (_, more))| (format!(":c{at}"), n(*more))).collect(),
        }
    }
}

impl Transaction<'_> {
    /// Twice for each: the hour that it falls in, and all time.
    pub(crate) fn counters(&mut self, task: &Task, events: &[AuditEvent]) -> Result<(), StoreError> {
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
}

fn counters(item: &Item) -> impl Iterator<Item = (String, u64)> {
    item.iter().filter_map(|(name, value)| Some((name.clone(), value.as_n().ok()?.parse().ok()?)))
}

impl StatStore for Table {
    async fn tally(&self, tally: &Tally, shard: &str, at: Timestamp) -> Result<(), StoreError> {
        let add = |key| {
            let Addition { expression, names, values } = Addition::of(tally);
            let update = self.update(key).update_expression(expression);
            update.set_expression_attribute_names(Some(names)).set_expression_attribute_values(Some(values)).send()
        };
        let [hour, total] = keys::counters(tally.metric, shard, at);
        let (hour, total) = futures_util::future::join(add(hour), add(total)).await;
        hour.and(total).map(|_| ()).map_err(unavailable)
    }

    async fn totals(&self) -> Result<BTreeMap<Metric, Counters>, StoreError> {
        let wanted: Vec<keys::Key> = keys::totals().collect();
        let read = wanted.chunks(BATCH).map(|keys| self.get_all(keys));
        let items = futures_util::future::try_join_all(read).await?.into_iter().flatten();
        let mut totals: BTreeMap<Metric, Counters> = COUNTED.iter().map(|metric| (*metric, Counters::new())).collect();
        for item in items {
            let pk = text(&item, "pk").unwrap_or_default();
            let Some(metric) = COUNTED.iter().find(|metric| keys::is_counted_under(**metric, &pk)) else { continue };
            let of_metric = totals.entry(*metric).or_default();
            for (name, value) in counters(&item) {
                *of_metric.entry(name).or_default() += value;
            }
        }
        Ok(totals)
    }
}
