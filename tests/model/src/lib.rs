//! Every order of events, with production's own decisions: the task's protocol, and what people may do to a live article.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[cfg(test)]
mod live_article;
#[cfg(test)]
mod memo;
#[cfg(test)]
mod protocol;
