//! The gate: detectors of causes for which a text is not to be published, each with what it found. They know a text's form, not
//! its truth. Pure and without a model, so the same text always gets the same verdict.
//! Invariant: a finding quotes the text, so that an editor sees what is meant.

mod commission;
mod copied;
mod declined;
mod dialogue;
mod ending;
mod garbled;
mod half_way;
mod judged;
mod language;
mod leftovers;
mod lexicon;
mod markup;
mod on_writing;
mod repetition;
mod review;
mod salad;
mod structure;
mod stuffing;
mod subject;
mod text;
#[cfg(test)]
mod tried;
mod turn;
mod words;

use std::collections::BTreeSet;

pub use text::{Finding, JudgesWord};

use self::text::{Sentence, Text};
use crate::{
    blockers::{Blocker, Finish},
    blocks,
    clean::{CleanHtml, Removal, What},
    language::Language,
    outline::OUTLINE_MARKER,
    quality::{Judge, Score},
    references::Reference,
    shape::Shape,
    text::{plain_text, word_count},
    words::is_dense,
};

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct GateInput<'a> {
    pub html: &'a CleanHtml,
    pub title: &'a str,
    pub topic: &'a str,
    pub language: Language,
    /// What the writer was told was found on the topic.
    pub sources: &'a [Reference],
}

/// Everything that speaks against the text, at most one finding of each cause.
pub fn findings(input: &GateInput<'_>) -> Vec<Finding> {
    let blocks = blocks::of(input.html);
    let is_dense = is_dense(&plain_text(input.html));
    let text = Text {
        blocks: &blocks,
        sentences: Sentence::all(&blocks, input.language.primary()),
        topic: input.topic,
        title: input.title,
        sources: input.sources,
        language: input.language,
        is_dense,
    };
    let detectors: [fn(&Text<'_>) -> Option<Finding>; 14] = [
        markup::instead_of_prose,
        language::of_another,
        leftovers::refusal,
        leftovers::chatter,
        leftovers::brief,
        on_writing::about_writing,
        leftovers::residue,
        repetition::found,
        salad::found,
        subject::missed_or_left,
        copied::from_a_source,
        stuffing::found,
        structure::heading_without_text,
        ending::breaks_off,
    ];
    detectors.iter().filter_map(|detector| detector(&text)).collect()
}

#[derive(Clone, Copy, Debug)]
pub struct BlockerInput<'a> {
    pub html: &'a CleanHtml,
    pub title: &'a str,
    pub topic: &'a str,
    pub language: Language,
    pub sources: &'a [Reference],
    pub target_length: u32,
    /// The form that the type of content has.
    pub shape: Shape,
    pub overall: Score,
    pub quality_bar: Score,
    pub finish: Finish,
    /// Links were followed, and some led to nothing.
    pub dead_references: usize,
    /// Pictures were taken out of the text.
    pub pictures_left_out: usize,
    /// What cleaning took out of the text.
    pub removed: &'a [Removal],
    pub judge: Option<&'a Judge>,
}

/// What keeps the text from publication: each cause once, in the order of `Blocker`; and what the gate found, with its places.
pub fn blockers(input: &BlockerInput<'_>) -> (Vec<Blocker>, Vec<Finding>) {
    let plain = plain_text(input.html);
    let words = word_count(&plain);
    let wanted = usize::try_from(input.target_length).unwrap_or(usize::MAX);
    // What says of itself that it is no article is held back for that alone.
    let is_outline = plain.contains(OUTLINE_MARKER);
    let found = if is_outline {
        Vec::new()
    } else {
        findings(&GateInput {
            html: input.html,
            title: input.title,
            topic: input.topic,
            language: input.language,
            sources: input.sources,
        })
    };
    let found = judged::beside(found, input.judge.filter(|_| !is_outline));
    let mut lost = lost(input.removed);
    if !has_empty_reference(input.html.as_str()) {
        // A link without words is not seen.
        lost.retain(|finding| finding.blocker != Blocker::EmptyReference);
    }
    let checks = [
        (Blocker::Truncated, input.finish == Finish::Truncated),
        (Blocker::Outline, is_outline),
        (Blocker::EmptyReference, has_empty_reference(input.html.as_str())),
        (Blocker::DeadReference, input.dead_references > 0),
        (Blocker::UnknownPicture, input.pictures_left_out > 0),
        (Blocker::TooShort, !is_outline && words.saturating_mul(10) < wanted.saturating_mul(6)),
        (Blocker::WrongForm, !is_outline && !input.shape.has_form(input.html)),
        (Blocker::BelowQualityBar, !is_outline && input.overall < input.quality_bar),
    ];
    let checked = checks.into_iter().filter(|(_, found)| *found).map(|(blocker, _)| blocker);
    let all: BTreeSet<Blocker> = checked.chain(found.iter().chain(&lost).map(|finding| finding.blocker)).collect();
    (all.into_iter().collect(), found.into_iter().chain(lost).collect())
}

