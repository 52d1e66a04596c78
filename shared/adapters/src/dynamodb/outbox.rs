//! What leaves Galley after a change of a task.

pub(crate) mod deliver;
pub(crate) mod listen;
pub(crate) mod placement;
mod target;
