//! What is near to a text or a subject.

use galley_domain::{
    kernel::ids::TaskId,
    publishing::near::{Aspect, Near},
    task::state::TaskState,
};
use serde::Serialize;

/// A task of the tenant's that says nearly the same, or is on nearly the same subject.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NearTask))]
pub struct NearView {
    pub task_id: TaskId,
    pub status: TaskState,
    pub title: String,
    /// In what.
    pub near_in: Aspect,
    /// What both have in common, in percent: of a text about that share of its runs of three words, of a subject the share of its words.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub likeness: u8,
}

impl From<Near> for NearView {
    fn from(Near { task, state, title, aspect, likeness }: Near) -> Self {
        Self { task_id: task, status: state, title, near_in: aspect, likeness }
    }
}
