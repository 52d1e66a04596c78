//! Text that says the same again: blocks, sentences, or runs of words.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::{
    lexicon::Word,
    text::{Finding, Sentence, Text},
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
    let (mut seen, mut all, mut repeated) = (HashMap::<Vec<u32>, usize>::new(), 0, 0);
    let mut first: Option<(usize, &str)> = None;
    for sentence in text.sentences.iter().filter(|sentence| sentence.said().len() >= least(text)) {
        let words = sentence.said();
        let count = words.len();
        all += count;
        // Several people are asked the same.
        if sentence.text.ends_with(['?', '？', '؟']) {
            continue;
        }
        let is_of_a_version = names_a_version(sentence.text);
        let key = words.iter().map(|word| if is_of_a_version { word.number } else { varied(word) });
        let times = seen.entry(key.collect::<Vec<u32>>()).or_default();
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
const fn varied(word: &Word) -> u32 {
    if word.is_numeric { u32::MAX } else { word.number }
}

/// Whether a version of a program is named, as `2.7.3` or `15.x`: a list of versions says the same of each.
fn names_a_version(sentence: &str) -> bool {
    sentence.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '(' | ')' | '（' | '、')).any(|word| {
        let mut parts = word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).trim_start_matches('v').split('.');
        let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
        major.is_some_and(is_number)
            && (minor == Some("x") || (minor.is_some_and(is_number) && patch.is_some_and(is_number)))
    })
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
        let words: Vec<&Word> = block.iter().flat_map(Sentence::said).map(Rc::as_ref).collect();
        let numbers: Vec<u32> = words.iter().map(|word| word.number).collect();
        (block.first().map_or(0, |sentence| sentence.at), words, numbers)
    });
    let blocks: Vec<_> = blocks.collect();
    let blank = if text.is_dense { "" } else { " " };
    for (at, words, numbers) in &blocks {
        for (run, said) in numbers.windows(least(text)).zip(words.windows(least(text))) {
            all += 1;
            if !seen.insert(run) {
                repeated += 1;
                first = first.or_else(|| {
                    let run: Vec<&str> = said.iter().map(|word| word.lower.as_str()).collect();
                    Some((*at, run.join(blank)))
                });
            }
        }
    }
    let (at, run) = first?;
    (all >= 40 && share(repeated, all) > MOST_REPEATED).then(|| text.finding(Blocker::Repetition, at, &run))
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, found};
    use super::*;

    #[test]
    fn a_list_of_versions_and_of_addresses_says_nothing_again() {
        let lines = |line: &str| (0..8).map(|nth| line.replace("{}", &nth.to_string())).collect::<Vec<_>>().join("\n");
        let versions = lines("- Hivewatch 2.{}.1 and all earlier versions of the 2.{} series are affected");
        let addresses = lines("- <https://bees.example/pub/hivewatch/stable/archive/hivewatch-{}.tar.gz>");
        for list in [versions, addresses] {
            let text = format!("{}\n\n{list}\n", BEES.join(" "));
            assert_eq!(found("en", "How a keeper looks after a hive of bees", &text), [], "{list}");
        }
    }

    #[test]
    fn filler_with_another_number_each_time_is_still_said_again() {
        for point in [
            "- Point {}: a keeper should never forget how important this is for bees.",
            "- Point 2.{}: a keeper should never forget how important this is.",
        ] {
            let filler: Vec<String> = (0..9).map(|nth| point.replace("{}", &nth.to_string())).collect();
            let text = format!("{}\n\n{}\n", BEES.join(" "), filler.join("\n"));
            assert!(
                found("en", "How a keeper looks after a hive of bees", &text).contains(&Blocker::Repetition),
                "{point}"
            );
        }
    }

    #[test]
    fn a_version_has_three_numbers_or_stands_for_all_of_a_line() {
        for (text, is_one) in
            [("Ruby 2.7.3", true), ("v14.x,", true), ("15.x", true), ("3.5 %", false), ("2.", false), ("e.g.", false)]
        {
            assert_eq!(names_a_version(text), is_one, "{text}");
        }
    }
}
