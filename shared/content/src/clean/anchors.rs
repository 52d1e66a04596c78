//! Places within a text: headings get ids from their words, and links within the text lead to what is there.
//! Invariant: every id begins with the prefix of a text's own, so none takes over a name of the page around it.

use std::collections::{HashMap, HashSet};

use html5ever::{Attribute, LocalName, local_name};

use crate::{
    clean::{
        policy::{self, Element, OWN_PREFIX},
        tree::{Tree, Visit},
    },
    latin::{self, Han},
};

/// A heading's words are read so far for its id.
const WORDS_BYTES: usize = 200;
const ID_BYTES: usize = 60;

/// Whether headings without an id get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    Given,
    /// What is stored stays as it is: an older text has none, and is none the worse.
    Kept,
}

/// What could not be placed.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Links within the text that lead to nothing.
    pub(super) links: Vec<String>,
    /// Ids that another element has.
    pub(super) ids: usize,
}

/// Places headings and links.
pub(super) fn place(tree: &Tree, ids: Ids) -> Lost {
    let found = Found::of(tree);
    let named = match ids {
        Ids::Given => found.named(),
        Ids::Kept => HashMap::new(),
    };
    let all: HashSet<&str> = found.ids.iter().chain(named.values()).map(String::as_str).collect();
    let (mut nth, mut seen, mut lost) = (0, HashSet::new(), Lost::default());
    tree.change(|element, attributes| {
        let Element::As(name) = element else { return };
        // An element that the parser had to open twice has its id once.
        let before = attributes.len();
        attributes.retain(|one| one.name.local != local_name!("id") || seen.insert(one.value.to_string()));
        lost.ids += before - attributes.len();
        if is_heading(name) {
            if let Some(id) = named.get(&nth) {
                attributes.push(policy::attribute(local_name!("id"), id));
            }
            nth += 1;
        }
        let Some(at) = attributes.iter().position(|one| one.name.local == local_name!("href")) else { return };
        let Some(link) = attributes.get_mut(at) else { return };
        let Some(fragment) = link.value.strip_prefix('#') else { return };
        match target(fragment, &all) {
            Some(id) => link.value = format!("#{id}").into(),
            None => lost.links.push(attributes.remove(at).value.to_string()),
        }
    });
    lost
}

fn is_heading(name: &LocalName) -> bool {
    matches!(&**name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// The id that `fragment` means: as it is, as it was before it got its prefix, or as a heading's words are spelt.
fn target(fragment: &str, all: &HashSet<&str>) -> Option<String> {
    let words = decoded(fragment);
    let spelt = latin::spelt(&words, None, Han::AsChinese, ID_BYTES);
    let candidates = [words.clone(), format!("{OWN_PREFIX}{words}"), format!("{OWN_PREFIX}{spelt}")];
    candidates.into_iter().find(|id| all.contains(id.as_str()))
}

/// Without the percent signs by which an address spells what is not ASCII.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| fragment.to_owned())
}

#[derive(Default)]
struct Found {
    ids: HashSet<String>,
    headings: Vec<Heading>,
}

struct Heading {
    has_id: bool,
    words: String,
}

impl Found {
    fn of(tree: &Tree) -> Self {
        let mut found = Self::default();
        let mut open = Vec::new();
        tree.walk(|visit| match visit {
            Visit::Start(Element::As(name), attributes) => {
                let id = attributes.iter().find(|one: &&Attribute| one.name.local == local_name!("id"));
                // The first of two elements has the id.
                let has_id = id.is_some_and(|id| found.ids.insert(id.value.to_string()));
                if is_heading(name) {
                    open.push(found.headings.len());
                    found.headings.push(Heading { has_id, words: String::new() });
                }
            }
            Visit::End(Element::As(name)) if is_heading(name) => {
                open.pop();
            }
            Visit::Text(text) => {
                let heading = open.last().and_then(|at| found.headings.get_mut(*at));
                if let Some(heading) = heading.filter(|heading| heading.words.len() < WORDS_BYTES) {
                    heading.words.push_str(text.get(..text.floor_char_boundary(WORDS_BYTES)).unwrap_or_default());
                }
            }
            Visit::Start(Element::Unwritten, _) | Visit::End(_) => {}
        });
        found
    }

    /// An id of its own for each heading that has words and none, by its place among the headings.
    fn named(&self) -> HashMap<usize, String> {
        let mut taken = self.ids.clone();
        let mut next: HashMap<String, usize> = HashMap::new();
        let mut named = HashMap::new();
        for (nth, heading) in self.headings.iter().enumerate() {
            if heading.has_id || heading.words.trim().is_empty() {
                continue;
            }
            let spelt = latin::spelt(&heading.words, None, Han::AsChinese, ID_BYTES);
            let stem = format!("{OWN_PREFIX}{}", if spelt.is_empty() { "section" } else { &spelt });
            let count = next.entry(stem.clone()).or_insert(0);
            let mut id = stem.clone();
            while !taken.insert(id.clone()) {
                *count += 1;
                id = format!("{stem}-{count}");
            }
            named.insert(nth, id);
        }
        named
    }
}
