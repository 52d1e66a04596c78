//! Two texts put into one by turns, sentence by sentence or paragraph by paragraph: each place is like the second next one, and not
//! like the next.

use std::collections::{HashMap, HashSet};

use super::{
    text::{Finding, Text},
    words::{share, stem, words},
};
use crate::{blockers::Blocker, blocks::Kind, words::counted};

/// Places are compared over so many steps.
const FURTHEST: usize = 6;
/// Fewer places show no pattern.
const LEAST_PLACES: usize = 12;
/// So much more alike are places an even number of steps apart, in standard errors, where two texts alternate.
const LEAST_ALTERNATING: f64 = 3.5;
/// One of the two texts says the subject's words so seldom, against the other.
const HARDLY_NAMED: f64 = 0.25;

/// The words by which a turn is known: so many, each of a share that is its own and not the other turn's.
const KNOWN_BY: usize = 3;
const OWN: f64 = 0.8;
/// In a comparison, so many places of a turn name what it is about, and so many of the words that stand in two places stand in both turns.
const NAMED: f64 = 0.6;
const SHARED: f64 = 0.3;

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
    // Where neither says the subject, nothing tells whose it is.
    (one.max(other) > 0.0 && one.min(other) <= one.max(other) * HARDLY_NAMED && !compares(text, places))
        .then(|| text.finding(Blocker::OffSubject, second.at, quote))
}

/// Whether the turns compare two things: nearly every place names its own, and one place, the title or a heading names both, or much of
/// what is said of one is said of the other.
fn compares(text: &Text<'_>, places: &[Place]) -> bool {
    let mut said = HashMap::<u32, [usize; 2]>::new();
    for (place, turn) in places.iter().zip([0, 1].into_iter().cycle()) {
        for stem in &place.stems {
            let [even, odd] = said.entry(*stem).or_default();
            *(if turn == 0 { even } else { odd }) += 1;
        }
    }
    let evens = known_by(&said, |[even, odd]| (even, odd), places.len().div_ceil(2));
    let odds = known_by(&said, |[even, odd]| (odd, even), places.len() / 2);
    let (Some(evens), Some(odds)) = (evens, odds) else { return false };
    let twice = || said.values().filter(|[even, odd]| even + odd > 1);
    let shared = share(twice().filter(|[even, odd]| *even > 0 && *odd > 0).count(), twice().count());
    let both = |stems: &[u32]| [&evens, &odds].iter().all(|known| known.iter().any(|stem| stems.contains(stem)));
    shared >= SHARED || places.iter().any(|place| both(&place.stems)) || headings(text).any(|stems| both(&stems))
}

/// The words that a turn of `places` says most often, and the other hardly ever, where nearly every place says the first.
fn known_by(
    said: &HashMap<u32, [usize; 2]>,
    own: impl Fn([usize; 2]) -> (usize, usize),
    places: usize,
) -> Option<Vec<u32>> {
    let each = said.iter().map(|(stem, times)| (own(*times), *stem));
    let of_turn = each.filter(|((own, other), _)| share(*own, own + other) >= OWN);
    let mut known: Vec<(usize, u32)> = of_turn.map(|((own, _), stem)| (own, stem)).collect();
    known.sort_unstable_by(|one, other| other.cmp(one));
    let (loudest, _) = known.first()?;
    (share(*loudest, places) >= NAMED).then(|| known.into_iter().take(KNOWN_BY).map(|(_, stem)| stem).collect())
}

