//! Exports and erasures.

pub(crate) mod jobs;
