//! Events on their way out.

pub(crate) mod deliver;
