//! The store as maps, by the domain's modules. What it does, the contract says; nothing here is cleverer than that.

mod access;
mod acts;
mod agents;
mod assignment;
mod comment;
mod generation;
mod idempotency;
mod intent;
mod metrics;
mod money;
mod operations;
mod outbox;
mod plans;
mod privacy;
mod publishing;
mod queue;
mod schedule;
mod store;
mod task;
mod tenancy;
mod webhooks;

pub use store::MemoryStore;
