//! Whether a text is about its subject: the words of the topic, by their weight, against all of the text but its headings and a bare
//! repetition of the title.

use super::{
    text::{Finding, Text},
    words::{akin, is_common, share, stem, words},
};
use crate::content::{
    blockers::Blocker,
    blocks::Block,
    topic::{self, Of},
};

/// Under this share of the subject's words the text is about something else.
const LEAST_COVERED: f64 = 0.35;
/// Under this one it is, where it hardly ever says any of them.
const LEAST_COVERED_THINLY: f64 = 0.5;
const THIN: f64 = 0.02;
/// A text that says each word once is about none of them.
const LEAST_SAID: f64 = 0.2;
/// Of a subject of so many words that are no general ones, a text says more than one in four.
const MANY: usize = 4;
const LEAST_OF_MANY: f64 = 0.26;
/// A text that never says one of a subject's names says this much of the rest.
const LEAST_WITHOUT_NAMES: f64 = 0.6;
/// The weights of words: of a name, of any other, of one that many titles have.
const NAME: f64 = 1.5;
const USUAL: f64 = 1.0;
const OF_MANY_TITLES: f64 = 0.4;
/// What counts as saying a word, not mentioning it.
const TIMES: f64 = 3.0;

/// Words of many titles that say little of any subject.
const GENERAL: &str = "announcing answers approach article ask basics begin beginning benefit best better build building case conversation \
    create current day discover everything explain explore field find future goal good great guide help idea important improve \
    improving improvement insight interview introduce introducing introduction journey key learn learned lesson month number overview \
    parts people plan practice process project question reason role simple start step story strategy strategies talk team test thing \
    tips today top understand update view want week win work working world year years";

/// The words of a subject with their weights.
fn subject(topic: &str) -> Vec<(String, f64)> {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-' | '.');
    let raw: Vec<&str> = topic
        .split(|c: char| !is_inner(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    let long: Vec<&&str> = raw.iter().filter(|word| !is_common(&word.to_lowercase())).collect();
    let capitals = long.iter().filter(|word| word.starts_with(char::is_uppercase)).count();
    let in_title_case = share(capitals, long.len()) > 0.7;
    let mut subject: Vec<(String, f64)> = Vec::new();
    for (nth, word) in raw.iter().enumerate() {
        let word = word.trim_end_matches("'s").trim_end_matches("’s");
        let lower = word.to_lowercase();
        if is_common(&lower) || lower.chars().count() < 2 || lower.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let is_name = word.chars().filter(|c| c.is_uppercase()).count() >= 2
            || word.contains(|c: char| c.is_ascii_digit())
            || (nth > 0 && !in_title_case && word.starts_with(char::is_uppercase));
        let stemmed = stem(&lower).to_owned();
        let weight = if GENERAL.split_whitespace().any(|general| stem(general) == stemmed) {
            OF_MANY_TITLES
        } else if is_name {
            NAME
        } else {
            USUAL
        };
        if !subject.iter().any(|(known, _)| *known == stemmed) {
            subject.push((stemmed, weight));
        }
    }
    subject
}

/// A text that says fewer of its subject's words, in another language than English, is about something else.
const LEAST_NAMED: f64 = 0.2;

pub(super) fn missed(text: &Text<'_>) -> Option<Finding> {
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

/// How often the words stand in the text whose first letters `stem` is: whoever writes of the CFPB may write its name out.
fn spelt_out(text: &Text<'_>, stem: &str) -> usize {
    let letters: Vec<char> = stem.chars().collect();
    if !(3..=6).contains(&letters.len()) {
        return 0;
    }
    let is_it = |words: &[&str]| {
        let firsts = words.iter().filter_map(|word| word.chars().next());
        firsts.zip(&letters).all(|(first, letter)| first.is_uppercase() && first.to_lowercase().eq([*letter]))
    };
    let in_block = |block: &Block| {
        let words: Vec<&str> =
            block.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.windows(letters.len()).filter(|words| is_it(words)).count()
    };
    text.prose().map(|(_, block)| in_block(block)).sum()
}

/// What the text says, but its headings and a bare repetition of its title.
fn said(text: &Text<'_>) -> impl Iterator<Item = Vec<String>> {
    let (title, topic) = (words(text.title), words(text.topic));
    let blocks = text.sentences.chunk_by(|one, next| one.at == next.at);
    let prose =
        blocks.map(|block| block.iter().flat_map(|sentence| sentence.words.iter().cloned()).collect::<Vec<_>>());
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
    let subject = subject(text.topic);
    if subject.len() < 2 {
        return false;
    }
    let said: Vec<String> = said(text).flatten().collect();
    let content: Vec<&str> =
        said.iter().filter(|word| !is_common(word) && word.chars().count() > 2).map(|word| stem(word)).collect();
    let (mut whole, mut covered, mut times, mut weight_of_all) = (0.0, 0.0, 0.0, 0.0);
    let (mut own, mut own_said, mut names, mut names_said) = (0, 0, 0, 0);
    for (stem, weight) in &subject {
        let count = content.iter().filter(|word| akin(stem, word)).count() + spelt_out(text, stem);
        let (is_own, is_name) = (*weight >= USUAL, *weight >= NAME);
        own += usize::from(is_own);
        own_said += usize::from(is_own && count > 0);
        names += usize::from(is_name);
        names_said += usize::from(is_name && count > 0);
        let count = share(count, 1);
        whole += weight;
        covered += weight * count.min(1.0);
        times += weight * (count / TIMES).min(1.0);
        weight_of_all += weight * count;
    }
    let density = weight_of_all / share(content.len().max(1), 1);
    let (covered, times) = (covered / whole, times / whole);
    let says_few = own >= MANY && share(own_said, own) < LEAST_OF_MANY;
    let says_no_name = names > 0 && names_said == 0 && covered < LEAST_WITHOUT_NAMES;
    says_few
        || says_no_name
        || covered < LEAST_COVERED
        || (covered < LEAST_COVERED_THINLY && density < THIN)
        || times < LEAST_SAID
}
