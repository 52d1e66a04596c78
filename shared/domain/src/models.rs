//! The language models that Galley can ask: which there are, what they cost, and what is said to one and by it.

pub mod ask;
pub mod catalogue;
pub mod price;

pub use galley_api::{model as id, phase};
