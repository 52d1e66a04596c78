//! Who may come in, what they may do, and how often.
//! Invariant: deny by default. No role, no entry; no route, no answer.

pub mod acts;
pub mod allowance;
pub mod foreign;
pub mod key_sets;
pub mod keys;
pub mod limits;
pub mod people;
pub mod role;
pub mod route;
pub mod sign_in;
pub mod streams;
pub mod tickets;
