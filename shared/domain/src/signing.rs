//! Signatures over raw bytes, of webhooks that come in and of events that go out.
//! Invariant: nothing is parsed before a signature matches.

mod headers;
pub mod scheme;
pub mod signature;
