//! Who is to see to a task.

use galley_domain::{
    kernel::error::StoreError,
    outbox::{deliver::Delivery, listen::Heard},
    task::assigning::{Assigning, AssignmentStore},
};

use crate::memory::store::MemoryStore;

impl AssignmentStore for MemoryStore {
    async fn assign(&self, assigning: &Assigning) -> Result<bool, StoreError> {
        self.counted()?;
        let mut held = self.held();
        let Assigning { task, event } = assigning;
        let Some(present) = held.tasks.get_mut(&task.id).filter(|present| assigning.follows(present)) else {
            return Ok(false);
        };
        present.assignment.clone_from(&task.assignment);
        let named =
            assigning.names().into_iter().map(|subject| (task.tenant.clone(), subject.clone(), task.id.clone()));
        held.links.extend(named);
        if let Some(delivery) = Delivery::of(task, event) {
            let due_at = delivery.due_at();
            held.deliveries.insert((task.id.clone(), delivery.id), (delivery, due_at));
        }
        held.heard.extend(Heard::of(task, event));
        held.events.entry(task.id.clone()).or_default().push(event.clone());
        Ok(true)
    }
}
