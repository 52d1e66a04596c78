//! What cleaning takes out of a text, told to whoever wrote it.

use serde::{Deserialize, Serialize};

use galley_api::printable;

use crate::cut;

/// What is taken out of more kinds than these is told as one.
const MOST_KINDS: usize = 20;
const NAME_CHARS: usize = 120;
const PLACE_CHARS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CleanedWhat))]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Its tags; what stood in it stays, but for scripts and styles.
    Element,
    Attribute,
    /// An address that leads nowhere from a published article; the link's words stay.
    Link,
    /// A picture without an address on the web.
    Picture,
    /// A link of a model's that nobody found; its words stay.
    UnknownLink,
    /// A picture of a model's that nobody had placed.
    UnknownPicture,
    /// The Markdown, too long to be kept beside its HTML.
    Source,
    /// Of any kind, after the first ones.
    More,
}

/// What was taken out, how often, and where for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Cleaned))]
pub struct Removal {
    pub what: What,
    /// The name of the element or attribute, or the address.
    pub name: String,
    pub count: u32,
    /// The heading under which it stood first; empty before the first heading.
    #[serde(rename = "where")]
    pub place: String,
}

impl Removal {
    pub fn source() -> Self {
        Self { what: What::Source, name: "markdown".to_owned(), count: 1, place: String::new() }
    }
}

/// Gathers what is taken out while a text is read.
#[derive(Debug, Default)]
pub(super) struct Removals {
    all: Vec<Removal>,
    heading: String,
    /// The words of a heading that is open.
    open: Option<String>,
}

impl Removals {
    pub(super) fn heading(&mut self, starts: bool) {
        match self.open.take() {
            Some(words) if !starts => self.heading = printable::stripped(cut::beginning(words.trim(), PLACE_CHARS)),
            _ => self.open = starts.then(String::new),
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if let Some(open) = self.open.as_mut().filter(|open| open.len() < 4 * PLACE_CHARS) {
            open.push_str(cut::beginning(text, PLACE_CHARS));
        }
    }

    pub(super) fn add(&mut self, what: What, name: &str) {
        let name = printable::stripped(cut::beginning(name.trim(), NAME_CHARS));
        let known = self.all.iter_mut().find(|one| one.what == what && one.name == name);
        if let Some(known) = known {
            known.count = known.count.saturating_add(1);
        } else if self.room(what) {
            self.all.push(Removal { what, name, count: 1, place: self.heading.clone() });
        } else {
            self.more();
        }
    }

    /// Links and pictures keep a text from publication: they are counted apart, so that no other kinds hide them.
    fn room(&self, what: What) -> bool {
        let holds_back = |what: What| matches!(what, What::Link | What::Picture);
        let named = self.all.iter().filter(|one| one.what != What::More && holds_back(one.what) == holds_back(what));
        named.count() < MOST_KINDS - 1
    }

    /// Counts a removal whose kind is not named any more.
    fn more(&mut self) {
        if let Some(more) = self.all.iter_mut().find(|one| one.what == What::More) {
            more.count = more.count.saturating_add(1);
        } else {
            let place = self.heading.clone();
            self.all.push(Removal { what: What::More, name: String::new(), count: 1, place });
        }
    }

    pub(super) fn into_vec(self) -> Vec<Removal> {
        self.all
    }
}
