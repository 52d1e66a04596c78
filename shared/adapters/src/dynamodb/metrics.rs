//! What is counted in the table.

pub(crate) mod stats;
