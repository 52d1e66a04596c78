//! What somebody has done: the audit, by who did it. It goes through the tasks that name them, the newest first, and shows of each what is
//! theirs; the links to these tasks are written with whatever names somebody, so none is left out.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId, TenantId},
        paging::{Page, PageKey},
    },
    privacy::jobs::{First, PrivacyStore},
    task::{
        audit::{Actor, AuditEvent},
        store::TaskStore,
    },
};

/// Of each task so many of the newest events are looked at. A task that has had more is one that somebody plays with.
const EVENTS: u32 = 100;
/// How many tasks are looked at at once.
const WIDTH: usize = 10;

/// What somebody did to one task, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    pub task: TaskId,
    pub events: Vec<AuditEvent>,
    /// There are older events of the task, which were not looked at.
    pub is_cut: bool,
}

fn is_by(event: &AuditEvent, who: &Subject) -> bool {
    match &event.actor {
        Actor::Person { subject } | Actor::Webhook { subject } => subject == who,
        Actor::Operator | Actor::Worker | Actor::Sweeper | Actor::Schedule { .. } => false,
    }
}

/// A page of the tasks that name `who`, with what they did to each. One that only names them, as one whose text they are to review, has no
/// events of theirs.
///
/// # Errors
/// When the store does not answer.
pub async fn of(
    store: &(impl PrivacyStore + TaskStore),
    (tenant, who): (&TenantId, &Subject),
    limit: u32,
    after: Option<PageKey>,
) -> Result<Page<Trail>, StoreError> {
    let page = store.tasks_of(tenant, who, First::Newest, limit, after).await?;
    let trail = async |task: TaskId| {
        let page = store.events(&task, EVENTS, None).await?;
        let is_cut = page.next.is_some();
        let events = page.items.into_iter().filter(|event| is_by(event, who)).collect();
        Ok::<_, StoreError>(Trail { task, events, is_cut })
    };
    let items = stream::iter(page.items).map(trail).buffered(WIDTH).try_collect().await?;
    Ok(Page { items, next: page.next })
}
