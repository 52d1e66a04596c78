//! Tasks as people work through them: lists with what they are over, and what a reviewer's screen shows.

use std::collections::BTreeMap;

use galley_domain::{
    content::references::Reference,
    kernel::ids::Subject,
    outbox::deliver::Delivery,
    review::action::Approver,
    task::{
        desk::{Extent, Listed, Order},
        record::Task,
        revision::Revision,
        state::TaskState,
    },
};
use serde::Serialize;

use super::{
    delivery::DeliveryView,
    near::NearView,
    task::{RevisionView, TaskView},
};

/// A page of tasks.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TaskPage))]
pub struct TaskListView {
    pub data: Vec<TaskView>,
    /// Where the next page begins; `null` on the last page. By time a page may be short or empty before the last.
    pub next_cursor: Option<String>,
    /// Whether order and filters are over every task that was asked for: where all of them are open, and at most 2,000. Otherwise the list
    /// is by time alone, the newest first.
    pub exact: bool,
    /// The order that the list has.
    pub sorted_by: Order,
    /// How many tasks the other filters admit in each state that was looked at, all of them counted; `null` where nobody asked for it and
    /// the list is not exact, or where more than 2,000 tasks are open.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BTreeMap<String, u32>>))]
    pub counts: Option<BTreeMap<TaskState, u32>>,
}

impl TaskListView {
    pub fn of(listed: &Listed, next_cursor: Option<String>) -> Self {
        let data = listed.page.items.iter().map(TaskView::summary).collect();
        let (exact, order, counts) = match &listed.extent {
            Extent::Whole { order, counts } => (true, *order, counts.clone()),
            Extent::ByTime { counts } => (false, Order::Newest, counts.clone()),
        };
        Self { data, next_cursor, exact, sorted_by: order, counts }
    }
}

/// All that a reviewer's screen shows of a task.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ReviewScreen))]
pub struct ReviewView {
    /// With its newest text, the blockers of it with their evidence, scores, cost and models.
    pub task: TaskView,
    /// Whoever wrote the newest text, through what Galley has only cleaned and what a model wrote again: a subject. `null` where it is
    /// nobody's.
    pub writer: Option<Subject>,
    /// The newest revision first, at most five, without their texts.
    pub revisions: Vec<RevisionView>,
    /// The search results that the newest text was written from.
    pub references: Vec<Reference>,
    /// The newest first, at most twenty.
    pub deliveries: Vec<DeliveryView>,
    /// Live articles of the tenant's to which the newest text or the topic is near, the nearest first, at most ten. A warning: people decide.
    pub near: Vec<NearView>,
    /// Whether the tenant wants four eyes: whoever wrote a revision may not approve it. False where it is not known; the approval looks.
    pub four_eyes: bool,
}

impl ReviewView {
    pub fn of(
        task: &Task,
        (revisions, writer): (Vec<Revision>, Option<Subject>),
        deliveries: Vec<Delivery>,
        approver: Option<Approver>,
    ) -> Self {
        Self {
            near: Vec::new(),
            writer,
            four_eyes: approver == Some(Approver::NotTheWriter),
            task: TaskView::whole(task, revisions.first()),
            references: revisions.first().map(|newest| newest.references.clone()).unwrap_or_default(),
            revisions: revisions.into_iter().map(RevisionView::summary).collect(),
            deliveries: deliveries.into_iter().map(DeliveryView::from).collect(),
        }
    }
}
