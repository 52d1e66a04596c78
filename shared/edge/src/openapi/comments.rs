//! The operations of what people say of a task's text.

use galley_api::comment::{CommentPatch, NewComment};
use serde_json::json;

use super::operation::Operation;
use crate::api::CommentView;

const TAG: &str = "decisions";

pub(super) fn list() -> Operation {
    Operation::of("tasks").page::<CommentView>("CommentPage", "A page of comments, the oldest first").problems(&[404])
}

pub(super) fn make() -> Operation {
    Operation::of(TAG)
        .body::<NewComment>("NewComment", json!({"text": "Is that so? @dev-editor, please look."}))
        .answer::<CommentView>(201, "Comment", "The comment")
        .keyed(&[404, 409, 422])
}

pub(super) fn patch() -> Operation {
    Operation::of(TAG)
        .body::<CommentPatch>("CommentPatch", json!({"resolved": true}))
        .answer::<CommentView>(200, "Comment", "The comment as it is now")
        .problems(&[404, 409])
}

pub(super) fn remove() -> Operation {
    Operation::of(TAG).says(204, "Its words are gone; its place stays, for those who reply to it").problems(&[404, 409])
}
