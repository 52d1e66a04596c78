//! What people say of a task's text, as it reads in answers.

use galley_domain::{
    idempotency::claim::SavedResponse,
    kernel::ids::{CommentId, Subject},
    task::comment::{Anchor, Comment, CommentText, Resolved},
};
use jiff::Timestamp;
use serde::Serialize;

use super::saved::saved;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Comment))]
pub struct CommentView {
    pub comment_id: CommentId,
    pub author: Subject,
    /// Plain text: escape it where it is shown as HTML. Null of what was removed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub text: Option<CommentText>,
    /// The place in the text; null where the whole task is meant.
    pub anchor: Option<Anchor>,
    /// The comment that it replies to.
    pub parent: Option<CommentId>,
    /// Null while it is open. What is open is told to the writer of the next draft.
    pub resolved: Option<Resolved>,
    /// The newest revision that a model wrote after it was told this; null where none was.
    pub worked_in: Option<u32>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

impl From<Comment> for CommentView {
    fn from(comment: Comment) -> Self {
        let Comment { id, author, text, anchor, parent, resolved, worked_in, created_at, edited_at, .. } = comment;
        Self { comment_id: id, author, text, anchor, parent, resolved, worked_in, created_at, edited_at }
    }
}

pub fn made_comment(comment: &Comment) -> SavedResponse {
    saved(201, &CommentView::from(comment.clone()))
}
