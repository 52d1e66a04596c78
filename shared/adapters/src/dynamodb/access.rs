//! API keys, people, sessions, streams and rate limits.

pub(crate) mod acts;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod people;
pub(crate) mod sign_in;
pub(crate) mod streams;
pub(crate) mod tickets;
