//! What Galley does, without how: tasks and their moves, who may do what, money, content, use cases and the
//! ports they call. Knows no AWS, no HTTP and no runtime; reads no clock and no random source of its own.

pub mod access;
pub mod agents;
pub mod generation;
pub mod idempotency;
pub mod intake;
pub mod intent;
pub mod kernel;
pub mod metrics;
pub mod models;
pub mod money;
pub mod operations;
pub mod outbox;
pub mod plans;
pub mod privacy;
pub mod publishing;
pub mod queue;
pub mod review;
pub mod schedule;
pub mod secrets;
pub mod signing;
pub mod task;
pub mod tenancy;
pub mod webhooks;

// Texts are a crate of their own: it is optimised where nothing else is, and compiled beside what else there is.
pub use galley_content as content;
