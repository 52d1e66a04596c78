//! Whatever has a next step, by the time at which it is due.

use jiff::Timestamp;
use std::future::Future;

use crate::{
    kernel::{
        error::StoreError,
        paging::{Page, PageKey},
    },
    queue::message::Message,
    task::state::TaskState,
    tenancy::flags::Flags,
};

/// One item with a next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub message: Message,
    /// A task's.
    pub state: Option<TaskState>,
    pub due_at: Timestamp,
    /// How often the sweeper has sent its message since it last moved.
    pub resends: u32,
    /// Where the item is, in the store's own terms.
    pub key: (String, String),
}

impl Due {
    /// Whether it waits for something to be switched on again.
    pub fn is_held(&self, flags: &Flags) -> bool {
        flags.holds(self.message.kind, &self.message.tenant)
    }
}

pub trait DueStore: Send + Sync {
    /// The shards that together hold everything that is due.
    const SHARDS: u8 = 8;

    /// A page of what is due by `by`, the longest due first.
    fn due(
        &self,
        shard: u8,
        by: Timestamp,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Due>, StoreError>> + Send;

    /// Moves an item's `due_at` on, if it still is what was read. `false`: somebody else did.
    fn postpone(&self, item: &Due, until: Timestamp) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
