//! What is kept of live articles to find those that are near to others: the last one under each mark.

use std::collections::BTreeSet;

use galley_domain::{
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
    },
    publishing::near::{Kept, Mark, NearStore, Sketch},
    task::{record::Task, store::Entry},
};
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, Item},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

#[derive(Serialize, Deserialize)]
struct KeptItem {
    task_id: TaskId,
    revision: u32,
    sketch: Sketch,
}

fn kept_from(item: Item) -> Result<Kept, StoreError> {
    let KeptItem { task_id, revision, sketch } = items::from_item("mark", item)?;
    Ok(Kept { task: task_id, revision, sketch })
}

impl Transaction<'_> {
    /// The marks of an article that goes live.
    pub(super) fn marks(&mut self, task: &Task, entry: &Entry) -> Result<(), StoreError> {
        for sketch in &entry.sketches {
            let kept = KeptItem { task_id: task.id.clone(), revision: entry.live.revision, sketch: sketch.clone() };
            for mark in sketch.marks() {
                let item = items::item_at(keys::mark(&task.tenant, &mark), "mark", &kept)?;
                self.put(Part::Own, item, Condition::None)?;
            }
        }
        Ok(())
    }
}

impl NearStore for Table {
    async fn kept(&self, tenant: &TenantId, marks: &[Mark]) -> Result<Vec<Kept>, StoreError> {
        // A batch names no key twice.
        let wanted: BTreeSet<keys::Key> = marks.iter().map(|mark| keys::mark(tenant, mark)).collect();
        let wanted: Vec<keys::Key> = wanted.into_iter().collect();
        self.get_all(&wanted).await?.into_iter().map(kept_from).collect()
    }
}
