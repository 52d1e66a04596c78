//! The parts that Galley depends on, and the probe that asks each.

use std::collections::BTreeMap;

use galley_api::health::Component;
use galley_domain::{
    generation::breaker::Breaker, kernel::error::BoxError, operations::stuck::Waiting, tenancy::held::Held,
};
use jiff::Timestamp;

/// One part that Galley depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Table,
    WorkQueue,
    QuickQueue,
    Secrets,
    WorkDeadLetters,
    QuickDeadLetters,
}

impl Part {
    /// Without these nothing can be accepted.
    pub(super) const NEEDED: [Self; 4] = [Self::Table, Self::WorkQueue, Self::QuickQueue, Self::Secrets];
    pub(super) const ALL: [Self; 6] =
        [Self::Table, Self::WorkQueue, Self::QuickQueue, Self::Secrets, Self::WorkDeadLetters, Self::QuickDeadLetters];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::WorkQueue => "work queue",
            Self::QuickQueue => "quick queue",
            Self::Secrets => "secrets",
            Self::WorkDeadLetters => "work dead letters",
            Self::QuickDeadLetters => "quick dead letters",
        }
    }
}

/// Asks a part whether it answers.
pub trait Probe: Send + Sync {
    /// How many messages wait, for a queue.
    fn ask(&self, part: Part) -> impl Future<Output = Result<Option<u64>, BoxError>> + Send;
}

/// What was found when everything was looked at; what could not be looked at is `None`.
pub(super) struct Seen {
    pub(super) components: Vec<Component>,
    pub(super) breakers: Option<BTreeMap<String, Breaker>>,
    pub(super) waiting: Option<Waiting>,
    pub(super) held: Option<Vec<Held>>,
    pub(super) now: Timestamp,
}
