//! What keeps the system going and what operators do: sweeping, what is stuck, what was given up, corrections.

pub mod canary;
pub mod correction;
pub mod due;
pub mod ended;
pub mod stuck;
pub mod sweep;
