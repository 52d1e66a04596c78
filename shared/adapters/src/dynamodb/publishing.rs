//! Live articles.

pub(crate) mod live;
