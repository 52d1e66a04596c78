//! What travels in the queues: references, never content.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kernel::error::BoxError;
use crate::kernel::ids::{TaskId, TenantId, TraceId};
use std::future::Future;
use std::time::Duration;

/// The version this code writes and reads.
pub const VERSION: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = MessageKind))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Generate,
    Webhook,
    Publish,
    Deliver,
    Place,
    Job,
    /// An occurrence of a schedule.
    Schedule,
}

/// Which of the two queues carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Minutes of work: generation.
    Work,
    /// Seconds of work: everything else.
    Quick,
}

impl Lane {
    pub const ALL: [Self; 2] = [Self::Work, Self::Quick];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Quick => "quick",
        }
    }
}

impl FromStr for Lane {
    type Err = UnknownLane;
    fn from_str(name: &str) -> Result<Self, UnknownLane> {
        Self::ALL.into_iter().find(|lane| lane.name() == name).ok_or(UnknownLane)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no queue has this name")]
pub struct UnknownLane;

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Webhook => "webhook",
            Self::Publish => "publish",
            Self::Deliver => "deliver",
            Self::Place => "place",
            Self::Job => "job",
            Self::Schedule => "schedule",
        }
    }

    pub const fn lane(self) -> Lane {
        match self {
            Self::Generate => Lane::Work,
            Self::Webhook | Self::Publish | Self::Deliver | Self::Place | Self::Job | Self::Schedule => Lane::Quick,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    v: u8,
    pub kind: Kind,
    pub tenant: TenantId,
    pub id: String,
    pub trace_id: TraceId,
}

/// Why a body is not a message. None of these can succeed later.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    #[error("the message is not JSON of the known shape")]
    Malformed(#[source] serde_json::Error),
    #[error("the message has version {0}, this code reads {VERSION}")]
    UnknownVersion(u64),
}

impl Message {
    pub fn new(kind: Kind, tenant: TenantId, id: impl Into<String>, trace_id: TraceId) -> Self {
        Self { v: VERSION, kind, tenant, id: id.into(), trace_id }
    }

    pub fn generate(tenant: TenantId, task: &TaskId, trace_id: TraceId) -> Self {
        Self::new(Kind::Generate, tenant, task.as_str(), trace_id)
    }

    /// # Errors
    /// `Undecodable`: the message belongs in the dead-letter queue.
    pub fn decode(body: &str) -> Result<Self, Undecodable> {
        // The version first: a later version may have another shape.
        #[derive(Deserialize)]
        struct Versioned {
            v: u64,
        }
        let Versioned { v } = serde_json::from_str(body).map_err(Undecodable::Malformed)?;
        if v != u64::from(VERSION) {
            return Err(Undecodable::UnknownVersion(v));
        }
        serde_json::from_str(body).map_err(Undecodable::Malformed)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the queue did not take the message")]
pub struct QueueError(#[source] pub BoxError);

pub trait Queue: Send + Sync {
    fn send(&self, message: &Message) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends a message that is to be seen after `delay`, at most fifteen minutes.
    fn send_after(&self, message: &Message, delay: Duration) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends many with few requests; an answer for each, in order.
    fn send_all(&self, messages: &[Message]) -> impl Future<Output = Vec<Result<(), QueueError>>> + Send;
}

/// The queue that a batch came from, for what a record needs beyond being done or failed.
pub trait RecordQueue: Send + Sync {
    /// Sends what can never succeed to the dead-letter queue, with the reason beside it.
    fn bury(&self, body: &str, reason: &str) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Has a record delivered again after `delay` rather than after the whole visibility.
    fn delay(&self, receipt_handle: &str, delay: Duration) -> impl Future<Output = Result<(), QueueError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn what_is_not_a_message_is_told_apart() {
        assert!(matches!(Message::decode("not json"), Err(Undecodable::Malformed(_))));
        assert!(matches!(Message::decode("{}"), Err(Undecodable::Malformed(_))));
        assert!(matches!(Message::decode(r#"{"v":2,"shape":"new"}"#), Err(Undecodable::UnknownVersion(2))));
        let unknown_kind = format!(r#"{{"v":1,"kind":"dance","tenant":"acme","id":"x","trace_id":"{TRACE}"}}"#);
        assert!(matches!(Message::decode(&unknown_kind), Err(Undecodable::Malformed(_))));
    }

    #[test]
    fn a_message_reads_as_it_was_written() {
        let message =
            Message::new(Kind::Publish, TenantId::new("acme").unwrap(), "task_x", TraceId::new(TRACE).unwrap());
        let body = serde_json::to_string(&message).unwrap();
        assert_eq!(body, format!(r#"{{"v":1,"kind":"publish","tenant":"acme","id":"task_x","trace_id":"{TRACE}"}}"#));
        assert_eq!(Message::decode(&body).unwrap(), message);
    }
}
