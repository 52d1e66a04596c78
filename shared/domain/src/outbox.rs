//! Events on their way out: written with the change that they tell of, sent until they arrive or are given up.

pub mod deliver;
pub mod redeliver;
