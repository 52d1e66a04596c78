//! Schedules: when tasks are to be made.

pub mod rule;
pub mod zone;
