//! Schedules and their runs.

pub(crate) mod store;
