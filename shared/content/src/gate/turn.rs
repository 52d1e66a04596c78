//! A text that turns to another subject half-way: what was spoken of before is spoken of no more.

use std::collections::{HashMap, HashSet};

use super::{
    text::{Finding, Text},
    words::{share, words},
};
use crate::{
    blockers::Blocker,
    stems::{stem, weight},
    stop_words,
    words::counted,
};

/// Less text has no halves.
const LEAST_WORDS: usize = 150;
/// A caption or a line of a dialogue.
const LEAST_OF_A_PARAGRAPH: usize = 8;
/// Where a turn is looked for.
const MIDDLE: std::ops::RangeInclusive<f64> = 0.3..=0.7;
/// Of the words said more than once, so few stand on both sides, against what chance brings.
const FEW_IN_BOTH: f64 = 0.35;
/// The one side says the subject's words so seldom, against the other. Of 750 posts of two other blogs 3 are below both.
const HARDLY_NAMED: f64 = 0.1;

/// A place between two paragraphs, with its first block on the side that leaves the subject.
struct Turn {
    shared: f64,
    named: f64,
    at: usize,
}

/// Weights are known of English.
pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    if text.language.primary() != "en" {
        return None;
    }
    let paragraphs = paragraphs(text);
    let all = count(paragraphs.iter().flat_map(|(_, stems)| stems));
    let total: usize = all.values().sum();
    if total < LEAST_WORDS {
        return None;
    }
    let (title, topic) = (words(text.title), words(text.topic));
    let subject: HashSet<&str> = title.iter().chain(&topic).filter(|word| tells(word)).map(|word| stem(word)).collect();
    let mut before = HashMap::new();
    let turns = paragraphs.windows(2).filter_map(|pair| {
        let [(_, stems), (next, _)] = pair else { return None };
        for stem in stems {
            *before.entry(stem.as_str()).or_default() += 1;
        }
        let early = share(before.values().sum(), total);
        MIDDLE.contains(&early).then(|| turn(&before, &all, early, &subject, *next))
    });
    let turn = turns.min_by(|one, other| one.shared.total_cmp(&other.shared))?;
    let quote = text.blocks.get(turn.at).map(|block| block.text.as_str()).unwrap_or_default();
    (turn.shared < FEW_IN_BOTH && turn.named <= HARDLY_NAMED).then(|| text.finding(Blocker::OffSubject, turn.at, quote))
}

/// The paragraphs' words that say something.
fn paragraphs(text: &Text<'_>) -> Vec<(usize, Vec<String>)> {
    let sentences = text.sentences.chunk_by(|one, next| one.at == next.at);
    let each = sentences.filter_map(|block| {
        let words = block.iter().flat_map(|sentence| &sentence.words).filter(|word| tells(word));
        let stems: Vec<String> = words.map(|word| stem(word).to_owned()).collect();
        let at = block.first()?.at;
        (stems.len() >= LEAST_OF_A_PARAGRAPH).then_some((at, stems))
    });
    each.collect()
}

fn tells(word: &str) -> bool {
    !stop_words::has("en", word) && word.chars().count() > 2 && !word.chars().all(|c| c.is_ascii_digit())
}

fn count<'a>(stems: impl Iterator<Item = &'a String>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for stem in stems {
        *counts.entry(stem.as_str()).or_default() += 1;
    }
    counts
}

/// What stands on both sides of a place, `share` of the text being before it.
fn turn(
    before: &HashMap<&str, usize>,
    all: &HashMap<&str, usize>,
    share: f64,
    subject: &HashSet<&str>,
    next: usize,
) -> Turn {
    let (mut both, mut by_chance) = (0.0, 0.0);
    for (stem, times) in all.iter().filter(|(_, times)| **times > 1) {
        let power = i32::try_from(*times).unwrap_or(i32::MAX);
        let weight = weight(stem);
        by_chance += weight * (1.0 - share.powi(power) - (1.0 - share).powi(power));
        let earlier = before.get(stem).copied().unwrap_or_default();
        both += if earlier > 0 && earlier < *times { weight } else { 0.0 };
    }
    let said = |counts: &HashMap<&str, usize>| -> f64 {
        subject.iter().map(|stem| weight(stem) * counted(counts.get(stem).copied().unwrap_or_default())).sum()
    };
    let (early, whole) = (said(before), said(all));
    let (early, late) = (early / share, (whole - early) / (1.0 - share));
    Turn {
        shared: if by_chance > 0.0 { both / by_chance } else { 1.0 },
        named: if early.max(late) > 0.0 { early.min(late) / early.max(late) } else { 0.0 },
        at: next,
    }
}
