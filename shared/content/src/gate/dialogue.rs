//! The lines of a conversation in the place of a text, each behind the name of who speaks.

use std::collections::HashMap;

use super::{
    text::{Finding, Text},
    words::{lower, share},
};
use crate::{blockers::Blocker, blocks::Kind};

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

/// What stands before a colon at the points of a list, and is nobody's name: those of a comparison, of errors, of questions.
const LABELS: &str = "myth fact facts reality truth claim pro pros con cons price cost verdict rating problem solution cause effect \
    symptom remedy fix mistake error risk benefit advantage advantages disadvantage disadvantages drawback drawbacks strengths \
    weaknesses before after tip note example warning reason result goal step do don't question answer q a what why how when where who \
    mythos fakt fakten wahrheit vorteil vorteile nachteil nachteile preis fazit lösung ursache folge fehler tipp beispiel frage antwort \
    mythe fait réalité vérité avantage avantages inconvénient inconvénients prix problème cause conseil exemple erreur réponse \
    mito hecho realidad verdad ventaja ventajas desventaja desventajas inconvenientes precio problema solución causa error consejo \
    ejemplo pregunta respuesta fatto realtà verità contro vantaggi svantaggi prezzo soluzione errore consiglio esempio domanda risposta \
    fato facto realidade verdade vantagens desvantagens prós contras preço solução erro dica exemplo pergunta resposta feit \
    werkelijkheid voordeel voordelen nadeel nadelen prijs probleem oplossing oorzaak gevolg fout voorbeeld vraag antwoord mit prawda \
    zalety wady cena rozwiązanie przyczyna skutek błąd porada przykład pytanie odpowiedź 误区 事实 真相 优点 缺点 价格 问题 解决 解决方案 \
    原因 建议 例子 问 答 誤解 事実 真実 長所 短所 メリット デメリット 価格 問題 解決 解決策 対策 例 خرافة الخرافة حقيقة الحقيقة المزايا العيوب السعر \
    المشكلة الحل مشكلة حل السبب سؤال جواب";

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
    (lines >= LEAST_LINES
        && speak
        && changes * 2 > lines
        && share(lines, all) > MOST_LINES
        && !is_parted(text, at, lines))
    .then(|| text.finding(Blocker::NotProse, at, line))
}

/// Whether headings stand between the lines throughout, one to a few of them: a conversation has none.
fn is_parted(text: &Text<'_>, first: usize, lines: usize) -> bool {
    let from = text.blocks.get(first.saturating_sub(1)..).unwrap_or_default();
    let headings = from.iter().filter(|block| matches!(block.kind, Kind::Heading(_))).count();
    headings * MOST_SPEAKERS >= lines
}

/// Who speaks a line: a name of one or two words before a colon, and something said.
fn speaker(line: &str) -> Option<&str> {
    let (name, said) = line.split_once([':', '：'])?;
    let is_name = (1..=2).contains(&name.split_whitespace().count())
        && name.len() <= LONGEST_NAME
        && name.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '.' | '-' | '\''));
    let label = lower(name.trim());
    let is_label = LABELS.split_whitespace().any(|known| known == label);
    (is_name && !is_label && said.contains(char::is_alphabetic) && !said.starts_with("//")).then_some(name.trim())
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

    #[test]
    fn the_points_of_a_list_are_no_speakers() {
        for (names, colon) in [
            (vec!["Myth", "Fact"], ":"),
            (vec!["Pros", "Cons", "Price"], ":"),
            (vec!["Problem", "Lösung"], ":"),
            (vec!["Mythe", "Réalité"], " :"),
            (vec!["Ventajas", "Desventajas"], ":"),
            (vec!["误区", "真相"], "："),
            (vec!["メリット", "デメリット"], "："),
            (vec!["المشكلة", "الحل"], ":"),
        ] {
            let blockers = found("en", "A year with bees", &spoken(&names, colon));
            assert!(!blockers.contains(&Blocker::NotProse), "{names:?} {blockers:?}");
        }
    }

    #[test]
    fn headings_between_the_lines_throughout_make_a_list_and_a_few_do_not() {
        let parted = |lines: usize| {
            let spoken = spoken(&["Wood", "Straw"], ":");
            let lines = spoken.split("\n\n").enumerate().map(|(nth, line)| {
                let heading = if nth % lines == 0 { "## A part\n\n" } else { "" };
                [heading, line, "\n\n"].concat()
            });
            found("en", "A year with bees", &lines.collect::<String>()).contains(&Blocker::NotProse)
        };
        assert!(!parted(2));
        assert!(!parted(4));
        assert!(parted(5));
        assert!(parted(10));
    }
}
