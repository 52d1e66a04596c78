//! A judgement of a text in the place of the text: scores for what texts are judged by.

use std::collections::HashSet;

use super::text::{Finding, Text};
use crate::blockers::Blocker;

/// So many criteria have a score.
const LEAST_SCORED: usize = 3;
/// What texts are judged by. What games and restaurants are judged by is not among it.
const CRITERIA: [&str; 44] = [
    "clarity",
    "accuracy",
    "completeness",
    "relevance",
    "readability",
    "coherence",
    "grammar",
    "originality",
    "tone",
    "engagement",
    "seo",
    "klarheit",
    "genauigkeit",
    "vollständigkeit",
    "relevanz",
    "lesbarkeit",
    "grammatik",
    "clarté",
    "exactitude",
    "pertinence",
    "lisibilité",
    "grammaire",
    "claridad",
    "precisión",
    "relevancia",
    "legibilidad",
    "gramática",
    "chiarezza",
    "accuratezza",
    "leggibilità",
    "grammatica",
    "clareza",
    "precisão",
    "helderheid",
    "leesbaarheid",
    "jasność",
    "dokładność",
    "清晰度",
    "准确性",
    "可读性",
    "明瞭さ",
    "正確さ",
    "الوضوح",
    "الدقة",
];

pub(super) fn in_place_of_text(text: &Text<'_>) -> Option<Finding> {
    let scored: Vec<(usize, &str)> =
        text.sentences.iter().flat_map(|one| criteria(&one.lower).map(move |name| (one.at, name))).collect();
    let (at, _) = scored.first()?;
    let names: HashSet<&str> = scored.iter().map(|(_, name)| *name).collect();
    let quote = text.blocks.get(*at).map(|block| block.text.as_str()).unwrap_or_default();
    (names.len() >= LEAST_SCORED).then(|| text.finding(Blocker::AboutWriting, *at, quote))
}

/// The criteria that have a score behind them: `clarity: 90`, `tone – 8/10`.
fn criteria(lower: &str) -> impl Iterator<Item = &'static str> {
    CRITERIA.iter().copied().filter(move |name| {
        lower.match_indices(*name).any(|(at, _)| {
            let before = lower.get(..at).and_then(|before| before.chars().last());
            let behind = lower.get(at + name.len()..).unwrap_or_default().trim_start_matches(' ');
            let score = behind.strip_prefix([':', '：', '–', '-', '=']).map(str::trim_start).unwrap_or_default();
            before.is_none_or(|c| !c.is_alphanumeric()) && score.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, found};
    use super::*;

    const TOPIC: &str = "How a keeper looks after a hive of bees";

    #[test]
    fn scores_of_a_text_are_no_text() {
        for scores in [
            "- Clarity: 90. It reads well.\n- Accuracy: 70. One source is missing.\n- Tone – 8/10.",
            "Klarheit: 8 von 10. Lesbarkeit: 7. Grammatik: 9.",
            "清晰度：90。准确性：80。可读性：75。",
        ] {
            assert_eq!(
                found("en", TOPIC, &format!("{}\n\n{scores}", BEES.join(" "))),
                [Blocker::AboutWriting],
                "{scores}"
            );
        }
    }

    #[test]
    fn scores_of_something_else_and_criteria_without_one_are_let_through() {
        for scores in [
            "- Taste: 9/10\n- Smell: 7/10\n- Clarity: 8/10",
            "Clarity, accuracy: both matter to a keeper. Completeness: nobody has it.",
        ] {
            assert_eq!(found("en", TOPIC, &format!("{}\n\n{scores}", BEES.join(" "))), [], "{scores}");
        }
    }
}
