//! Proposed work: what a sentence asks for, as bodies that the API takes. Nothing is made of it until somebody says which.

pub mod ask;
mod clause;
mod dates;
pub mod grammar;
pub mod record;
mod rhythm;
mod sentence;
pub mod store;
mod text;
mod timing;
mod words;
