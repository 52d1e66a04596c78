//! Proposed work.

mod store;
