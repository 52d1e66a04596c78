//! Decisions of people.
//! Invariant: of two reviewers one wins, and the other learns the present state.

pub mod action;
pub mod assign;
pub mod comment;
pub mod decide;
pub mod edit;
pub mod plan;
pub mod writer;
