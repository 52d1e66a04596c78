//! What is live.

pub(crate) mod live;
