//! Webhooks that come in: who may send them, what they say, and what they do.
//! Invariant: a delivery takes effect once, for its receipt and its effect are one write.

pub mod body;
pub mod envelope;
pub mod given_secret;
pub mod process;
pub mod receive;
pub mod receiver;
pub mod refusals;
pub mod source;
