//! Counters.

use std::collections::BTreeMap;

use galley_domain::{
    kernel::error::StoreError,
    metrics::{
        Metric,
        stats::{COUNTED, Counters, StatStore, Tally},
    },
    task::{audit::AuditEvent, record::Task},
};
use jiff::Timestamp;

use crate::memory::store::{Held, MemoryStore};

impl Held {
    pub(super) fn count(&mut self, task: &Task, events: &[AuditEvent]) {
        for event in events {
            for tally in Tally::of(event, task.request.task_type, task.created_at) {
                self.add(&tally);
            }
        }
    }

    pub(super) fn add(&mut self, tally: &Tally) {
        let counters = self.counters.entry(tally.metric).or_default();
        for (name, more) in &tally.adds {
            *counters.entry(name.clone()).or_default() += more;
        }
    }
}

impl StatStore for MemoryStore {
    async fn tally(&self, tally: &Tally, _: &str, _: Timestamp) -> Result<(), StoreError> {
        self.held().add(tally);
        Ok(())
    }

    async fn totals(&self) -> Result<BTreeMap<Metric, Counters>, StoreError> {
        let held = self.held();
        Ok(COUNTED.iter().map(|metric| (*metric, held.counters.get(metric).cloned().unwrap_or_default())).collect())
    }
}
