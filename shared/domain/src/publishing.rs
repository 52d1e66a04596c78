//! Going live. Invariant: what is published is, byte for byte, what was approved.

pub mod hosts;
pub mod label;
pub mod live;
pub mod near;
pub mod publish;
