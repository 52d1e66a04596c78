//! A tenant's settings, and flags.

pub(crate) mod flags;
pub(crate) mod settings;
