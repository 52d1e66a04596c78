//! What is due, and corrections.

pub(crate) mod correction;
pub(crate) mod due;
