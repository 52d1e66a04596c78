//! A text that stops before its end.

use super::{
    text::{Finding, Text},
    words::words,
};
use crate::content::{blockers::Blocker, blocks::Kind, words::stands_alone};

/// Words after which a sentence goes on.
const GO_ON: [&str; 30] = [
    "and", "or", "but", "the", "a", "an", "of", "to", "in", "for", "with", "by", "from", "that", "which", "because",
    "is", "are", "our", "their", "und", "oder", "der", "die", "das", "et", "ou", "de", "y", "e",
];
/// A shorter last line may be a name, a call, a place.
const LEAST_WORDS: usize = 3;
const LEAST_TRAILING: usize = 6;

/// Looks at the last block of prose, and at nothing after code or a table. Footnotes stand behind it.
pub(super) fn breaks_off(text: &Text<'_>) -> Option<Finding> {
    let (at, last) = text.end()?;
    if last.kind != Kind::Paragraph && last.kind != Kind::Item {
        return None;
    }
    let end = last.text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '»', '*', '_', '」', '』', '）']);
    let end = if text.has_notes() { without_mark(end) } else { end };
    let in_the_middle = end.ends_with([',', ';', '(', '–', '-', '—', '，', '、', '；', '（', '「', '،', '؛']);
    let all = words(end);
    let is_open = !end.ends_with(['.', '!', '?', '…', ':', '。', '！', '？', '؟', '।']);
    let goes_on = is_open && all.last().is_some_and(|word| GO_ON.contains(&word.as_str()));
    // "…" after a whole sentence is a pause; after half of one it is an end.
    let is_half = all.last().is_some_and(|word| GO_ON.contains(&word.as_str()));
    let trails = end.ends_with('…') && (is_half || (end.ends_with(" …") && all.len() >= LEAST_TRAILING));
    // Behind whole sentences of a script that ends each of them, letters without an end are half of one.
    let half_dense = is_open
        && !trails
        && text.is_dense
        && last.kind == Kind::Paragraph
        && last.text.contains('。')
        && end.ends_with(stands_alone);
    (in_the_middle || (goes_on && all.len() >= LEAST_WORDS) || trails || half_dense).then(|| {
        let quote =
            last.text.get(last.text.floor_char_boundary(last.text.len().saturating_sub(150))..).unwrap_or_default();
        text.finding(Blocker::Truncated, at, quote)
    })
}

/// Without the number of a footnote, which stands at a word or at the end of a sentence.
fn without_mark(end: &str) -> &str {
    let bare = end.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.ends_with(|c: char| c.is_alphabetic() || ".,;:!?…。，！？؟".contains(c)) { bare } else { end }
}
