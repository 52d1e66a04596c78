//! The task: its items, its reads, and the one transaction that a change of it is.

pub(crate) mod change;
pub(crate) mod commit;
pub(crate) mod refusal;
pub(crate) mod shapes;
pub(crate) mod store;
pub(crate) mod transaction;
