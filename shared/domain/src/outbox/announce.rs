//! What a change of a task has sent at once. What is not sent here, the sweeper sends.

use crate::{
    outbox::{deliver::Delivery, placement::Placement},
    queue::message::{Message, Queue},
    task::{audit::AuditEvent, record::Task},
};

/// Has the deliveries and the placements of a change sent at once.
pub async fn announce(queue: &impl Queue, task: &Task, events: &[AuditEvent]) {
    let deliveries = events.iter().filter_map(|event| Delivery::of(task, event)).map(|delivery| delivery.message());
    let placements = Placement::of(task, events).into_iter().map(|placement| placement.message());
    let messages: Vec<Message> = deliveries.chain(placements).collect();
    if messages.is_empty() {
        return;
    }
    if queue.send_all(&messages).await.iter().any(Result::is_err) {
        tracing::warn!(task_id = %task.id, "an event's message is left to the sweeper");
    }
}