/// The stems of title, topic and headings, as far as the text says them.
fn headings<'a>(text: &'a Text<'_>) -> impl Iterator<Item = Vec<u32>> + 'a {
    let all = text.sentences.iter().flat_map(|sentence| &sentence.words);
    let numbers: HashMap<&str, u32> = all.map(|word| (word.stem(), word.stem)).collect();
    let headings = text.blocks.iter().filter(|block| matches!(block.kind, Kind::Heading(_)));
    let each = [text.title, text.topic].into_iter().chain(headings.map(|block| block.text.as_str()));
    each.map(move |said| words(said).iter().filter_map(|word| numbers.get(stem(word)).copied()).collect())
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
    use super::super::{
        text::Sentence,
        tried::{BEES, TRAMS, found},
    };
    use super::*;
    use crate::{
        blocks::{self, Block},
        markdown,
    };

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

    const REDIS: [&str; 9] = [
        "Redis keeps its keys in memory and answers within a fraction of a millisecond.",
        "Redis takes a snapshot every few minutes, so a crash may lose what came after it.",
        "With Redis a counter is one command, and expiry comes for free.",
        "A replica of Redis follows its primary with a short delay.",
        "Redis needs as much memory as the data is large, and memory is dear.",
        "Redis has lists, sets and sorted sets, but nothing joins them.",
        "Redis scripts run one at a time, and a slow script blocks every client.",
        "An upgrade of Redis takes a minute and a failover to the replica.",
        "Redis suits sessions, queues and caches.",
    ];
    const POSTGRES: [&str; 9] = [
        "Postgres keeps its rows on disk and answers within a few milliseconds.",
        "Postgres writes a log before each commit, so a crash loses nothing.",
        "With Postgres a counter is a row that clients lock in turn, and expiry is a job of your own.",
        "A standby of Postgres follows its primary by the same log.",
        "Postgres needs memory only for its working set, and disks are cheap.",
        "Postgres has tables and indexes, and a query joins them as you like.",
        "Postgres queries run side by side, and a slow query blocks few others.",
        "An upgrade of Postgres takes an evening and a rehearsal on the standby.",
        "Postgres suits orders, ledgers and reports.",
    ];

    /// How much a text alternates by sentences, and whether this detector alone finds it.
    fn tried_alone(topic: &str, markdown: &str) -> (f64, bool) {
        let blocks = blocks::of(&markdown::to_html(markdown).unwrap());
        let text = text(topic, &blocks);
        let places: Vec<Place> = text.sentences.iter().map(|said| place(said.at, std::slice::from_ref(said))).collect();
        (alternation(&places), super::found(&text).is_some())
    }

    fn text<'a>(topic: &'a str, blocks: &'a [Block]) -> Text<'a> {
        let sentences = Sentence::all(blocks, "en");
        let language = "en".parse().unwrap();
        Text { blocks, sentences, topic, title: topic, sources: &[], language, is_dense: false }
    }

    #[test]
    fn a_comparison_by_turns_is_let_through() {
        // Later sentences first, so that neighbours do not answer each other and the turns alternate.
        let [first, later] = [&POSTGRES[..5], &POSTGRES[5..]];
        let turns = REDIS.iter().zip(later.iter().chain(first)).flat_map(|(one, other)| [*one, *other]);
        let text = turns.collect::<Vec<_>>().join(" ");
        for topic in ["Choosing a store", "Why we moved to Postgres", "Redis in production", "Redis or Postgres"] {
            for text in [text.clone(), text.replace("Redis", "MySQL"), text.replace(". ", ".\n\n")] {
                let (alternates, is_found) = tried_alone(topic, &text);
                assert!(alternates >= LEAST_ALTERNATING, "{topic} {alternates}");
                assert!(!is_found, "{topic}");
            }
        }
        assert!(tried_alone(TOPIC, &in_turns(10, " ")).1);
    }

    #[test]
    fn where_neither_turn_says_the_subject_nothing_tells_whose_it_is() {
        assert!(!tried_alone("Zebras", &in_turns(10, " ")).1);
    }

    #[test]
    fn whoever_names_both_in_one_place_compares_them() {
        let mut places: Vec<Place> = (0..14).map(|nth| Place { at: 0, stems: vec![nth % 2, 100 + nth] }).collect();
        let text = text("Bees", &[]);
        assert!(!compares(&text, &places));
        places[3].stems = vec![0, 1];
        assert!(compares(&text, &places));
    }
}
