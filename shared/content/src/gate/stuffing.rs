//! A word said for machines, not for readers.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use super::{
    text::{Finding, Text},
    words::share,
};
use crate::{blockers::Blocker, stop_words};

/// Of the words that say something, so many may be one and the same, and so many pairs one pair. People's posts hardly reach it.
const MOST_OF_ONE: f64 = 0.135;
const MOST_OF_A_PAIR: f64 = 0.07;
/// Less text is said in few words.
const LEAST_WORDS: usize = 120;
/// Of a text's sentences, so many may have the same two words side by side. People's posts reach six tenths of it.
const MOST_SENTENCES: f64 = 0.5;
const LEAST_SENTENCES: usize = 12;

/// How often something is said, and where first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    times: usize,
    first: Reverse<usize>,
}

impl Said {
    const fn first(place: usize) -> Self {
        Self { times: 0, first: Reverse(place) }
    }
}

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    // Where a language's common words are not known, one of them would be the most frequent.
    if !stop_words::are_known(text.language.primary()) {
        return None;
    }
    if let Some(found) = in_most_sentences(text) {
        return Some(found);
    }
    let content: Vec<(usize, u32)> = text
        .sentences
        .iter()
        .flat_map(|sentence| sentence.words.iter().map(move |word| (sentence.at, word)))
        .filter(|(_, word)| word.is_content())
        .map(|(at, word)| (at, word.stem))
        .collect();
    if content.len() < LEAST_WORDS {
        return None;
    }
    // Of those that are said as often, the first: the same text gets the same evidence.
    let (mut single, mut pairs) = (HashMap::<u32, Said>::new(), HashMap::<(u32, u32), Said>::new());
    for (place, ((_, one), (_, other))) in content.iter().zip(content.iter().skip(1)).enumerate() {
        single.entry(*one).or_insert_with(|| Said::first(place)).times += 1;
        if one != other {
            pairs.entry((*one, *other)).or_insert_with(|| Said::first(place)).times += 1;
        }
    }
    let (word, said) = single.into_iter().max_by_key(|(_, said)| *said)?;
    let pair = pairs
        .into_iter()
        .max_by_key(|(_, said)| *said)
        .filter(|(_, said)| share(said.times, content.len()) > MOST_OF_A_PAIR);
    let word =
        pair.map(|((one, _), _)| one).or_else(|| (share(said.times, content.len()) > MOST_OF_ONE).then_some(word))?;
    let at = content.iter().find(|(_, said)| *said == word).map_or(0, |(at, _)| *at);
    let quote = text.blocks.get(at).map(|block| block.text.as_str()).unwrap_or_default();
    Some(text.finding(Blocker::KeywordStuffing, at, quote))
}

/// Two words that are put into each sentence, whatever it is about.
fn in_most_sentences(text: &Text<'_>) -> Option<Finding> {
    if text.is_dense {
        return None;
    }
    let mut pairs = HashMap::<(u32, u32), (Said, usize, &str)>::new();
    let all = text.sentences.len();
    for (place, sentence) in text.sentences.iter().enumerate() {
        let content: Vec<u32> = sentence.words.iter().filter(|word| word.is_content()).map(|word| word.stem).collect();
        let own: HashSet<(u32, u32)> = content.iter().copied().zip(content.iter().skip(1).copied()).collect();
        for pair in own {
            pairs.entry(pair).or_insert((Said::first(place), sentence.at, sentence.text)).0.times += 1;
        }
    }
    let (said, at, sentence) = pairs.into_values().max_by_key(|(said, ..)| *said)?;
    (all >= LEAST_SENTENCES && share(said.times, all) > MOST_SENTENCES)
        .then(|| text.finding(Blocker::KeywordStuffing, at, sentence))
}
