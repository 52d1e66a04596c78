//! The lines of a conversation in the place of a text, each behind the name of who speaks.

use std::collections::HashMap;

use super::{
    text::{Finding, Text},
    words::{lower, share},
};
use crate::blockers::Blocker;

/// Of the blocks of prose, so many may be lines of a conversation: an interview has an introduction, and answers of several paragraphs.
const MOST_LINES: f64 = 0.85;
const LEAST_LINES: usize = 8;
/// More names are those of a list.
const MOST_SPEAKERS: usize = 4;
const LEAST_TURNS: usize = 3;
/// A longer name is the beginning of a sentence.
const LONGEST_NAME: usize = 30;
/// What is to be a conversation, by its topic.
const ASKED_FOR: &str = "interview q&a conversation dialog dialogue podcast transcript faq gespräch entretien entrevista intervista \
    gesprek wywiad rozmowa 访谈 对话 インタビュー 対談 会話 مقابلة حوار";

pub(super) fn instead_of_text(text: &Text<'_>) -> Option<Finding> {
    let subject = lower(&format!("{} {}", text.topic, text.title));
    if ASKED_FOR.split_whitespace().any(|word| subject.contains(word)) {
        return None;
    }
    let (mut all, mut lines) = (0, 0);
    let (mut turns, mut last, mut changes) = (HashMap::<&str, usize>::new(), "", 0);
    let mut first = None;
    for (at, block) in text.prose() {
        all += 1;
        let Some(name) = speaker(&block.text) else { continue };
        lines += 1;
        changes += usize::from(name != last);
        last = name;
        *turns.entry(name).or_default() += 1;
        first = first.or(Some((at, block.text.as_str())));
    }
    let (at, line) = first?;
    let speak = (2..=MOST_SPEAKERS).contains(&turns.len()) && turns.values().all(|times| *times >= LEAST_TURNS);
    // Who speaks answers another.
    (lines >= LEAST_LINES && speak && changes * 2 > lines && share(lines, all) > MOST_LINES)
        .then(|| text.finding(Blocker::NotProse, at, line))
}

/// Who speaks a line: a name of one or two words before a colon, and something said.
fn speaker(line: &str) -> Option<&str> {
    let (name, said) = line.split_once([':', '：'])?;
    let is_name = (1..=2).contains(&name.split_whitespace().count())
        && name.len() <= LONGEST_NAME
        && name.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '.' | '-' | '\''));
    (is_name && said.contains(char::is_alphabetic) && !said.starts_with("//")).then_some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, found};
    use super::*;

    fn spoken(names: &[&str], colon: &str) -> String {
        let lines = BEES.iter().zip(names.iter().cycle()).map(|(line, name)| format!("**{name}{colon}** {line}"));
        lines.collect::<Vec<_>>().join("\n\n")
    }

    #[test]
    fn the_lines_of_a_conversation_are_no_article_whatever_language_their_names_are_of() {
        for (names, colon) in [
            (vec!["Host", "Guest"], ":"),
            (vec!["Frau Kern", "Herr Auer"], ":"),
            (vec!["Animatrice", "Invité"], " :"),
            (vec!["主持人", "嘉宾"], "："),
            (vec!["司会", "ゲスト"], "："),
            (vec!["المذيع", "الضيف"], ":"),
        ] {
            let blockers = found("en", "A year with bees", &spoken(&names, colon));
            assert!(blockers.contains(&Blocker::NotProse), "{names:?} {blockers:?}");
        }
    }

    #[test]
    fn an_interview_that_was_asked_for_and_a_list_of_terms_are_let_through() {
        let is_found = |topic: &str, text: &str| found("en", topic, text).contains(&Blocker::NotProse);
        assert!(!is_found("Interview: a year with bees", &spoken(&["Host", "Guest"], ":")));
        let names = ["Hive", "Frame", "Brood", "Queen", "Swarm", "Box", "Honey", "Wax", "Mite", "Lid"];
        assert!(!is_found("A year with bees", &spoken(&names, ":")));
        assert!(!is_found("A year with bees", &spoken(&["Note"], ":")));
    }

    #[test]
    fn a_name_is_short_and_an_address_says_nothing() {
        assert_eq!(speaker("Ana: Good morning"), Some("Ana"));
        for line in ["https://bees.example", "Ana:", "The keeper said: come in", ": so", "a_name: b"] {
            assert_eq!(speaker(line), None, "{line}");
        }
    }
}
