//! Live articles.

pub(crate) mod live;
mod near;
