//! Headings that promise a text and bring none.

use super::{
    text::{Finding, Text},
    words::share,
};
use crate::{
    blockers::Blocker,
    blocks::{Block, Kind},
    text::word_count,
};

/// Of a text's headings, so many may have nothing under them: a title above its first part has none.
const MOST_EMPTY: f64 = 0.34;
/// Of the headings that have something under them, so many may have only a line or two, where there are this many.
const MOST_THIN: f64 = 0.9;
const LEAST_HEADINGS: usize = 6;
const THIN: usize = 40;

/// A list of headings, a sentence under each, is the plan of a text.
fn thin_headings(text: &Text<'_>) -> Option<Finding> {
    let is_heading = |block: &&Block| matches!(block.kind, Kind::Heading(_));
    if text.blocks.iter().filter(is_heading).count() < LEAST_HEADINGS {
        return None;
    }
    let mut parts: Vec<(usize, &str, usize)> = Vec::new();
    for (at, block) in text.blocks.iter().enumerate() {
        match (block.kind, parts.last_mut()) {
            (Kind::Heading(_), _) => parts.push((at, &block.text, 0)),
            (_, Some((.., words))) => *words += word_count(&block.text),
            (_, None) => {}
        }
    }
    parts.retain(|(.., words)| *words > 0);
    let thin = parts.iter().filter(|(.., words)| *words < THIN).count();
    let (at, quote, _) = parts.iter().find(|(.., words)| *words < THIN)?;
    (parts.len() >= LEAST_HEADINGS && share(thin, parts.len()) > MOST_THIN)
        .then(|| text.finding(Blocker::EmptyHeading, *at, quote))
}

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
    if let Some(found) = thin_headings(text) {
        return Some(found);
    }
    let (at, quote) = empty.last().copied()?;
    let ends_with_one = at + 1 == text.blocks.len();
    (ends_with_one || (empty.len() >= 2 && share(empty.len(), all) > MOST_EMPTY))
        .then(|| text.finding(Blocker::EmptyHeading, at, quote))
}
