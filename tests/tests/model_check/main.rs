//! Every order of events, with production's own decisions: the task's protocol, and what people may do to a live article.

mod live_article;
mod protocol;
