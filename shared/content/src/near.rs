//! How near two texts are to each other, and two subjects: by some numbers that are kept of each, from which nothing of the text can be read.
//! A text is the set of its runs of three words within a sentence, of which the least under each of 64 hashes is kept (MinHash): the share that
//! two texts have in common is about the share of equal numbers. A subject is the set of the words that say something, without their ends.
//! What is near shares a mark: a pair of numbers, by which it is found without looking at all the others.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{language::Language, stems, stop_words, text, words};

const HASHES: u64 = 64;
/// Marks of a text. Of two that have a half in common, one in five hundred has none of them in common.
const TEXT_MARKS: usize = 20;
/// Marks of a subject.
const SUBJECT_MARKS: usize = 8;
/// Words of a run.
const RUN: usize = 3;
/// A text with fewer runs says too little to be held against others.
const FEWEST_RUNS: usize = 30;
/// A subject with fewer words is near to everything.
const FEWEST_TERMS: usize = 2;
/// From here on they are near, in percent. A third of all sentences replaced leaves a half; two texts on one subject have a tenth at most.
const NEAR_TEXT: u8 = 30;
const NEAR_SUBJECT: u8 = 66;

/// What two things are near in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NearIn))]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    Subject,
    Text,
}

/// What is kept of a text or of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    pub aspect: Aspect,
    values: Vec<u32>,
}

/// What is kept of an article: of what it was asked for, and of its text.
pub fn of_article(topic: &str, language: &Language, html: &str) -> Vec<Sketch> {
    let sketches = [Sketch::of_subject(topic, language), Sketch::of_html(html)];
    sketches.into_iter().flatten().collect()
}

impl Sketch {
    /// Of plain text. `None`: it is too short.
    pub fn of_text(plain: &str) -> Option<Self> {
        let runs = runs(plain);
        (runs.len() >= FEWEST_RUNS).then(|| Self { aspect: Aspect::Text, values: least(&runs, HASHES) })
    }

    /// Of the text that HTML shows.
    pub fn of_html(html: &str) -> Option<Self> {
        Self::of_text(&text::plain_part(html))
    }

    /// Of a topic or a title. `None`: it says too little.
    pub fn of_subject(line: &str, language: &Language) -> Option<Self> {
        // Short names too, such as DNS: they tell one subject from another.
        let lower = line.to_lowercase();
        let said = words::words(&lower).filter(|word| !stop_words::has(language.primary(), word));
        let terms: BTreeSet<u32> = said.map(|word| short(hash(stems::stem(word).as_bytes()))).collect();
        (terms.len() >= FEWEST_TERMS).then(|| Self { aspect: Aspect::Subject, values: terms.into_iter().collect() })
    }

    /// What both have in common of all that they have, in percent. Nothing, where one is of a text and the other of a subject.
    pub fn likeness(&self, other: &Self) -> u8 {
        let (shared, all) = match (self.aspect, other.aspect) {
            (Aspect::Text, Aspect::Text) => {
                let equal = self.values.iter().zip(&other.values).filter(|(one, other)| one == other).count();
                (equal, self.values.len().max(other.values.len()))
            }
            (Aspect::Subject, Aspect::Subject) => {
                let (one, other): (BTreeSet<_>, BTreeSet<_>) =
                    (self.values.iter().collect(), other.values.iter().collect());
                (one.intersection(&other).count(), one.union(&other).count())
            }
            (Aspect::Text, Aspect::Subject) | (Aspect::Subject, Aspect::Text) => (0, 1),
        };
        u8::try_from(100 * shared / all.max(1)).unwrap_or(100)
    }

    pub fn is_near(&self, other: &Self) -> bool {
        let least = match self.aspect {
            Aspect::Text => NEAR_TEXT,
            Aspect::Subject => NEAR_SUBJECT,
        };
        self.likeness(other) >= least
    }

    /// What it is found by.
    pub fn marks(&self) -> Vec<Mark> {
        let (values, marks) = match self.aspect {
            Aspect::Text => (self.values.clone(), TEXT_MARKS),
            Aspect::Subject => {
                let terms: BTreeSet<u64> = self.values.iter().map(|value| u64::from(*value)).collect();
                (least(&terms, 2 * SUBJECT_MARKS as u64), SUBJECT_MARKS)
            }
        };
        let pairs = values.as_chunks::<2>().0.iter().zip(0_u32..).take(marks);
        pairs.map(|([one, other], nth)| Mark::of(self.aspect, nth, [*one, *other])).collect()
    }
}

/// A pair of numbers at its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(String);

impl Mark {
    fn of(aspect: Aspect, nth: u32, [one, other]: [u32; 2]) -> Self {
        let of = match aspect {
            Aspect::Subject => 's',
            Aspect::Text => 't',
        };
        Self(format!("{of}{nth}-{one:08x}{other:08x}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The runs of a text: three words that follow one another in a sentence, in small letters. A shorter sentence is one.
fn runs(plain: &str) -> BTreeSet<u64> {
    let mut runs = BTreeSet::new();
    for sentence in words::sentences(plain) {
        let lower = sentence.to_lowercase();
        let said: Vec<&str> = words::words(&lower).collect();
        let run = |words: &[&str]| hash(words.join(" ").as_bytes());
        if said.len() < RUN {
            runs.extend((!said.is_empty()).then(|| run(&said)));
        }
        runs.extend(said.windows(RUN).map(run));
    }
    runs
}

/// The least of all under each of so many hashes.
fn least(of: &BTreeSet<u64>, hashes: u64) -> Vec<u32> {
    let under = |seed: u64| of.iter().map(|one| mixed(one ^ mixed(seed))).min().map_or(u32::MAX, short);
    (1..=hashes).map(under).collect()
}

/// FNV-1a: the same on every machine and in every release, and kept with what was hashed by it.
fn hash(bytes: &[u8]) -> u64 {
    let fnv = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed(fnv)
}

/// The end of `SplitMix64`: each bit depends on all others.
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

const fn short(value: u64) -> u32 {
    (value >> 32) as u32
}
