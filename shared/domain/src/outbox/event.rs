//! What is told of a change of a task to whoever asked for it, and how it gets there: a `callback_url` is an address that is called, or the
//! mailbox of somebody who listens on a machine that nobody can call.

use serde_json::{Value, json};

use crate::{
    kernel::{ids::ListenerName, url::PublicUrl},
    task::{assigning::ASSIGNED, audit::AuditEvent, comment::MENTIONED, record::Task, state::TaskState},
};

/// Somebody was asked for a decision. Who it is stands in the task: what is sent names nobody, so that nothing of somebody who is erased is
/// left where it was sent.
const REVIEW_REQUESTED: &str = "review.requested";
/// The host of all mailboxes. The domain `invalid` has no addresses (RFC 2606), so that nothing is ever sent there.
pub const LISTENERS: &str = "https://listen.galley.invalid/";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Receiver {
    Called(PublicUrl),
    Listens(ListenerName),
}

impl Receiver {
    /// Who is told of what becomes of `task`, if its client asked for that.
    pub(super) fn of(task: &Task) -> Option<Self> {
        let url = task.request.callback_url.as_ref()?;
        let name = url.as_str().strip_prefix(LISTENERS).and_then(|name| ListenerName::new(name).ok());
        Some(name.map_or_else(|| Self::Called(url.clone()), Self::Listens))
    }
}

/// An event of a task, in words for others.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event_type: String,
    /// The bytes, the same whenever they are sent.
    pub(super) body: String,
}

impl Told {
    /// What `event` of `task` makes: if the state changed, if what waits for a decision was given to somebody, or if somebody was mentioned.
    pub(super) fn of(task: &Task, event: &AuditEvent) -> Option<Self> {
        let from = event.from?;
        let event_type = if from != event.to {
            format!("task.{}", event.to.name())
        } else if event.event == ASSIGNED && event.to == TaskState::AwaitingApproval {
            REVIEW_REQUESTED.to_owned()
        } else if event.event == MENTIONED {
            MENTIONED.to_owned()
        } else {
            return None;
        };
        let mut body = json!({
            "type": event_type,
            "timestamp": event.at,
            "data": {
                "task_id": task.id, "task_type": task.request.task_type, "status": event.to, "previous_status": from, "version": task.version,
                "revision": task.revision, "published_url": task.published_url(),
                "live_revision": task.live.as_ref().map(|live| live.revision), "error": task.error,
                "metadata": task.request.metadata,
            },
        });
        if let (Some(data), Some(comment)) = (body.get_mut("data").and_then(Value::as_object_mut), &event.comment) {
            data.insert("comment_id".to_owned(), json!(comment));
        }
        Some(Self { event_type, body: body.to_string() })
    }
}
