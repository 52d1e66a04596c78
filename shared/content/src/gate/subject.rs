//! Whether a text is about its subject: the words of the topic, by their weight, against all of the text but its headings and a bare
//! repetition of the title.

use super::{
    text::{Finding, Text},
    turn,
    words::words,
};
use crate::{
    about,
    blockers::Blocker,
    topic::{self, Of},
};

/// A text of which less is certain is about something else. Of 750 posts of two blogs 28 are below it, most by a pun in
/// the title; of 500 of them under one another's titles 468.
const LEAST_CERTAIN: f64 = -0.4;

/// A text that says fewer of its subject's words, in another language than English, is about something else.
const LEAST_NAMED: f64 = 0.2;

pub(super) fn missed_or_left(text: &Text<'_>) -> Option<Finding> {
    missed(text).or_else(|| turn::found(text))
}

fn missed(text: &Text<'_>) -> Option<Finding> {
    let says_none = |line| says_none(text, line);
    let is_off = match (text.language.primary(), topic::language_of(text.topic, &text.language)) {
        ("en", Of::This | Of::Any) => misses_english(text),
        (_, Of::This) => says_none(text.topic),
        (_, Of::Any) => says_none(text.topic) && says_none(text.title),
        // What the topic is called in this language, the title knows.
        (_, Of::Another) => says_none(text.title),
    };
    is_off.then(|| {
        let first = text.prose().next();
        text.finding(
            Blocker::OffSubject,
            first.map_or(0, |(at, _)| at),
            first.map_or("", |(_, block)| block.text.as_str()),
        )
    })
}

/// What the text says, but its headings and a bare repetition of its title.
fn said(text: &Text<'_>) -> impl Iterator<Item = Vec<String>> {
    let (title, topic) = (words(text.title), words(text.topic));
    let blocks = text.sentences.chunk_by(|one, next| one.at == next.at);
    let prose = blocks.map(|block| {
        block.iter().flat_map(|sentence| sentence.words.iter().map(|word| word.lower.clone())).collect::<Vec<_>>()
    });
    prose.filter(move |words| *words != title && *words != topic)
}

/// Whether hardly one of the words of `line` stands in the text. One word alone may have as many names as a thing has.
fn says_none(text: &Text<'_>, line: &str) -> bool {
    let terms = topic::terms(line, &text.language);
    let blank = if text.is_dense { "" } else { " " };
    let lower = said(text).map(|words| words.join(blank)).collect::<Vec<_>>().join("\n");
    terms.len() > 1 && topic::coverage(&terms, &lower).is_some_and(|coverage| coverage.share < LEAST_NAMED)
}

fn misses_english(text: &Text<'_>) -> bool {
    let about = about::about(text.topic, text.title, text.blocks);
    about.is_some_and(|about| about.certainty < LEAST_CERTAIN)
}
