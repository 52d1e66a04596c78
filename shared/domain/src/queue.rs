//! What carries work on: messages, the tries at them, and letters that nobody could read.
//! Invariant: a message is a reference and never content; losing one loses nothing.

pub mod dead_letters;
pub mod message;
pub mod tries;
