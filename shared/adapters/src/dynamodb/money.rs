//! The ledger of model calls, the budgets, and what writes to both in one transaction.

pub(crate) mod budget;
pub(crate) mod entries;
pub(crate) mod ledger;
