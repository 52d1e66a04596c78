//! Counters in the table.

pub(crate) mod stats;
