//! A text as the detectors look at it, and what they say of it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{
    lexicon::{Lexicon, Word},
    words,
};
use crate::{
    blockers::Blocker,
    blocks::{self, Block},
    cut,
    language::Language,
    quality::Score,
    references::Reference,
    stop_words,
};

/// A quote is as long as an editor needs to find the place.
const QUOTE_CHARS: usize = 160;
const PLACE_CHARS: usize = 100;

/// What speaks against a text, where, and in which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub blocker: Blocker,
    /// From the text; empty where the whole text is meant.
    pub quote: String,
    /// The heading under which it stands; empty before the first.
    pub place: String,
    /// What the model that judged the text says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgesWord>,
}

/// A model's score for what a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JudgesWord {
    pub model: String,
    /// The score's name, as in `quality`.
    pub criterion: String,
    pub score: Score,
    /// Whether the model finds good what is held back: then a person should look closely.
    pub contradicts: bool,
}

/// A sentence of the prose.
pub(super) struct Sentence<'a> {
    /// Of its block.
    pub(super) at: usize,
    pub(super) text: &'a str,
    /// In small letters, with one kind of apostrophe.
    pub(super) lower: String,
    pub(super) words: Vec<Rc<Word>>,
    /// The same without those of addresses, where it has any.
    outside_addresses: Option<Vec<Rc<Word>>>,
}

impl<'a> Sentence<'a> {
    pub(super) fn all(blocks: &'a [Block], language: &'a str) -> Vec<Self> {
        let mut lexicon = Lexicon::of(language);
        let prose = blocks.iter().enumerate().filter(|(_, block)| block.is_prose());
        let each = prose.flat_map(|(at, block)| words::sentences(&block.text).into_iter().map(move |text| (at, text)));
        each.map(|(at, text)| {
            let is_address = |part: &&str| part.contains("://");
            let outside_addresses = is_address(&text).then(|| {
                text.split_whitespace().filter(|part| !is_address(part)).flat_map(|part| lexicon.words(part)).collect()
            });
            Self { at, text, lower: words::lower(text), words: lexicon.words(text), outside_addresses }
        })
        .collect()
    }

    /// What a reader reads of it: nobody reads out an address.
    pub(super) fn said(&self) -> &[Rc<Word>] {
        self.outside_addresses.as_ref().unwrap_or(&self.words)
    }
}

/// A text in the forms that detectors look at.
pub(super) struct Text<'a> {
    pub(super) blocks: &'a [Block],
    /// Those of the prose, in their order.
    pub(super) sentences: Vec<Sentence<'a>>,
    /// What the reader sees as its subject: the topic that was asked for, and the title.
    pub(super) topic: &'a str,
    pub(super) title: &'a str,
    pub(super) sources: &'a [Reference],
    pub(super) language: Language,
    /// Whether it is written without spaces, so that each character counts as a word.
    pub(super) is_dense: bool,
}

impl Text<'_> {
    pub(super) fn prose(&self) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks.iter().enumerate().filter(|(_, block)| block.is_prose())
    }

    /// The last block that is no footnote: those stand behind a text, however it ends.
    pub(super) fn end(&self) -> Option<(usize, &Block)> {
        self.blocks.iter().enumerate().rfind(|(_, block)| !block.is_note)
    }

    pub(super) fn has_notes(&self) -> bool {
        self.blocks.iter().any(|block| block.is_note)
    }

    /// Whether a word says nothing of a subject.
    pub(super) fn is_common(&self, word: &str) -> bool {
        let primary = self.language.primary();
        stop_words::has("en", word) || (primary != "en" && stop_words::has(primary, word))
    }

    /// A finding in the block at `at`.
    pub(super) fn finding(&self, blocker: Blocker, at: usize, quote: &str) -> Finding {
        Finding {
            blocker,
            quote: cut::beginning(quote, QUOTE_CHARS).to_owned(),
            place: cut::beginning(blocks::heading_over(self.blocks, at), PLACE_CHARS).to_owned(),
            judge: None,
        }
    }
}
