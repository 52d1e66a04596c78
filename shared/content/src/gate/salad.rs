//! Words without grammar, and words that are none. A language's articles, prepositions and conjunctions stand in pairs that never occur in sentences: "the
//! of", "an and", "with."

use super::{
    garbled,
    text::{Finding, Text},
    words::{is_common, share},
};
use crate::blockers::Blocker;

/// Pairs that cannot be, of all pairs. People who write are below half of it, also where they slip.
const MOST_IMPOSSIBLE: f64 = 0.014;
/// Less text shows no rate.
const LEAST_PAIRS: usize = 60;
const LEAST_FOUND: usize = 3;
/// Of sentences, so many may begin with a small letter, and of words, so many that are no names with a great one inside of a sentence:
/// words out of their places carry the letters of their places with them.
const MOST_SMALL: f64 = 0.4;
const MOST_GREAT: f64 = 0.008;
const LEAST_SENTENCES: usize = 6;

/// After one of these a noun has to come.
const ARTICLES: [&str; 25] = [
    "the", "a", "an", "our", "their", "your", "my", "der", "die", "das", "ein", "eine", "le", "la", "les", "un", "une",
    "el", "los", "las", "il", "lo", "gli", "het", "een",
];
/// After one of these something has to come.
const PREPOSITIONS: [&str; 20] = [
    "of", "for", "with", "from", "into", "at", "between", "von", "für", "mit", "zwischen", "avec", "pour", "entre",
    "con", "para", "voor", "met", "dla", "przez",
];
const CONJUNCTIONS: [&str; 14] =
    ["and", "or", "but", "because", "und", "oder", "et", "ou", "y", "o", "e", "en", "of", "lub"];
const VERBS: [&str; 10] = ["is", "are", "was", "were", "be", "been", "ist", "sind", "est", "sont"];

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    impossible_pairs(text).or_else(|| misplaced_letters(text)).or_else(|| garbled::found(text))
}

fn misplaced_letters(text: &Text<'_>) -> Option<Finding> {
    let (mut all, mut small, mut words, mut great) = (0, 0, 0, 0);
    let mut first = None;
    for sentence in &text.sentences {
        let (at, sentence) = (sentence.at, sentence.text);
        let mut in_order = sentence.split_whitespace().filter(|word| word.starts_with(char::is_alphabetic));
        let Some(begin) = in_order.next() else { continue };
        all += 1;
        if begin.starts_with(char::is_lowercase) {
            small += 1;
            first = first.or(Some((at, sentence)));
        }
        for word in in_order {
            words += 1;
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            great +=
                usize::from(bare.starts_with(char::is_uppercase) && bare != "I" && is_common(&bare.to_lowercase()));
        }
    }
    let (at, sentence) = first?;
    let is_salad = all >= LEAST_SENTENCES && share(small, all) > MOST_SMALL && share(great, words) > MOST_GREAT;
    is_salad.then(|| text.finding(Blocker::WordSalad, at, sentence))
}

fn impossible_pairs(text: &Text<'_>) -> Option<Finding> {
    let (mut pairs, mut impossible) = (0, 0);
    let mut first: Option<(usize, &str)> = None;
    for sentence in &text.sentences {
        let tokens = tokens(&sentence.lower);
        let (at, sentence) = (sentence.at, sentence.text);
        for (one, other) in tokens.iter().zip(tokens.iter().skip(1)) {
            pairs += 1;
            if is_impossible(one, other) {
                impossible += 1;
                first = first.or(Some((at, sentence)));
            }
        }
    }
    let (at, sentence) = first?;
    let is_salad = pairs >= LEAST_PAIRS && impossible >= LEAST_FOUND && share(impossible, pairs) > MOST_IMPOSSIBLE;
    is_salad.then(|| text.finding(Blocker::WordSalad, at, sentence))
}

/// Words, and the marks between them; a bracket or a quotation is empty, for what comes next belongs to something else.
fn tokens(lower: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut began = None;
    for (at, c) in lower.char_indices() {
        if c.is_alphanumeric() || matches!(c, '\'' | '’' | '-') {
            began = began.or(Some(at));
            continue;
        }
        tokens.extend(began.take().and_then(|began| lower.get(began..at)));
        if matches!(c, '.' | ',' | ';' | ':' | '!' | '?') {
            tokens.extend(lower.get(at..at + c.len_utf8()));
        } else if !c.is_whitespace() {
            tokens.push("");
        }
    }
    tokens.extend(began.and_then(|began| lower.get(began..)));
    tokens
}

fn is_impossible(one: &str, other: &str) -> bool {
    let is = |list: &[&str], word: &str| list.contains(&word);
    let ends = matches!(other, "." | "," | ";" | ":" | "!" | "?");
    if is(&ARTICLES, one) {
        // "la" and "a" are words of several languages, so only what no language allows counts.
        // In German and Dutch most of them are pronouns and prefixes, too ("Ich sehe das.", "Er kauft ein."), and "UN," is a name.
        return (ends && is(&["the", "an", "our", "their", "your", "une"], one))
            || (is(&["the", "an", "our", "their", "your"], one)
                && (is(&ARTICLES[..6], other)
                    || is(&PREPOSITIONS[..6], other)
                    || is(&CONJUNCTIONS[..4], other)
                    || is(&VERBS[..6], other)))
            || (is(&["der", "das", "eine"], one) && (is(&["und", "oder", "ist", "sind", "von", "für", "mit"], other)))
            || (is(&["les", "une"], one) && is(&["et", "ou", "est", "sont", "avec", "pour"], other));
    }
    if is(&PREPOSITIONS, one) {
        return (matches!(other, "." | "!" | ";") && !is(&["mit", "met", "para"], one))
            || (is(&PREPOSITIONS[..3], one) && is(&["and", "or", "but", "is", "are", "was", "were"], other));
    }
    if is(&["and", "or", "but", "und", "oder", "et", "ou"], one) {
        return (matches!(other, "." | "!" | ";") && !is(&["mit", "met", "para"], one));
    }
    one == other
        && one.chars().count() > 2
        && one.chars().all(char::is_alphabetic)
        && !matches!(one, "that" | "had" | "very" | "die" | "sie" | "nous" | "vous")
}
