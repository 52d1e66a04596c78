//! What is particular to one tenant: its limits, its policy, and what operators have switched off for it.

pub mod flags;
pub mod settings;
