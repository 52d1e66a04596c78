//! Tries at messages, and what was given up.

pub(crate) mod tries;
