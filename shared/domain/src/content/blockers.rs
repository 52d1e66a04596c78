//! Hard blockers: what keeps a draft from publication, whoever approves it, unless an admin overrides on record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::content::{clean::CleanHtml, outline::OUTLINE_MARKER, quality::Score, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocker {
    Truncated,
    TemplateResidue,
    Outline,
    EmptyReference,
    DeadReference,
    UnknownPicture,
    TooShort,
    BelowQualityBar,
}

impl Blocker {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::TemplateResidue => "template_residue",
            Self::Outline => "outline",
            Self::EmptyReference => "empty_reference",
            Self::DeadReference => "dead_reference",
            Self::UnknownPicture => "unknown_picture",
            Self::TooShort => "too_short",
            Self::BelowQualityBar => "below_quality_bar",
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the text breaks off before its end",
            Self::TemplateResidue => "a placeholder was left in the text",
            Self::Outline => "the text is the built-in generator's outline, not an article",
            Self::EmptyReference => "a link leads nowhere or has no text",
            Self::DeadReference => "a link leads to a page that is not there",
            Self::UnknownPicture => "the writer showed a picture that nobody had placed; it was taken out",
            Self::TooShort => "the text has less than 60 % of the length asked for",
            Self::BelowQualityBar => "the quality score is under the tenant's bar",
        })
    }
}

/// Whether the writer came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    Complete,
    Truncated,
}

#[derive(Clone, Copy, Debug)]
pub struct BlockerInput<'a> {
    pub html: &'a CleanHtml,
    pub title: &'a str,
    pub target_length: u32,
    pub overall: Score,
    pub quality_bar: Score,
    pub finish: Finish,
    /// Links were followed, and some led to nothing.
    pub dead_references: usize,
    /// Pictures were taken out of the text.
    pub pictures_left_out: usize,
}

/// What models and templates leave behind, in lower case.
const RESIDUE: [&str; 10] = [
    "[image-",
    "[insert ",
    "[your ",
    "{{",
    "}}",
    "lorem ipsum",
    "as an ai language model",
    "[placeholder",
    "[todo",
    "<|",
];

pub fn blockers(input: &BlockerInput<'_>) -> Vec<Blocker> {
    let plain = text::plain_text(input.html);
    let lower = format!("{}\n{plain}", input.title).to_lowercase();
    let words = text::word_count(&plain);
    let wanted = usize::try_from(input.target_length).unwrap_or(usize::MAX);
    let checks = [
        (Blocker::Truncated, input.finish == Finish::Truncated || breaks_off(&plain)),
        (Blocker::TemplateResidue, RESIDUE.iter().any(|residue| lower.contains(residue))),
        (Blocker::Outline, plain.contains(OUTLINE_MARKER)),
        (Blocker::EmptyReference, has_empty_reference(input.html.as_str())),
        (Blocker::DeadReference, input.dead_references > 0),
        (Blocker::UnknownPicture, input.pictures_left_out > 0),
        (Blocker::TooShort, words.saturating_mul(10) < wanted.saturating_mul(6)),
        (Blocker::BelowQualityBar, input.overall < input.quality_bar),
    ];
    checks.into_iter().filter(|(_, found)| *found).map(|(blocker, _)| blocker).collect()
}

/// A last line that ends in the middle of a sentence.
fn breaks_off(plain: &str) -> bool {
    plain.trim_end().ends_with([',', ';', '(', '–', '-', '…']) || plain.trim_end().ends_with(" and")
}

/// A link without a target or without a text.
fn has_empty_reference(html: &str) -> bool {
    html.split("<a").skip(1).any(|link| {
        let (tag, after) = link.split_once('>').unwrap_or((link, ""));
        let inner = after.split("</a>").next().unwrap_or_default();
        let is_link = tag.is_empty() || tag.starts_with(' ');
        is_link && (!tag.contains("href=\"") || tag.contains("href=\"\"") || (inner.trim().is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::clean::clean;

    fn found(html: &str) -> Vec<Blocker> {
        let words = "Plain words that fill the page. ".repeat(40);
        blockers(&BlockerInput {
            html: &clean(&format!("<p>{words}</p>{html}")).unwrap(),
            title: "A title",
            target_length: 200,
            overall: Score::clamped(80),
            quality_bar: Score::clamped(70),
            finish: Finish::Complete,
            dead_references: 0,
            pictures_left_out: 0,
        })
    }

    #[test]
    fn a_finished_article_has_none() {
        assert_eq!(found("<p>Read <a href=\"https://example.com\">more</a>.</p>"), []);
    }

    #[test]
    fn each_fault_is_named() {
        assert_eq!(found("<p>Here is [IMAGE-1].</p>"), [Blocker::TemplateResidue]);
        assert_eq!(found(&format!("<p>{OUTLINE_MARKER}.</p>")), [Blocker::Outline]);
        assert_eq!(found("<p><a>nowhere</a>.</p>"), [Blocker::EmptyReference]);
        assert_eq!(found("<p>And then,</p>"), [Blocker::Truncated]);
    }

    #[test]
    fn a_short_poor_and_truncated_text_has_three() {
        let input = BlockerInput {
            html: &clean("<p>Short.</p>").unwrap(),
            title: "A title",
            target_length: 200,
            overall: Score::clamped(69),
            quality_bar: Score::clamped(70),
            finish: Finish::Truncated,
            dead_references: 0,
            pictures_left_out: 0,
        };
        assert_eq!(blockers(&input), [Blocker::Truncated, Blocker::TooShort, Blocker::BelowQualityBar]);
    }
}
