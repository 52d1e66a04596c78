//! A tenant's settings, and flags.

pub(crate) mod flags;
pub(crate) mod history;
pub(crate) mod registry;
pub(crate) mod settings;
