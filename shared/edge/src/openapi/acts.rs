//! The operations of acts.

use super::operation::Operation;
use crate::api::ActView;

fn page(tag: &'static str) -> Operation {
    Operation::of(tag).page::<ActView>(
        "ActPage",
        "A page of acts, newest first; with `key` or `what` it may be short or empty before the last",
    )
}

pub(super) fn list() -> Operation {
    page("administration")
}

pub(super) fn list_of_any() -> Operation {
    page("operation").problems(&[404])
}
