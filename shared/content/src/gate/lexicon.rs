//! The words of a text, each looked at once: its form in small letters, its stem, and whether it says something.

use std::{collections::HashMap, rc::Rc};

use super::words::{runs, stem};
use crate::stop_words;

/// A word as it is compared. Two words of a text are the same where their numbers are.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) number: u32,
    /// In small letters.
    pub(super) lower: String,
    /// The number of its stem.
    pub(super) stem: u32,
    /// Whether it says nothing of a subject, in English or in the text's language.
    pub(super) is_common: bool,
    /// Whether it says something of a subject, as far as English goes.
    pub(super) tells: bool,
    pub(super) is_numeric: bool,
}

impl Word {
    /// Whether it says something in the text's language, and is no mere particle.
    pub(super) fn is_content(&self) -> bool {
        !self.is_common && is_long(&self.lower)
    }

    pub(super) fn stem(&self) -> &str {
        stem(&self.lower)
    }
}

/// Every word that was met so far.
#[derive(Default)]
pub(super) struct Lexicon<'a> {
    language: &'a str,
    /// By how they stand in the text, which spares most of them the small letters.
    seen: HashMap<&'a str, Rc<Word>>,
    by_lower: HashMap<String, Rc<Word>>,
    stems: HashMap<String, u32>,
}

impl<'a> Lexicon<'a> {
    pub(super) fn of(language: &'a str) -> Self {
        Self { language, ..Self::default() }
    }

    pub(super) fn words(&mut self, text: &'a str) -> Vec<Rc<Word>> {
        runs(text).map(|run| self.word(run)).collect()
    }

    fn word(&mut self, run: &'a str) -> Rc<Word> {
        if let Some(word) = self.seen.get(run) {
            return Rc::clone(word);
        }
        let lower = run.to_lowercase();
        let word = match self.by_lower.get(&lower) {
            Some(word) => Rc::clone(word),
            None => self.met(lower),
        };
        self.seen.insert(run, Rc::clone(&word));
        word
    }

    fn met(&mut self, lower: String) -> Rc<Word> {
        let is_english = stop_words::has("en", &lower);
        let next = number(self.stems.len());
        let of_stem = stem(&lower);
        let stem = self.stems.get(of_stem).copied().unwrap_or_else(|| {
            self.stems.insert(of_stem.to_owned(), next);
            next
        });
        let word = Rc::new(Word {
            number: number(self.by_lower.len()),
            stem,
            is_common: is_english || (self.language != "en" && stop_words::has(self.language, &lower)),
            tells: !is_english && is_long(&lower) && !lower.chars().all(|c| c.is_ascii_digit()),
            is_numeric: lower.contains(char::is_numeric),
            lower: lower.clone(),
        });
        self.by_lower.insert(lower, Rc::clone(&word));
        word
    }
}

/// Whether it has more than two characters.
fn is_long(lower: &str) -> bool {
    lower.chars().nth(2).is_some()
}

/// A text of 200 KiB has fewer words.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_same_however_it_is_written_and_a_stem_however_it_ends() {
        let mut lexicon = Lexicon::of("de");
        let words = lexicon.words("Baking the BAKING bakings und 2024 é");
        let numbers: Vec<u32> = words.iter().map(|word| word.number).collect();
        assert_eq!(numbers, [0, 1, 0, 2, 3, 4, 5]);
        assert_eq!(words[0].stem, words[3].stem, "{words:?}");
        let content: Vec<&str> =
            words.iter().filter(|word| word.is_content()).map(|word| word.lower.as_str()).collect();
        assert_eq!(content, ["baking", "baking", "bakings", "2024"]);
        assert!(
            words[4].tells && !words[5].tells && words[5].is_numeric,
            "a word of German alone says something in English"
        );
    }
}
