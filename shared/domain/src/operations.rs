//! What keeps the system going and what operators do: sweeping, what is stuck, what was given up, corrections,
//! and their hand on a task.

pub mod account;
pub mod canary;
pub mod correction;
pub mod due;
pub mod ended;
pub mod hand;
pub mod stuck;
pub mod sweep;
pub mod trail;
