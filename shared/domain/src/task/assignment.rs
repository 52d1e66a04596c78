//! Who is to see to a task. It is no move: whoever works on the task or decides on it meanwhile is not disturbed, and its `version` stays.
//! Invariant: `number` rises with every change, so that of two at once one is told, and a reader's copy is known to be old.

use crate::kernel::ids::Subject;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// `None`: nobody in particular.
    pub assignee: Option<Subject>,
    /// How often it was changed.
    pub number: u32,
}
