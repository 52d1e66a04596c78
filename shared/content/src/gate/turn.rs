//! A text that turns to another subject half-way: what was spoken of before is spoken of no more.

use std::collections::HashSet;

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
    let terms = Terms::of(text, &paragraphs);
    let total: usize = terms.counts.iter().sum();
    if total < LEAST_WORDS {
        return None;
    }
    let mut before = vec![0; terms.counts.len()];
    let mut early = 0;
    let turns = paragraphs.windows(2).filter_map(|pair| {
        let [(_, stems), (next, _)] = pair else { return None };
        early += stems.len();
        for stem in stems {
            if let Some(times) = before.get_mut(index(*stem)) {
                *times += 1;
            }
        }
        let early = share(early, total);
        MIDDLE.contains(&early).then(|| terms.turn(&before, early, *next))
    });
    let turn = turns.min_by(|one, other| one.shared.total_cmp(&other.shared))?;
    let quote = text.blocks.get(turn.at).map(|block| block.text.as_str()).unwrap_or_default();
    (turn.shared < FEW_IN_BOTH && turn.named <= HARDLY_NAMED).then(|| text.finding(Blocker::OffSubject, turn.at, quote))
}

/// The paragraphs' words that say something, as the numbers of their stems.
fn paragraphs(text: &Text<'_>) -> Vec<(usize, Vec<u32>)> {
    let sentences = text.sentences.chunk_by(|one, next| one.at == next.at);
    let each = sentences.filter_map(|block| {
        let words = block.iter().flat_map(|sentence| &sentence.words).filter(|word| word.tells);
        let stems: Vec<u32> = words.map(|word| word.stem).collect();
        let at = block.first()?.at;
        (stems.len() >= LEAST_OF_A_PARAGRAPH).then_some((at, stems))
    });
    each.collect()
}

fn tells(word: &str) -> bool {
    !stop_words::has("en", word) && word.chars().count() > 2 && !word.chars().all(|c| c.is_ascii_digit())
}

fn index(stem: u32) -> usize {
    usize::try_from(stem).unwrap_or(usize::MAX)
}

/// What a text says, weighed once.
struct Terms {
    /// How often each stem is said.
    counts: Vec<usize>,
    /// The stems that are said more than once, with their weights.
    again: Vec<(usize, f64)>,
    /// Those of the subject.
    subject: Vec<(usize, f64)>,
}

impl Terms {
    fn of(text: &Text<'_>, paragraphs: &[(usize, Vec<u32>)]) -> Self {
        let of_paragraphs = paragraphs.iter().flat_map(|(_, stems)| stems).map(|stem| index(*stem));
        let mut counts = Vec::new();
        for stem in of_paragraphs {
            if counts.len() <= stem {
                counts.resize(stem + 1, 0);
            }
            if let Some(times) = counts.get_mut(stem) {
                *times += 1;
            }
        }
        let (title, topic) = (words(text.title), words(text.topic));
        let named: HashSet<&str> =
            title.iter().chain(&topic).filter(|word| tells(word)).map(|word| stem(word)).collect();
        let (mut again, mut subject, mut seen) = (Vec::new(), Vec::new(), vec![false; counts.len()]);
        for word in text.sentences.iter().flat_map(|sentence| &sentence.words) {
            let nth = index(word.stem);
            let times = counts.get(nth).copied().unwrap_or_default();
            if times == 0 || seen.get(nth).copied().unwrap_or(true) {
                continue;
            }
            if let Some(seen) = seen.get_mut(nth) {
                *seen = true;
            }
            let stem = word.stem();
            if times > 1 {
                again.push((nth, weight(stem)));
            }
            if named.contains(stem) {
                subject.push((nth, weight(stem)));
            }
        }
        Self { counts, again, subject }
    }

    /// What stands on both sides of a place, `share` of the text being before it.
    fn turn(&self, before: &[usize], share: f64, next: usize) -> Turn {
        let of = |counts: &[usize], stem: usize| counts.get(stem).copied().unwrap_or_default();
        let (mut both, mut by_chance) = (0.0, 0.0);
        for (stem, weight) in &self.again {
            let (times, earlier) = (of(&self.counts, *stem), of(before, *stem));
            let power = i32::try_from(times).unwrap_or(i32::MAX);
            by_chance += weight * (1.0 - share.powi(power) - (1.0 - share).powi(power));
            both += if earlier > 0 && earlier < times { *weight } else { 0.0 };
        }
        let said = |counts: &[usize]| -> f64 {
            self.subject.iter().map(|(stem, weight)| weight * counted(of(counts, *stem))).sum()
        };
        let (early, whole) = (said(before), said(&self.counts));
        let (early, late) = (early / share, (whole - early) / (1.0 - share));
        Turn {
            shared: if by_chance > 0.0 { both / by_chance } else { 1.0 },
            named: if early.max(late) > 0.0 { early.min(late) / early.max(late) } else { 0.0 },
            at: next,
        }
    }
}
