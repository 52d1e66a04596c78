//! Secrets: keys that are long enough to be keys, and where they are kept.
//! Invariant: a secret that is too short is no secret.

pub mod key;
pub mod store;
