//! Two texts put into one by turns, sentence by sentence or paragraph by paragraph: each place is like the second next one, and not
//! like the next.

use std::collections::{HashMap, HashSet};

use super::{
    text::{Finding, Text},
    words::{share, stem, words},
};
use crate::{blockers::Blocker, words::counted};

/// Places are compared over so many steps.
const FURTHEST: usize = 6;
/// Fewer places show no pattern.
const LEAST_PLACES: usize = 12;
/// So much more alike are places an even number of steps apart, in standard errors, where two texts alternate.
const LEAST_ALTERNATING: f64 = 3.5;
/// One of the two texts says the subject's words so seldom, against the other.
const HARDLY_NAMED: f64 = 0.25;

/// A sentence or a paragraph: its block, and the stems that say something.
struct Place {
    at: usize,
    stems: Vec<u32>,
}

/// Stems and common words are known best of English; a text in another says too many forms of a word.
pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    if text.language.primary() != "en" {
        return None;
    }
    let each = text.sentences.iter().map(|sentence| place(sentence.at, std::slice::from_ref(sentence)));
    let sentences: Vec<Place> = each.collect();
    let blocks = text.sentences.chunk_by(|one, next| one.at == next.at);
    let paragraphs: Vec<Place> = blocks.map(|block| place(block.first().map_or(0, |first| first.at), block)).collect();
    alternates(text, &sentences).or_else(|| alternates(text, &paragraphs))
}

fn place(at: usize, sentences: &[super::text::Sentence<'_>]) -> Place {
    let words = sentences.iter().flat_map(|sentence| &sentence.words).filter(|word| word.tells);
    let stems: HashSet<u32> = words.map(|word| word.stem).collect();
    let mut stems: Vec<u32> = stems.into_iter().collect();
    stems.sort_unstable();
    Place { at, stems }
}

fn alternates(text: &Text<'_>, places: &[Place]) -> Option<Finding> {
    if places.len() < LEAST_PLACES || alternation(places) < LEAST_ALTERNATING {
        return None;
    }
    let (one, other) = named(text, places);
    let second = places.get(usize::from(one >= other))?;
    let quote = text.blocks.get(second.at).map(|block| block.text.as_str()).unwrap_or_default();
    (one.min(other) <= one.max(other) * HARDLY_NAMED).then(|| text.finding(Blocker::OffSubject, second.at, quote))
}

/// How many standard errors places an even number of steps apart are more alike than others.
fn alternation(places: &[Place]) -> f64 {
    let mut said = HashMap::<u32, usize>::new();
    for stem in places.iter().flat_map(|place| &place.stems) {
        *said.entry(*stem).or_default() += 1;
    }
    let weight = |stem: &u32| (counted(places.len()) / counted(said.get(stem).copied().unwrap_or(1))).ln();
    let lengths: Vec<f64> = places.iter().map(|place| place.stems.iter().map(weight).sum::<f64>().sqrt()).collect();
    let (mut even, mut odd) = (Alike::default(), Alike::default());
    for (nth, (place, length)) in places.iter().zip(&lengths).enumerate() {
        let later = places.iter().zip(&lengths).skip(nth + 1).take(FURTHEST);
        for (steps, (other, other_length)) in (1_usize..).zip(later) {
            let both: f64 = common(&place.stems, &other.stems).map(weight).sum();
            let alike = if both > 0.0 { both / (length * other_length) } else { 0.0 };
            let side = if steps % 2 == 0 { &mut even } else { &mut odd };
            side.add(alike);
        }
    }
    let count = even.count + odd.count;
    let mean = (even.sum + odd.sum) / count;
    let deviation = ((even.squares + odd.squares) / count - mean * mean).max(0.0).sqrt();
    let error = deviation * (1.0 / even.count + 1.0 / odd.count).sqrt();
    if error > 0.0 { (even.sum / even.count - odd.sum / odd.count) / error } else { 0.0 }
}

#[derive(Default)]
struct Alike {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Alike {
    fn add(&mut self, alike: f64) {
        self.count += 1.0;
        self.sum += alike;
        self.squares += alike * alike;
    }
}

/// What stands in both of two sorted lists.
fn common<'a>(one: &'a [u32], other: &'a [u32]) -> impl Iterator<Item = &'a u32> {
    one.iter().filter(|stem| other.binary_search(stem).is_ok())
}

/// The shares of the places of either turn that name the subject.
fn named(text: &Text<'_>, places: &[Place]) -> (f64, f64) {
    let (title, topic) = (words(text.title), words(text.topic));
    let subject: HashSet<&str> = title.iter().chain(&topic).map(|word| stem(word)).collect();
    let all = text.sentences.iter().flat_map(|sentence| &sentence.words);
    let of_subject: HashSet<u32> =
        all.filter(|word| word.tells && subject.contains(word.stem())).map(|word| word.stem).collect();
    let names = |place: &&Place| place.stems.iter().any(|stem| of_subject.contains(stem));
    let of = |from: usize| {
        let turn = || places.iter().skip(from).step_by(2);
        share(turn().filter(names).count(), turn().count())
    };
    (of(0), of(1))
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, TRAMS, found};
    use super::*;

    const TOPIC: &str = "How a keeper looks after a hive of bees";

    fn in_turns(sentences: usize, blank: &str) -> String {
        let turns = BEES.iter().zip(TRAMS).take(sentences).flat_map(|(one, other)| [*one, other]);
        turns.collect::<Vec<_>>().join(blank)
    }

    #[test]
    fn two_texts_put_into_one_by_turns_are_held_back() {
        for blank in [" ", "\n\n"] {
            assert_eq!(found("en", TOPIC, &in_turns(10, blank)), [Blocker::OffSubject], "{blank:?}");
        }
    }

    #[test]
    fn one_text_is_let_through_and_too_little_shows_nothing() {
        assert_eq!(found("en", TOPIC, &BEES.join(" ")), []);
        assert_eq!(found("en", TOPIC, &BEES.join("\n\n")), []);
        assert_eq!(found("en", TOPIC, &in_turns(5, " ")), []);
    }

    #[test]
    fn places_that_share_nothing_alternate_by_no_error() {
        let places: Vec<Place> = (0..20).map(|nth| Place { at: 0, stems: vec![nth] }).collect();
        assert!(alternation(&places).abs() < f64::EPSILON);
        let places: Vec<Place> = (0..20).map(|nth| Place { at: 0, stems: vec![nth % 2, 100 + nth] }).collect();
        assert!(alternation(&places) > LEAST_ALTERNATING);
    }
}
