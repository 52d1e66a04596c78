//! The task: its items, its reads, and the transaction that writes a change.

pub(crate) mod assignment;
pub(crate) mod change;
pub(crate) mod comment;
pub(crate) mod commit;
pub(crate) mod refusal;
pub(crate) mod shapes;
pub(crate) mod store;
pub(crate) mod transaction;
