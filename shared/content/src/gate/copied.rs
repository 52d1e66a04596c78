//! Words taken over from a source, not said to be its own.

use std::collections::HashSet;

use super::{
    text::{Finding, Text},
    words::words,
};
use crate::{blockers::Blocker, words::is_dense};

/// So many words in a row that are also a source's are no chance; of characters that count as words each, so many.
const RUN: usize = 25;
const DENSE_RUN: usize = 40;

pub(super) fn from_a_source(text: &Text<'_>) -> Option<Finding> {
    let sources: Vec<(usize, Vec<String>)> = text
        .sources
        .iter()
        .map(|source| (if is_dense(&source.snippet) { DENSE_RUN } else { RUN }, words(&source.snippet)))
        .collect();
    let runs: HashSet<&[String]> = sources.iter().flat_map(|(run, words)| words.windows(*run)).collect();
    if runs.is_empty() {
        return None;
    }
    let has_run = |words: &[String], run: usize| words.windows(run).any(|run| runs.contains(run));
    text.prose().filter(|(_, block)| !block.is_quoted).find_map(|(at, block)| {
        let copied = |part: &&str| {
            let words = words(part);
            has_run(&words, RUN) || has_run(&words, DENSE_RUN)
        };
        unquoted(&block.text).into_iter().find(copied).map(|part| text.finding(Blocker::Copied, at, part.trim()))
    })
}

/// The parts of a block that are not in quotation marks: a quotation is its source's, and says so. A mark that opens nothing or is
/// never closed, as that of inches, quotes nothing.
fn unquoted(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut rest) = (Vec::new(), 0, 0);
    while let Some((at, mark)) =
        text.get(rest..).and_then(|tail| tail.char_indices().find(|(_, c)| closes(*c).is_some()))
    {
        let at = rest + at;
        rest = at + mark.len_utf8();
        if !opens(text, at, mark) {
            continue;
        }
        let Some(length) = text.get(rest..).and_then(|tail| end_of_quotation(tail, mark)) else { continue };
        parts.extend(text.get(from..at));
        rest += length;
        from = rest;
    }
    parts.extend(text.get(from..));
    parts
}

/// What closes what `mark` opens.
const fn closes(mark: char) -> Option<&'static [char]> {
    Some(match mark {
        '"' => &['"'],
        '“' | '”' => &['”'],
        '„' => &['“', '”'],
        '«' => &['»'],
        '»' => &['«'],
        '「' => &['」'],
        '『' => &['』'],
        _ => return None,
    })
}

/// Whether a mark stands where a quotation begins: not behind a word or a number.
fn opens(text: &str, at: usize, mark: char) -> bool {
    if matches!(mark, '「' | '『' | '“' | '„') {
        return true;
    }
    let before = text.get(..at).and_then(|before| before.chars().last());
    before
        .is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '{' | '–' | '—' | '-' | ':' | '：' | '，' | '。'))
}

/// The bytes up to the end of a quotation, its mark among them.
fn end_of_quotation(text: &str, mark: char) -> Option<usize> {
    let closing = closes(mark)?;
    text.char_indices().find_map(|(at, c)| {
        let after = at + c.len_utf8();
        // A straight mark behind a number and before a word is one of inches.
        let is_inch = c == '"'
            && text.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
            && text.get(after..).is_some_and(|rest| rest.contains('"'));
        (closing.contains(&c) && !is_inch).then_some(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotation_marks_is_its_sources() {
        for (text, own) in [
            ("He said \"so it is\" and left.", vec!["He said ", " and left."]),
            ("Er sagte „so ist es“ und ging.", vec!["Er sagte ", " und ging."]),
            ("Elle dit « ainsi » et part.", vec!["Elle dit ", " et part."]),
            ("Er sagte »so« und ging.", vec!["Er sagte ", " und ging."]),
            ("他说：「就是这样」，然后走了。", vec!["他说：", "，然后走了。"]),
            ("He said \"a 12\" pizza\" and left.", vec!["He said ", " and left."]),
        ] {
            assert_eq!(unquoted(text), own);
        }
    }

    #[test]
    fn a_mark_of_inches_or_one_that_nobody_closed_quotes_nothing() {
        for text in [
            "A 12\" record, and what was copied stands behind it.",
            "A 12\" record and a 7\" one, and what was copied.",
            "It is 5' 11\" tall, and \"never closed.",
            "So “never closed.",
        ] {
            assert_eq!(unquoted(text), [text]);
        }
    }
}
