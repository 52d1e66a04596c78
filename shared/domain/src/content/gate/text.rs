//! A text as the detectors look at it, and what they say of it.

use serde::{Deserialize, Serialize};

use crate::content::{
    blockers::Blocker,
    blocks::{Block, Kind},
    cut,
    references::Reference,
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
}

/// A text in the forms that detectors look at.
pub(super) struct Text<'a> {
    pub(super) blocks: Vec<Block>,
    /// What the reader sees as its subject: the topic that was asked for, and the title.
    pub(super) topic: &'a str,
    pub(super) title: &'a str,
    pub(super) sources: &'a [Reference],
}

impl Text<'_> {
    pub(super) fn prose(&self) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks.iter().enumerate().filter(|(_, block)| block.is_prose())
    }

    /// A finding in the block at `at`.
    pub(super) fn finding(&self, blocker: Blocker, at: usize, quote: &str) -> Finding {
        let before = self.blocks.get(..at.saturating_add(1)).unwrap_or_default();
        let heading = before.iter().rev().find(|block| matches!(block.kind, Kind::Heading(_)));
        Finding {
            blocker,
            quote: cut::beginning(quote, QUOTE_CHARS).to_owned(),
            place: heading.map(|block| cut::beginning(&block.text, PLACE_CHARS).to_owned()).unwrap_or_default(),
        }
    }
}
