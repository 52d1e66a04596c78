//! What is spent: the ledger of model calls, and the caps that no call may break.
//! Invariant: no call is made that could break a cap, and none whose intent is not written.

pub mod budget;
pub mod ledger;
