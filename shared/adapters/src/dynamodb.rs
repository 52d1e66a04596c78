//! The table, with the domain's modules. Keys are built in `keys`, items in `items` and beside each store; every write is
//! conditional, every expression a constant with placeholders, and nothing scans.

mod access;
mod agents;
mod errors;
mod generation;
mod idempotency;
mod intent;
mod items;
mod keys;
mod listing;
mod metrics;
mod money;
mod operations;
mod outbox;
mod plans;
mod privacy;
mod publishing;
mod queue;
mod schedule;
mod table;
mod task;
mod tenancy;
mod webhooks;

pub use table::Table;
