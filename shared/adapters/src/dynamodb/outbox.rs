//! Outgoing events.

pub(crate) mod deliver;
