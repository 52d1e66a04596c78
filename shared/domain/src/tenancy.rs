//! What is particular to one tenant: its limits, its policy, their history, and what operators have switched off for it.

pub mod flags;
pub mod history;
pub mod settings;
