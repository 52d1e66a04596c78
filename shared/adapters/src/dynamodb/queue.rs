//! Tries of messages, and abandoned work.

pub(crate) mod tries;
