//! Accepting work.
//! Invariant: whatever got a 201 is in the table with a due time.

pub mod create;
pub mod known_models;
