//! How a task is given to somebody, and the store that writes it.

use std::{collections::BTreeSet, future::Future};

use crate::{
    kernel::{error::StoreError, ids::Subject},
    task::{
        assignment::Assignment,
        audit::{Actor, AuditEvent, Context, Whom},
        record::Task,
    },
};

pub const ASSIGNED: &str = "assigned";
pub const UNASSIGNED: &str = "unassigned";

/// A change of who is to see to a task: all of it is written, or nothing.
#[derive(Clone, Debug)]
pub struct Assigning {
    /// The task as it was read, with its next assignment.
    pub task: Task,
    pub event: AuditEvent,
}

impl Assigning {
    /// Whether this may still be written: neither state nor assignment is another than was read. Every store's condition says this.
    pub fn follows(&self, present: &Task) -> bool {
        self.task.state == present.state && self.task.assignment.number == present.assignment.number + 1
    }

    /// Whom it names besides who asked for the task, who was named before.
    pub fn names(&self) -> BTreeSet<&Subject> {
        let actor = match &self.event.actor {
            Actor::Person { subject } => Some(subject),
            _ => None,
        };
        let about = self.event.about.as_ref().map(|whom| &whom.subject);
        actor.into_iter().chain(about).filter(|subject| **subject != self.task.requested_by).collect()
    }
}

impl Task {
    /// The task is to be seen to by `assignee`. `None`: it is so already.
    pub fn assigned(&self, assignee: Option<&Subject>, context: &Context) -> Option<Assigning> {
        let before = self.assignment.assignee.as_ref();
        if before == assignee {
            return None;
        }
        let mut task = self.clone();
        task.assignment = Assignment { assignee: assignee.cloned(), number: self.assignment.number + 1 };
        let name = if assignee.is_some() { ASSIGNED } else { UNASSIGNED };
        let event = AuditEvent {
            id: context.event_id,
            event: name.to_owned(),
            actor: context.actor.clone(),
            from: Some(self.state),
            to: self.state,
            reason: None,
            revision: (self.revision > 0).then_some(self.revision),
            about: assignee.or(before).cloned().map(|subject| Whom { subject }),
            comment: None,
            at: context.at,
            trace_id: context.trace_id.clone(),
        };
        Some(Assigning { task, event })
    }
}

pub trait AssignmentStore: Send + Sync {
    /// Writes an assignment with its event, the links of whom it names, and what is sent of it. `false`: the task is gone, or has another
    /// state or assignment than was read.
    fn assign(&self, assigning: &Assigning) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
