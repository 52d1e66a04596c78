//! Headings that promise a text and bring none.

use super::{
    text::{Finding, Text},
    words::share,
};
use crate::content::{blockers::Blocker, blocks::Kind};

/// Of a text's headings, so many may have nothing under them: a title above its first part has none.
const MOST_EMPTY: f64 = 0.34;

pub(super) fn heading_without_text(text: &Text<'_>) -> Option<Finding> {
    let mut empty = Vec::new();
    let mut all = 0;
    for (at, block) in text.blocks.iter().enumerate() {
        let Kind::Heading(level) = block.kind else { continue };
        all += 1;
        // A deeper heading is a part of it.
        let has_text = text.blocks.get(at + 1).is_some_and(|next| match next.kind {
            Kind::Heading(deeper) => deeper > level,
            _ => true,
        });
        if !has_text {
            empty.push((at, block.text.as_str()));
        }
    }
    let (at, quote) = empty.last().copied()?;
    let ends_with_one = at + 1 == text.blocks.len();
    (ends_with_one || (empty.len() >= 2 && share(empty.len(), all) > MOST_EMPTY))
        .then(|| text.finding(Blocker::EmptyHeading, at, quote))
}
