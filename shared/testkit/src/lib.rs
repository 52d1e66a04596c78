//! What tests stand on: builders that show only what a test is about, fakes of every port, and the contract that a fake
//! and a real store both keep. A dev-dependency only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test fails by a panic"
)]

pub mod bodies;
pub mod build;
pub mod clock;
pub mod contract;
pub mod fakes;
pub mod measured;
mod memory;
pub mod plan;
pub mod prose;
pub mod queue_contract;
pub mod sign;
pub mod target_contract;
pub mod tenants;

pub use memory::MemoryStore;
