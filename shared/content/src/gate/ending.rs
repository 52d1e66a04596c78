//! A text that stops before its end.

use super::{
    text::{Finding, Text},
    words::{sentences, words},
};
use crate::{
    blockers::Blocker,
    blocks::{Block, Kind},
    words::stands_alone,
};

/// Words after which a sentence goes on.
const GO_ON: [&str; 30] = [
    "and", "or", "but", "the", "a", "an", "of", "to", "in", "for", "with", "by", "from", "that", "which", "because",
    "is", "are", "our", "their", "und", "oder", "der", "die", "das", "et", "ou", "de", "y", "e",
];
/// Such words that a line may end with: "Read more here".
const LAST: &str = "about above again all also always away back before below between do down each enough even ever first good her here him \
    last less long look made me mine more most near need never new next now off once ours out over own part right same since them then \
    there today together too under up us use way ways well work yes yet you yours";
/// A shorter last line may be a name, a call, a place.
const LEAST_WORDS: usize = 3;
const LEAST_TRAILING: usize = 6;
/// A line of so many words, or one behind a whole sentence, is a sentence itself, and ends like one.
const LEAST_SENTENCE: usize = 12;

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
    let wants_more = is_open && all.last().is_some_and(|word| wants_more(text, word, &last.text));
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
    (in_the_middle
        || is_left_open(last, is_open)
        || (is_open && is_unfinished(last, end))
        || (goes_on && all.len() >= LEAST_WORDS)
        || wants_more
        || trails
        || half_dense)
        .then(|| {
            let quote =
                last.text.get(last.text.floor_char_boundary(last.text.len().saturating_sub(150))..).unwrap_or_default();
            text.finding(Blocker::Truncated, at, quote)
        })
}

/// Whether the last block opens a link that it never closes, in the marks of Markdown: where those are shown, nobody wrote the rest. A
/// bracket in a sentence that ends is one of an interval: `[0, 1)`.
fn is_left_open(last: &Block, is_open: bool) -> bool {
    let text = last.outside_code.as_str();
    let opened = text.rfind('[').and_then(|at| text.get(at..)).unwrap_or_default();
    let (words, rest) = opened.split_once(']').unwrap_or((opened, ""));
    let is_half_a_name = is_open && rest.is_empty() && !opened.ends_with(']') && words.chars().count() > 1;
    let is_half_an_address = rest.starts_with("(http") && !rest.contains(')');
    is_half_a_name || is_half_an_address
}

/// Whether a line without an end stops at a word that only holds others together, or at whose something is.
fn wants_more(text: &Text<'_>, word: &str, line: &str) -> bool {
    let is_english = text.language.primary() == "en";
    let is_owner = word.ends_with("'s") || word.ends_with("’s") || (word.ends_with('s') && line.ends_with(['’', '\'']));
    (is_english && is_owner) || (text.is_common(word) && !LAST.split_whitespace().any(|last| last == word))
}

/// Whether a paragraph of sentences, or a point of a list that has more than one, ends in a word like any other: not in a name, a link or
/// an address, as signatures do.
fn is_unfinished(last: &Block, end: &str) -> bool {
    let sentences = sentences(end);
    let is_sentence = sentences.len() > 1 || (last.kind == Kind::Paragraph && words(end).len() >= LEAST_SENTENCE);
    let last_word = end.split_whitespace().next_back().unwrap_or_default();
    let behind = sentences.last().map_or(0, |sentence| words(sentence).len());
    is_sentence && behind >= LEAST_WORDS && last_word.chars().all(char::is_lowercase) && !last.is_quoted
}

/// Without the number of a footnote, which stands at a word or at the end of a sentence.
fn without_mark(end: &str) -> &str {
    let bare = end.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.ends_with(|c: char| c.is_alphabetic() || ".,;:!?…。，！？؟".contains(c)) { bare } else { end }
}
