//! Letters that no writer joins: an answer of a broken model or a wrongly read file, whose words are none.

use super::{
    text::{Finding, Text},
    words::{sentences, share},
};
use crate::blockers::Blocker;

/// Of a text's words in small letters, so many may have no vowel or a pair of letters that English does not join. Documents of
/// programs, full of names, reach two thirds of it.
const MOST_UNSPEAKABLE: f64 = 0.065;
/// So many may be longer than words are, where a language does not join them.
const MOST_LONG: f64 = 0.015;
const LONGEST: usize = 17;
/// Words of English of three letters and more have about 5.7, in the densest documents of programs 6.9.
const LONGEST_ON_AVERAGE: f64 = 7.1;
/// Of the words in a script with two cases, so many may be in great letters.
const MOST_SHOUTED: f64 = 0.6;
/// Less text shows no rate.
const LEAST_WORDS: usize = 60;
/// How letters look that were written in UTF-8 and read as something else.
const MISREAD: [&str; 14] = ["â€", "Ã©", "Ã¨", "Ã¼", "Ã¤", "Ã¶", "Ã±", "Ã§", "ÃŸ", "Ã³", "Â»", "Â«", "ðŸ", "\u{fffd}"];
const MOST_MISREAD: usize = 2;

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    misread(text).or_else(|| of_small_words(text)).or_else(|| shouted(text))
}

fn misread(text: &Text<'_>) -> Option<Finding> {
    let mut found = 0;
    let mut first = None;
    for (at, block) in text.prose() {
        let marks: usize = MISREAD.iter().map(|mark| block.outside_code.matches(mark).count()).sum();
        found += marks;
        if marks > 0 {
            first = first.or_else(|| {
                sentences(&block.outside_code)
                    .into_iter()
                    .find(|sentence| MISREAD.iter().any(|mark| sentence.contains(mark)))
                    .map(|sentence| (at, sentence))
            });
        }
    }
    let (at, quote) = first?;
    (found > MOST_MISREAD).then(|| text.finding(Blocker::WordSalad, at, quote))
}

/// A word in small letters, with the block that it stands in.
type Small<'a> = (usize, &'a str);

/// Letters that are not joined, or words without the blanks between them.
fn of_small_words(text: &Text<'_>) -> Option<Finding> {
    let language = text.language.primary();
    let (is_english, parts_words) = (language == "en", matches!(language, "en" | "fr" | "es" | "it" | "pt" | "pl"));
    if !parts_words {
        return None;
    }
    let each = text.prose().flat_map(|(at, block)| small_words(&block.outside_code).map(move |word| (at, word)));
    let words: Vec<Small<'_>> = each.collect();
    let unspeakable = |word: &str| !has_vowel(word) || joins_strangers(word);
    let is_long = |word: &str| word.len() > LONGEST && word.chars().count() > LONGEST;
    let unspoken = is_english.then(|| over(text, &words, MOST_UNSPEAKABLE, unspeakable)).flatten();
    unspoken
        .or_else(|| over(text, &words, MOST_LONG, is_long))
        .or_else(|| is_english.then(|| long_on_average(text, &words)).flatten())
}

fn long_on_average(text: &Text<'_>, words: &[Small<'_>]) -> Option<Finding> {
    let letters = words.iter().map(|(_, word)| word.len()).sum();
    let (at, block) = text.prose().next()?;
    (words.len() >= LEAST_WORDS && share(letters, words.len()) > LONGEST_ON_AVERAGE)
        .then(|| text.finding(Blocker::WordSalad, at, &block.outside_code))
}

/// Found where more than `most` of the words `are` something.
fn over(text: &Text<'_>, words: &[Small<'_>], most: f64, are: impl Fn(&str) -> bool) -> Option<Finding> {
    let odd = words.iter().filter(|(_, word)| are(word)).count();
    let (at, _) = words.iter().find(|(_, word)| are(word))?;
    let quote = text.blocks.get(*at).map(|block| block.outside_code.as_str()).unwrap_or_default();
    (words.len() >= LEAST_WORDS && share(odd, words.len()) > most).then(|| text.finding(Blocker::WordSalad, *at, quote))
}

fn shouted(text: &Text<'_>) -> Option<Finding> {
    let (mut all, mut great) = (0, 0);
    for (_, block) in text.prose() {
        for word in block.outside_code.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= 4) {
            all += usize::from(word.chars().any(|c| c.is_lowercase() || c.is_uppercase()));
            great += usize::from(word.chars().all(char::is_uppercase));
        }
    }
    let (at, block) = text.prose().next()?;
    (all >= LEAST_WORDS && share(great, all) > MOST_SHOUTED)
        .then(|| text.finding(Blocker::WordSalad, at, &block.outside_code))
}

/// Words of three small letters and more. What has a sign within it is an address or a name of a program's.
fn small_words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() >= 3 && word.chars().all(char::is_lowercase))
}

fn has_vowel(word: &str) -> bool {
    word.chars().any(|c| !c.is_ascii() || matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
}

fn joins_strangers(word: &str) -> bool {
    word.as_bytes().windows(2).any(|pair| matches!(pair, [one, other] if are_strangers(*one, *other)))
}

/// Whether two letters follow each other in hardly any word of English.
const fn are_strangers(one: u8, other: u8) -> bool {
    let is_vowel = matches!(other, b'a' | b'e' | b'i' | b'o' | b'u');
    match (one, other) {
        (b'q', _) => other.is_ascii_alphabetic() && other != b'u',
        (b'j', _) => other.is_ascii_alphabetic() && !is_vowel,
        (b'v', _) => other.is_ascii_alphabetic() && !is_vowel && !matches!(other, b'r' | b'v' | b'y'),
        (b'x', b'b' | b'd' | b'f' | b'g' | b'j' | b'k' | b'l' | b'm' | b'n' | b'r' | b's' | b'v' | b'x' | b'z')
        | (
            b'z',
            b'b' | b'c' | b'd' | b'f' | b'g' | b'j' | b'k' | b'm' | b'n' | b'p' | b'q' | b'r' | b's' | b't' | b'v'
            | b'w' | b'x',
        )
        | (b'c' | b'f' | b'g' | b'k' | b'm' | b'p' | b't' | b'w', b'j')
        | (b'b' | b'c' | b'f' | b'g' | b'h' | b'k' | b'm' | b'p' | b't' | b'w', b'q')
        | (b'b' | b'c' | b'd' | b'f' | b'g' | b'h' | b'k' | b'm' | b'p' | b's' | b't', b'x')
        | (b'b' | b'c' | b'f' | b'g' | b'h' | b'k' | b'm' | b'p' | b'w', b'z')
        | (b'c' | b'f' | b'g' | b'k' | b'm' | b'p' | b'w', b'v') => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_english_join_what_english_joins() {
        for word in
            ["savvy", "quiz", "extra", "expect", "objects", "jazz", "puzzle", "exhaust", "wolves", "anxious", "adjust"]
        {
            assert!(has_vowel(word) && !joins_strangers(word), "{word}");
        }
        for word in ["qxick", "ovgr", "zbove", "jrom", "wthn"] {
            assert!(joins_strangers(word) || !has_vowel(word), "{word}");
        }
    }
}