/// More addresses that lead nowhere are not named.
const MOST_NAMED: usize = 5;

/// The addresses that a published article cannot lead to or show, by their names.
pub fn lost(removed: &[Removal]) -> Vec<Finding> {
    let of = |what: What, blocker: Blocker| {
        let all = removed.iter().filter(move |removal| removal.what == what).take(MOST_NAMED);
        all.map(move |removal| Finding {
            blocker,
            quote: removal.name.clone(),
            place: removal.place.clone(),
            judge: None,
        })
    };
    of(What::Link, Blocker::EmptyReference).chain(of(What::Picture, Blocker::EmptyPicture)).collect()
}

/// A link that a reader sees and that leads nowhere. One without a text is not seen.
fn has_empty_reference(html: &str) -> bool {
    html.split("<a").skip(1).any(|link| {
        let (tag, after) = link.split_once('>').unwrap_or((link, ""));
        let inner = after.split("</a>").next().unwrap_or_default();
        let is_link = tag.is_empty() || tag.starts_with(' ');
        is_link && !inner.trim().is_empty() && (!tag.contains("href=\"") || tag.contains("href=\"\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clean, kind::TaskType};

    const BODY: &str = "<p>Readers of this page want to see what a title can do for them. A good one names a thing and keeps its \
        word. Most bad ones promise more than anybody could write in an hour, or in a week.</p><p>So take your time with it, read \
        it aloud, and ask somebody who was not there whether they would go on. Nobody minds a second try.</p>";

    fn of(html: &str, overall: u8, finish: Finish) -> Vec<Blocker> {
        let read = clean::told(html).unwrap();
        blockers(&BlockerInput {
            html: &read.html,
            title: "A title",
            topic: "A title",
            language: Language::ENGLISH,
            sources: &[],
            target_length: 60,
            shape: Shape::of(TaskType::BlogPost),
            overall: Score::clamped(overall),
            quality_bar: Score::clamped(70),
            finish,
            dead_references: 0,
            pictures_left_out: 0,
            removed: &read.removed,
            judge: None,
        })
        .0
    }

    fn found(html: &str) -> Vec<Blocker> {
        of(&format!("{BODY}{html}"), 80, Finish::Complete)
    }

    #[test]
    fn a_finished_article_has_none() {
        assert_eq!(found("<p>Read <a href=\"https://example.com\">more</a>.</p>"), []);
    }

    #[test]
    fn each_fault_is_named() {
        assert_eq!(found("<p>Here is [IMAGE-1].</p>"), [Blocker::TemplateResidue]);
        assert_eq!(found(&format!("<p>{OUTLINE_MARKER}.</p>")), [Blocker::Outline]);
        let outline = of(&format!("<p>{OUTLINE_MARKER}.</p>"), 10, Finish::Complete);
        assert_eq!(
            outline,
            [Blocker::Outline],
            "what says of itself that it is no article is held back for that alone"
        );
        assert_eq!(found("<p><a>nowhere</a>.</p>"), [Blocker::EmptyReference]);
        assert_eq!(found("<p>And then,</p>"), [Blocker::Truncated]);
    }

    #[test]
    fn a_relative_link_and_a_picture_without_an_address_are_named() {
        assert_eq!(found("<p>See <a href=\"/docs/x\">the docs</a>.</p>"), [Blocker::EmptyReference]);
        assert_eq!(found("<h2>Part</h2><p>See <a href=\"#part\">it</a>.</p>"), []);
        for picture in ["data:image/png;base64,AA", "//x.example/a.png", "/a.png", "img/chart.png"] {
            assert_eq!(found(&format!("<p>See <img src=\"{picture}\" alt=\"Chart\">.</p>")), [Blocker::EmptyPicture]);
        }
        let read = clean::told("<h2>Set up</h2><a href=../x.md>x</a><img src=a.png><img src=a.png>").unwrap();
        let named: Vec<_> = lost(&read.removed).into_iter().map(|one| (one.quote, one.place)).collect();
        assert_eq!(named, [("../x.md".to_owned(), "Set up".to_owned()), ("a.png".to_owned(), "Set up".to_owned())]);
    }

    #[test]
    fn a_short_poor_and_truncated_text_has_three() {
        let found = of("<p>Short.</p>", 69, Finish::Truncated);
        assert_eq!(found, [Blocker::Truncated, Blocker::TooShort, Blocker::BelowQualityBar]);
    }
}
