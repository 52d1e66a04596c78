//! Claims and the ends of receipts, which are written with their effect.

pub(crate) mod claim;
pub(crate) mod receipt;
