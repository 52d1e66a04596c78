//! Agents: who does a phase of a task, and by which version of which prompt. Some are the system's; a tenant makes its own.
//! Invariant: an alias has one agent and a label one version, and each is moved in the write that records who moved it and why.

pub mod cast;
pub mod manage;
pub mod registry;
pub mod store;
