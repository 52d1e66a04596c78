//! Mailboxes of those who listen: an event for one is kept there, written with the change that it tells of, and pulled by whoever has the
//! right to. Nothing is sent, so nothing is tried again.

use std::future::Future;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    kernel::{
        error::StoreError,
        ids::{ListenerName, TenantId},
    },
    outbox::event::{Receiver, Told},
    task::{audit::AuditEvent, record::Task},
};

/// An event in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The audit event's, as a delivery has it.
    pub id: Uuid,
    pub tenant: TenantId,
    pub listener: ListenerName,
    pub event_type: String,
    pub body: String,
    pub at: Timestamp,
}

impl Heard {
    /// How long it is kept.
    pub const KEPT_DAYS: i64 = 3;

    /// What `event` of `task` leaves in a mailbox, if its client named one and it is told of.
    pub fn of(task: &Task, event: &AuditEvent) -> Option<Self> {
        let Receiver::Listens(listener) = Receiver::of(task)? else { return None };
        let Told { event_type, body } = Told::of(task, event)?;
        Some(Self { id: event.id, tenant: task.tenant.clone(), listener, event_type, body, at: event.at })
    }
}

pub trait ListenStore: Send + Sync {
    /// What is kept for a listener behind the event `after`, by the ids of the events and so by time, at most `limit`. Two that are written at
    /// once may come in either order: whoever pulls looks again at the last minute.
    fn heard(
        &self,
        tenant: &TenantId,
        listener: &ListenerName,
        limit: u32,
        after: Option<Uuid>,
    ) -> impl Future<Output = Result<Vec<Heard>, StoreError>> + Send;
}
