//! What is particular to one tenant: its limits, its policy, their history, what operators have
//! switched off for it, whether it is served, and the list of all of them.

pub mod flags;
pub mod held;
pub mod history;
pub mod registry;
pub mod settings;
pub mod suspension;
