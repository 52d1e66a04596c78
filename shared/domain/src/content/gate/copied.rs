//! Words taken over from a source, not said to be its own.

use std::collections::HashSet;

use super::{
    text::{Finding, Text},
    words::words,
};
use crate::content::blockers::Blocker;

/// So many words in a row that are also a source's are no chance.
const RUN: usize = 25;

pub(super) fn from_a_source(text: &Text<'_>) -> Option<Finding> {
    let sources: Vec<Vec<String>> = text.sources.iter().map(|source| words(&source.snippet)).collect();
    let runs: HashSet<&[String]> = sources.iter().flat_map(|words| words.windows(RUN)).collect();
    if runs.is_empty() {
        return None;
    }
    text.prose().filter(|(_, block)| !block.is_quoted).find_map(|(at, block)| {
        let copied = |part: &&str| words(part).windows(RUN).any(|run| runs.contains(run));
        unquoted(&block.text).find(copied).map(|part| text.finding(Blocker::Copied, at, part.trim()))
    })
}

/// The parts of a block that are not in quotation marks: a quotation is its source's, and says so.
fn unquoted(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(['"', '“', '”', '„', '«', '»', '「', '」']).filter(move |_| {
        quoted = !quoted;
        quoted
    })
}
