//! How surely a text of English is about its subject: what it says of the subject's words, each by its weight.

use std::collections::HashMap;

use crate::{
    blocks::Block,
    stems::{akin, stem, weight},
    stop_words,
    words::{self, counted},
};

/// A text of so many words shows by its beginning what it is about.
const BEGINNING: usize = 150;
/// Whoever writes about a thing says its word so often.
const TIMES: f64 = 3.0;

/// Fitted to 810 posts of three blogs, and to the same posts under one another's titles (docs/pipeline.md): over the coverage of the
/// subject's words, over how often they are said, over its beginning, and over how many of the text's own words stand out more than the
/// first and the second of them. One alone may be the name of all that somebody writes about.
const COVERED: f64 = 3.6;
const SAID: f64 = 1.5;
const BEGUN: f64 = 4.5;
const FIRST_OUTDONE: f64 = -0.6;
const SECOND_OUTDONE: f64 = -0.4;
const BASE: f64 = -1.7;
/// A longer word may be several in one: the name of a site, a hashtag.
const COMPOUND: usize = 8;

/// A word of a subject.
struct Term {
    /// As it stands, in small letters, where it has marks inside: `docs.rs`.
    whole: Option<String>,
    stem: String,
    weight: f64,
}

/// The words of a subject that say something of it.
fn terms(topic: &str) -> Vec<Term> {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-' | '.');
    let mut terms: Vec<Term> = Vec::new();
    for word in topic.split(|c: char| !is_inner(c)) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let word = word.trim_end_matches("'s").trim_end_matches("’s").to_lowercase();
        if is_common(&word) || word.chars().count() < 2 || word.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let stem = stem(&word).to_owned();
        if !terms.iter().any(|term| term.stem == stem) {
            terms.push(Term { weight: weight(&stem), whole: word.contains(['.', '-']).then_some(word), stem });
        }
    }
    terms
}

fn is_common(word: &str) -> bool {
    stop_words::has("en", word)
}

/// What a text says of its subject.
pub(crate) struct About {
    /// Over nought, it is more likely about it than not.
    pub(crate) certainty: f64,
}

impl About {
    /// The same from 0 to 1: what is as likely about it as not has 0.62, most posts have 1.
    pub(crate) fn share(&self) -> f64 {
        (0.62 + self.certainty * 0.25).clamp(0.0, 1.0)
    }
}

/// What is said, and how often.
struct Said<'a> {
    /// In small letters.
    plain: &'a str,
    stems: HashMap<&'a str, usize>,
}

impl Said<'_> {
    /// How often each of the terms is said.
    fn counts(&self, terms: &[Term], plain: &str) -> Vec<usize> {
        let mut counts: Vec<usize> = terms.iter().map(|term| self.count(term, plain)).collect();
        for (word, times) in self.stems.iter().filter(|(word, _)| word.len() >= COMPOUND) {
            let is_inside = |term: &Term| term.stem.len() >= 3 && word.contains(term.stem.as_str());
            if terms.iter().filter(|term| is_inside(term)).count() < 2 {
                continue;
            }
            let inside = terms.iter().zip(&mut counts).filter(|(term, _)| is_inside(term) && !akin(&term.stem, word));
            for (_, count) in inside {
                *count += times;
            }
        }
        counts
    }

    fn count(&self, term: &Term, plain: &str) -> usize {
        let whole = term.whole.as_ref().map_or(0, |whole| self.plain.matches(whole.as_str()).count());
        let forms: usize = self.stems.iter().filter(|(stem, _)| akin(&term.stem, stem)).map(|(_, times)| times).sum();
        forms + whole + spelt_out(plain, &term.stem)
    }

    /// How many of the text's words stand out more than what is said so loudly, for each of two.
    fn louder(&self, than: [f64; 2]) -> [f64; 2] {
        let loud: Vec<f64> = self.stems.iter().map(|(stem, times)| weight(stem) * counted(*times)).collect();
        than.map(|than| counted(loud.iter().filter(|loud| **loud > than).count()).ln_1p())
    }
}

/// What the prose of `blocks` says of `topic`, but a bare repetition of it or of the title. `None`: the topic says too little of what it
/// is.
pub(crate) fn about(topic: &str, title: &str, blocks: &[Block]) -> Option<About> {
    let terms = terms(topic);
    if terms.len() < 2 {
        return None;
    }
    let (topic, title) = (bare(topic), bare(title));
    let prose = blocks.iter().filter(|block| block.is_prose()).map(|block| block.text.as_str());
    let plain: String =
        prose.filter(|text| ![&topic, &title].contains(&&bare(text))).flat_map(|text| [text, "\n"]).collect();
    let lower = plain.to_lowercase();
    let words: Vec<&str> = words::words(&lower).collect();
    let plain = plain.as_str();
    let telling = || words.iter().filter(|word| !is_common(word) && word.chars().count() > 2).map(|word| stem(word));
    let mut said = Said { plain: &lower, stems: HashMap::new() };
    for stem in telling() {
        *said.stems.entry(stem).or_default() += 1;
    }
    let beginning: Vec<&str> =
        words.iter().take(BEGINNING).filter(|word| !is_common(word)).map(|word| stem(word)).collect();
    let (mut all, mut covered, mut often, mut begun, mut loud) = (0.0, 0.0, 0.0, 0.0, Vec::new());
    for (term, count) in terms.iter().zip(said.counts(&terms, plain)) {
        let count = counted(count);
        let begins = beginning.iter().any(|word| akin(&term.stem, word));
        all += term.weight;
        covered += term.weight * count.min(1.0);
        often += term.weight * (count / TIMES).min(1.0);
        begun += if begins { term.weight } else { 0.0 };
        loud.push(term.weight * count);
    }
    loud.sort_by(|one, other| other.total_cmp(one));
    let mut loudest = loud.iter().copied();
    let [first, second] = said.louder([(); 2].map(|()| loudest.next().unwrap_or(f64::INFINITY)));
    let certainty = BASE
        + (COVERED * covered + SAID * often + BEGUN * begun) / all
        + FIRST_OUTDONE * first
        + SECOND_OUTDONE * second;
    Some(About { certainty })
}

/// A line in small letters, without the mark at its end.
fn bare(line: &str) -> String {
    line.trim().trim_end_matches(['.', '!', '?', ':']).to_lowercase()
}

/// How often the words stand in the text whose first letters `stem` is: whoever writes of the CFPB may write its name out.
fn spelt_out(plain: &str, stem: &str) -> usize {
    let letters: Vec<char> = stem.chars().collect();
    if !(3..=6).contains(&letters.len()) {
        return 0;
    }
    let is_it = |words: &[&str]| {
        let firsts = words.iter().filter_map(|word| word.chars().next());
        firsts.zip(&letters).all(|(first, letter)| first.is_uppercase() && first.to_lowercase().eq([*letter]))
    };
    let in_line = |line: &str| {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.windows(letters.len()).filter(|words| is_it(words)).count()
    };
    plain.lines().map(in_line).sum()
}
