//! Due items, and corrections.

pub(crate) mod correction;
pub(crate) mod due;
