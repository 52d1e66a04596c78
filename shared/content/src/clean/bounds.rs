//! What reading a text may cost. Each bound is counted while the tokenizer and the tree builder run, so nothing has to guess
//! what they will do.

use std::cell::Cell;

/// Far more than anyone writes: a table in a table in a table in an e-mail has 30.
pub(super) const MAX_DEPTH: usize = 128;
/// A text of the greatest length with a tag for each word has half of it.
pub(super) const MAX_NODES: usize = 60_000;
/// A text is at most this long.
pub const MAX_HTML_BYTES: usize = 200 * 1024;
pub(super) const MAX_ATTRIBUTES: usize = 64;
/// A tag is known only at its end, and its attributes are compared with each other until then.
pub(super) const MAX_TAG_BYTES: usize = 32 * 1024;
/// Looks at elements that are open. An honest text of the greatest length takes a tenth of it.
pub(super) const MAX_STEPS: u64 = 6_000_000;

/// Why a text is not read: it would cost far more than it is long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    #[error("must not nest deeper than 128 elements")]
    Depth,
    #[error("must have at most 60000 elements and pieces of text")]
    Nodes,
    #[error("must be at most 200 KiB of HTML")]
    Bytes,
    #[error("must have at most 64 attributes in a tag")]
    Attributes,
    #[error("must have no tag longer than 32 KiB")]
    Tag,
    #[error("must close its elements where it opens them: reading it takes too long")]
    Steps,
    #[error("must nest its elements as HTML allows")]
    Unsettled,
    #[error("must not nest lists and quotes deeper than 40")]
    Blocks,
}

/// What was spent, and the first bound that was passed.
#[derive(Debug, Default)]
pub(super) struct Spent {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    steps: Cell<u64>,
    passed: Cell<Option<TooMuch>>,
}

impl Spent {
    pub(super) fn passed(&self) -> Option<TooMuch> {
        self.passed.get()
    }

    pub(super) fn pass(&self, bound: TooMuch) {
        if self.passed.get().is_none() {
            self.passed.set(Some(bound));
        }
    }

    pub(super) fn steps(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps as u64);
        if self.steps.get() > MAX_STEPS {
            self.pass(TooMuch::Steps);
        }
    }

    pub(super) fn node(&self) {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > MAX_NODES {
            self.pass(TooMuch::Nodes);
        }
    }

    pub(super) fn bytes(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes);
        if self.bytes.get() > MAX_HTML_BYTES {
            self.pass(TooMuch::Bytes);
        }
    }

    pub(super) fn depth(&self, depth: usize) {
        if depth > MAX_DEPTH {
            self.pass(TooMuch::Depth);
        }
    }

    #[cfg(test)]
    pub(super) fn steps_taken(&self) -> u64 {
        self.steps.get()
    }
}
