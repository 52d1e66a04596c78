//! Data or markup in the place of prose.

use serde_json::{Map, Value};

use super::{
    dialogue,
    text::{Finding, Text},
    words::{runs, share},
};
use crate::{blockers::Blocker, blocks::Kind};

/// Of a text's words, so many may be names of fields.
const MOST_FIELDS: f64 = 0.006;
const LEAST_FIELDS: usize = 3;
/// So many line ends that are written out (`\n`) were to be read by a program.
const LEAST_LINE_ENDS: usize = 3;
/// Of a text's blocks of prose, so many may begin as the lines of a record do: with a time, or the name of a change. A report of
/// what happened when has half of it.
const MOST_RECORDED: f64 = 0.75;
const LEAST_RECORDED: usize = 6;
/// Of a text's characters, so many may stand in code.
const MOST_CODE: f64 = 0.8;

pub(super) fn instead_of_prose(text: &Text<'_>) -> Option<Finding> {
    let shown = text.blocks.iter().filter(|block| block.kind != Kind::Code);
    let (mut fields, mut all, mut line_ends) = (0, 0, 0);
    let mut first = None;
    for (at, block) in text.blocks.iter().enumerate().filter(|(_, block)| block.kind != Kind::Code) {
        if is_data(&block.outside_code) {
            return Some(text.finding(Blocker::NotProse, at, &block.text));
        }
        let found = names_of_fields(&block.outside_code);
        fields += found;
        all += runs(&block.text).count();
        line_ends += block.outside_code.matches("\\n").count();
        if line_ends >= LEAST_LINE_ENDS {
            return Some(text.finding(Blocker::NotProse, at, &block.text));
        }
        if found > 0 {
            first = first.or(Some((at, block.text.as_str())));
        }
    }
    if let Some((at, quote)) = first
        && fields >= LEAST_FIELDS
        && share(fields, all) > MOST_FIELDS
    {
        return Some(text.finding(Blocker::NotProse, at, quote));
    }
    if let Some(found) = record(text).or_else(|| dialogue::instead_of_text(text)) {
        return Some(found);
    }
    let prose: usize = shown.map(|block| block.text.len()).sum();
    let code: usize = text.blocks.iter().filter(|block| block.kind == Kind::Code).map(|block| block.text.len()).sum();
    (share(code, prose + code) > MOST_CODE).then(|| {
        let at = text.blocks.iter().position(|block| block.kind == Kind::Code).unwrap_or(0);
        let quote = text.blocks.get(at).map(|block| block.text.as_str()).unwrap_or_default();
        text.finding(Blocker::NotProse, at, quote)
    })
}

/// Lines of a log, of a transcript, of the changes to a program: what was to be written about, and not what was written.
fn record(text: &Text<'_>) -> Option<Finding> {
    let (mut all, mut lines, mut first) = (0, 0, None);
    for (at, block) in text.prose() {
        all += 1;
        let mut words = block.text.split_whitespace();
        if words.next().is_some_and(|word| is_moment(word) || (is_change(word) && words.next().is_some())) {
            lines += 1;
            first = first.or(Some((at, block.text.as_str())));
        }
    }
    let (at, line) = first?;
    (lines >= LEAST_RECORDED && share(lines, all) > MOST_RECORDED).then(|| text.finding(Blocker::NotProse, at, line))
}

/// `00:12:33`, also in brackets, or `2024-03-28`, also with a time.
fn is_moment(word: &str) -> bool {
    let bare = word.trim_matches(['[', ']', '(', ')', ':', ',', '-']);
    let is_number = |part: &str| part.len() >= 2 && part.chars().all(|c| c.is_ascii_digit());
    let date = bare.split('T').next().unwrap_or_default();
    let is_time = bare.split(':').count() >= 2 && bare.split([':', '.']).all(is_number);
    is_time || (date.split('-').count() == 3 && date.len() == 10 && date.split('-').all(is_number))
}

/// The short name of a change to a program: figures and letters up to f, of both kinds.
fn is_change(word: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    (7..=40).contains(&word.len())
        && word.chars().all(is_hex)
        && has(char::is_ascii_digit)
        && has(char::is_ascii_lowercase)
}

/// Whether a block is an object of JSON, such as the call of a tool.
fn is_data(block: &str) -> bool {
    let plain = block.replace(['“', '”'], "\"");
    plain.starts_with('{') && serde_json::from_str::<Map<String, Value>>(&plain).is_ok()
}

/// `"name": `, as JSON has it, and tags that were shown rather than read.
fn names_of_fields(text: &str) -> usize {
    let mut found = 0;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(['"', '“', '”']) {
        rest = after;
        let Some((name, next)) = after.split_once(['"', '”', '“']) else { break };
        let is_name =
            (1..=40).contains(&name.len()) && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
        if is_name && next.trim_start().starts_with(':') {
            found += 1;
            rest = next;
        }
    }
    found + text.matches("</").count() + text.split_whitespace().filter(|word| is_bare_name(word)).count()
}

/// `name_of_field:`, as YAML has it.
fn is_bare_name(word: &str) -> bool {
    let name = word.strip_suffix(':').unwrap_or_default();
    name.contains('_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
