//! A word said for machines, not for readers.

use std::collections::{HashMap, HashSet};

use super::{
    text::{Finding, Text},
    words::{sentences, share, stem, words},
};
use crate::content::{blockers::Blocker, stop_words};

/// Of the words that say something, so many may be one and the same, and so many pairs one pair. People's posts reach two thirds of it.
const MOST_OF_ONE: f64 = 0.12;
const MOST_OF_A_PAIR: f64 = 0.065;
/// Less text is said in few words.
const LEAST_WORDS: usize = 120;
/// Of a text's sentences, so many may have the same two words side by side. People's posts reach six tenths of it.
const MOST_SENTENCES: f64 = 0.5;
const LEAST_SENTENCES: usize = 12;

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    // Where a language's common words are not known, one of them would be the most frequent.
    if !stop_words::are_known(text.language.primary()) {
        return None;
    }
    if let Some(found) = in_most_sentences(text) {
        return Some(found);
    }
    let prose: Vec<(usize, Vec<String>)> = text.prose().map(|(at, block)| (at, words(&block.text))).collect();
    let content: Vec<(usize, &str)> = prose
        .iter()
        .flat_map(|(at, words)| words.iter().map(move |word| (*at, word.as_str())))
        .filter(|(_, word)| !text.is_common(word) && word.chars().count() > 2)
        .map(|(at, word)| (at, stem(word)))
        .collect();
    if content.len() < LEAST_WORDS {
        return None;
    }
    let (mut single, mut pairs) = (HashMap::<&str, usize>::new(), HashMap::<(&str, &str), usize>::new());
    for ((_, one), (_, other)) in content.iter().zip(content.iter().skip(1)) {
        *single.entry(one).or_default() += 1;
        if one != other {
            *pairs.entry((one, other)).or_default() += 1;
        }
    }
    let (word, times) = single.into_iter().max_by_key(|(_, times)| *times)?;
    let pair = pairs
        .into_iter()
        .max_by_key(|(_, times)| *times)
        .filter(|(_, times)| share(*times, content.len()) > MOST_OF_A_PAIR);
    let word = pair.map(|((one, _), _)| one).or_else(|| (share(times, content.len()) > MOST_OF_ONE).then_some(word))?;
    let at = content.iter().find(|(_, said)| *said == word).map_or(0, |(at, _)| *at);
    let quote = text.blocks.get(at).map(|block| block.text.as_str()).unwrap_or_default();
    Some(text.finding(Blocker::KeywordStuffing, at, quote))
}

/// Two words that are put into each sentence, whatever it is about.
fn in_most_sentences(text: &Text<'_>) -> Option<Finding> {
    if text.is_dense {
        return None;
    }
    let mut pairs = HashMap::<(String, String), (usize, usize, &str)>::new();
    let mut all = 0;
    for (at, block) in text.prose() {
        for sentence in sentences(&block.text) {
            all += 1;
            let content: Vec<String> = words(sentence)
                .into_iter()
                .filter(|word| !text.is_common(word) && word.chars().count() > 2)
                .map(|word| stem(&word).to_owned())
                .collect();
            let own: HashSet<(String, String)> = content.iter().cloned().zip(content.iter().skip(1).cloned()).collect();
            for pair in own {
                pairs.entry(pair).or_insert((0, at, sentence)).0 += 1;
            }
        }
    }
    let (times, at, sentence) = pairs.into_values().max_by_key(|(times, at, _)| (*times, usize::MAX - at))?;
    (all >= LEAST_SENTENCES && share(times, all) > MOST_SENTENCES)
        .then(|| text.finding(Blocker::KeywordStuffing, at, sentence))
}
