//! What makes a request or a webhook take effect once: claims and receipts, written with the effect or not at all.

pub mod claim;
pub mod receipt;
