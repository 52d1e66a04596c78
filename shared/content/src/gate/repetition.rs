//! Text that says the same again: blocks, sentences, or runs of words.

use std::collections::{HashMap, HashSet};

use super::{
    text::{Finding, Text},
    words::share,
};
use crate::blockers::Blocker;

/// So much of a text may be words that stood in it before. A refrain, a call to action and a quoted line are far below.
const MOST_REPEATED: f64 = 0.12;
/// Shorter ones repeat by chance.
const LEAST_WORDS: usize = 6;
/// A character that is a word of its own says about half of one.
const LEAST_DENSE: usize = 12;
/// One sentence may stand in a text so often; and more often, where it is a small part of it.
const MOST_TIMES: usize = 3;
const MOST_WORN: f64 = 0.04;

/// Pictographs for each sentence. A post of a thread has one or two.
const MOST_PICTOGRAPHS: f64 = 1.0;
const LEAST_PICTOGRAPHS: usize = 24;

const fn least(text: &Text<'_>) -> usize {
    if text.is_dense { LEAST_DENSE } else { LEAST_WORDS }
}

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    repeated_sentences(text).or_else(|| repeated_runs(text)).or_else(|| repeated_pictographs(text))
}

fn repeated_sentences(text: &Text<'_>) -> Option<Finding> {
    let (mut seen, mut all, mut repeated) = (HashMap::<Vec<&str>, usize>::new(), 0, 0);
    let mut first: Option<(usize, &str)> = None;
    for sentence in text.sentences.iter().filter(|sentence| sentence.words.len() >= least(text)) {
        let count = sentence.words.len();
        all += count;
        // Several people are asked the same.
        if sentence.text.ends_with(['?', '？', '؟']) {
            continue;
        }
        let times = seen.entry(sentence.words.iter().map(|word| varied(word)).collect()).or_default();
        *times += 1;
        if *times > 1 {
            repeated += count;
            first = first.or(Some((sentence.at, sentence.text)));
        }
    }
    let worn = seen.values().any(|times| *times > MOST_TIMES) && share(repeated, all) > MOST_WORN;
    let (at, sentence) = first?;
    (worn || share(repeated, all) > MOST_REPEATED).then(|| text.finding(Blocker::Repetition, at, sentence))
}

/// A word as it counts in a sentence that is said again: with another number it is the same.
fn varied(word: &str) -> &str {
    if word.contains(|c: char| c.is_numeric()) { "#" } else { word }
}

/// Pictographs that follow each sentence.
fn repeated_pictographs(text: &Text<'_>) -> Option<Finding> {
    let is_pictograph = |c: &char| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}');
    let of = |text: &str| text.chars().filter(is_pictograph).count();
    let all: usize = text.prose().map(|(_, block)| of(&block.text)).sum();
    let (at, block) = text.prose().find(|(_, block)| of(&block.text) > 0)?;
    (all >= LEAST_PICTOGRAPHS && share(all, text.sentences.len()) > MOST_PICTOGRAPHS)
        .then(|| text.finding(Blocker::Repetition, at, &block.text))
}

/// What repeats without being the same sentence: a list of variations, a loop that never ends.
fn repeated_runs(text: &Text<'_>) -> Option<Finding> {
    let (mut seen, mut all, mut repeated) = (HashSet::new(), 0, 0);
    let mut first: Option<(usize, String)> = None;
    let blocks = text.sentences.chunk_by(|one, next| one.at == next.at).map(|block| {
        let words: Vec<&str> = block.iter().flat_map(|sentence| &sentence.words).map(String::as_str).collect();
        (block.first().map_or(0, |sentence| sentence.at), words)
    });
    let blocks: Vec<_> = blocks.collect();
    for (at, words) in &blocks {
        for run in words.windows(least(text)) {
            all += 1;
            if !seen.insert(run) {
                repeated += 1;
                first = first.or_else(|| Some((*at, run.join(if text.is_dense { "" } else { " " }))));
            }
        }
    }
    let (at, run) = first?;
    (all >= 40 && share(repeated, all) > MOST_REPEATED).then(|| text.finding(Blocker::Repetition, at, &run))
}
