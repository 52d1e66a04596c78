//! Agents of tenants, and the versions of their prompts.

mod store;
