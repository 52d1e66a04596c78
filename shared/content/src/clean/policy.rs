//! What of a text may be shown. The lists are the whole policy: what is not named here does not survive.

use std::ops::RangeInclusive;

use html5ever::{Attribute, LocalName, QualName, local_name, ns, tokenizer::states::RawKind};

use galley_api::printable;

use crate::{
    address,
    clean::{
        admitted::{Admits, Admitted},
        removed::{Removals, What},
    },
};

/// Ids and classes of a text begin with this, so that none can clobber or take the looks of the page around it.
pub(super) const OWN_PREFIX: &str = "content-";
/// What an editor or a highlighter says of a code's language (HTML, section 4.5.15).
const LANGUAGE_PREFIX: &str = "language-";
const LONGEST_CLASS: usize = 50;
/// RFC 5646, section 4.4.1.
const LONGEST_LANGUAGE: usize = 35;
/// A picture is so many pixels wide and high.
const MOST_PIXELS: u32 = 10_000;
pub(super) const REL: &str = "noopener noreferrer nofollow";

/// A list may begin at, and a point may have, a number of so many digits.
const MOST_COUNT: i32 = 999_999;
/// A cell reaches over at most so many columns and rows: a browser lays out every one of them.
const MOST_COLUMNS: i32 = 30;
const MOST_ROWS: i32 = 100;

const SHOWN: &[&str] = &[
    "p",
    "br",
    "hr",
    "strong",
    "em",
    "u",
    "s",
    "del",
    "ins",
    "sup",
    "sub",
    "kbd",
    "mark",
    "q",
    "ruby",
    "rt",
    "rp",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "figure",
    "figcaption",
    "code",
    "pre",
    "a",
    "img",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "div",
    "span",
];
/// Blocks of other names. What stood in one stays a block.
const BLOCKS: [&str; 19] = [
    "address", "article", "aside", "center", "details", "dialog", "dir", "fieldset", "footer", "header", "hgroup",
    "main", "menu", "nav", "search", "section", "summary", "form", "listing",
];

/// The name under which the parser's tree gets to know an element that says by another name what a shown one says.
pub(super) fn known_as(name: &LocalName) -> Option<LocalName> {
    Some(match &**name {
        "b" => local_name!("strong"),
        "i" | "cite" | "dfn" | "var" => local_name!("em"),
        "strike" => local_name!("s"),
        "tt" | "samp" => local_name!("code"),
        // Each stands on a line of its own.
        "legend" | "option" | "optgroup" => local_name!("div"),
        _ => return None,
    })
}

/// How an element of the parser's tree is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    As(LocalName),
    /// What stands in it is written, itself it is not.
    Unwritten,
}

impl Element {
    /// What its tags take at least.
    pub(super) fn tag_bytes(&self) -> usize {
        match self {
            Self::As(local_name!("br") | local_name!("hr") | local_name!("img")) => 4,
            Self::As(name) => 2 * name.len() + 5,
            Self::Unwritten => 0,
        }
    }
}

pub(super) fn element(name: &LocalName) -> Element {
    if SHOWN.contains(&&**name) {
        Element::As(name.clone())
    } else if BLOCKS.contains(&&**name) {
        Element::As(local_name!("div"))
    } else {
        Element::Unwritten
    }
}

/// What becomes of a tag before the parser's tree knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// It shapes the tree.
    Shapes,
    /// The text up to its end is text, whatever it looks like.
    Text(RawKind),
    /// It goes with its text.
    Vanishes(RawKind),
    /// All that follows is text.
    Plaintext,
    /// A box to tick: a sign stands for it.
    Box,
    /// It goes, and what stands in it stays.
    Goes,
}

pub(super) fn tag(name: &LocalName) -> Tag {
    match &**name {
        "script" => Tag::Vanishes(RawKind::ScriptData),
        "style" => Tag::Vanishes(RawKind::Rawtext),
        "title" | "textarea" => Tag::Text(RawKind::Rcdata),
        // Not "iframe" and its like, which are never shown either: one that is not closed would turn all that follows into text.
        "xmp" | "noscript" => Tag::Text(RawKind::Rawtext),
        "plaintext" => Tag::Plaintext,
        "input" => Tag::Box,
        known if SHOWN.contains(&known) || BLOCKS.contains(&known) => Tag::Shapes,
        _ => Tag::Goes,
    }
}

/// The attributes that an element keeps. What it loses is told.
///
/// # Errors
/// `Dropped` when the element cannot be shown to be where it may lead.
pub(super) fn attributes(
    name: &LocalName,
    all: Vec<Attribute>,
    admits: Admits<'_>,
    removed: &mut Removals,
) -> Result<Vec<Attribute>, Dropped> {
    let mut kept: Vec<Attribute> = Vec::new();
    let leads = *name == local_name!("img") && all.iter().any(|one| one.name.local == local_name!("src"));
    for one in all {
        let called = called(name, &one.name.local);
        match value(name, &one.name.local, &one.value) {
            Some(_) if kept.iter().any(|other| other.name.local == called) => {}
            Some(value) => {
                let value = if *one.value == *value { one.value } else { value.into() };
                kept.push(Attribute { name: QualName::new(None, ns!(), called), value });
            }
            None => match (&**name, &*one.name.local) {
                ("a", "href") => removed.add(What::Link, &one.value),
                ("img", "src") => removed.add(What::Picture, &one.value),
                // They are as they were, or say nothing that is seen.
                (_, "class" | "rel" | "target") => {}
                (_, lost) => removed.add(What::Attribute, lost),
            },
        }
    }
    let has = |wanted: LocalName| kept.iter().any(|one| one.name.local == wanted);
    if *name == local_name!("img") && !has(local_name!("src")) {
        if !leads {
            let words = kept.iter().find(|one| one.name.local == local_name!("alt"));
            removed.add(What::Picture, words.map_or("img", |words| &*words.value));
        }
        return Err(if matches!(admits, Admits::Only(_)) { Dropped::Stranger } else { Dropped::Empty });
    }
    if let Admits::Only(admitted) = admits {
        known(name, &mut kept, admitted, removed)?;
    }
    if *name == local_name!("a") {
        kept.push(attribute(local_name!("rel"), REL));
    }
    Ok(kept)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// A link or a picture that nobody placed.
    Stranger,
    /// A picture that is none.
    Empty,
}

/// Leaves an element that leads where it may, by the address that was admitted.
fn known(name: &LocalName, kept: &mut [Attribute], admitted: &Admitted, removed: &mut Removals) -> Result<(), Dropped> {
    let place = |wanted: LocalName| kept.iter().position(|one| one.name.local == wanted);
    let (at, is_link) = match *name {
        local_name!("a") => (place(local_name!("href")), true),
        local_name!("img") => (place(local_name!("src")), false),
        _ => return Ok(()),
    };
    let Some(one) = at.and_then(|at| kept.get_mut(at)) else { return Ok(()) };
    if is_link && one.value.starts_with('#') {
        return Ok(());
    }
    if is_link {
        let page = admitted.page(&one.value);
        let Some(page) = page else {
            removed.add(What::UnknownLink, &one.value);
            return Err(Dropped::Stranger);
        };
        one.value = page.into();
        return Ok(());
    }
    if admitted.shows(&one.value) {
        return Ok(());
    }
    removed.add(What::UnknownPicture, &one.value);
    Err(Dropped::Stranger)
}

pub(super) fn attribute(name: LocalName, value: &str) -> Attribute {
    Attribute { name: QualName::new(None, ns!(), name), value: value.into() }
}

/// The name under which an attribute is written.
fn called(tag: &str, name: &LocalName) -> LocalName {
    match (tag, &**name) {
        // All that is kept of a style is how a cell is aligned.
        (_, "style") => local_name!("align"),
        ("a", "name") => local_name!("id"),
        _ => name.clone(),
    }
}

/// What an attribute keeps of its value.
fn value(tag: &str, name: &str, value: &str) -> Option<String> {
    match (tag, name) {
        ("a", "href") => {
            let leads =
                address::link(value).is_some() || address::is_within(value) || address::article(value).is_some();
            leads.then(|| address::trimmed(value).to_owned())
        }
        ("img", "src") => address::web(value).map(|_| address::trimmed(value).to_owned()),
        ("a" | "img", "title") | ("img", "alt") => Some(printable::stripped(value)),
        ("img", "width" | "height") => is_pixels(value).then(|| value.to_owned()),
        ("div" | "span" | "li" | "a" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", "id") | ("a", "name") => {
            let bare = value.strip_prefix(OWN_PREFIX).unwrap_or(value);
            (!bare.is_empty()).then(|| format!("{OWN_PREFIX}{bare}"))
        }
        ("code", "class") => classes(value, LANGUAGE_PREFIX),
        ("div" | "span", "class") => classes(value, OWN_PREFIX),
        ("ol", "start") | ("li", "value") => number(value, -MOST_COUNT..=MOST_COUNT),
        ("ol", "type") => ["1", "a", "A", "i", "I"].contains(&value).then(|| value.to_owned()),
        ("td" | "th", "colspan") => number(value, 1..=MOST_COLUMNS),
        ("td" | "th", "rowspan") => number(value, 1..=MOST_ROWS),
        ("td" | "th", "align") => one_of(value, &["left", "center", "right"]),
        ("td" | "th", "style") => one_of(text_align(value)?, &["left", "center", "right"]),
        ("th", "scope") => one_of(value, &["col", "row", "colgroup", "rowgroup"]),
        (_, "dir") => one_of(value, &["ltr", "rtl", "auto"]),
        (_, "lang") => is_language(value).then(|| value.to_owned()),
        _ => None,
    }
}

fn number(value: &str, range: RangeInclusive<i32>) -> Option<String> {
    value.trim().parse().ok().filter(|number| range.contains(number)).map(|number: i32| number.to_string())
}

/// Keywords have no case (HTML, section 2.3.3).
fn one_of(value: &str, words: &[&str]) -> Option<String> {
    let value = value.trim().to_ascii_lowercase();
    words.contains(&value.as_str()).then_some(value)
}

/// The form of a language's tag (RFC 5646), of whatever kind: a browser makes nothing of one that it does not know.
fn is_language(tag: &str) -> bool {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.len() <= LONGEST_LANGUAGE && tag.split('-').all(is_part)
}

/// How a style aligns text.
fn text_align(style: &str) -> Option<&str> {
    let declared = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    declared.filter(|(name, _)| name.trim().eq_ignore_ascii_case("text-align")).map(|(_, value)| value).next()
}

fn is_pixels(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse().is_ok_and(|n: u32| (1..=MOST_PIXELS).contains(&n))
}

/// The classes that begin with `prefix`: those of the page around the text could hide it, or lay it over everything.
fn classes(value: &str, prefix: &str) -> Option<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+#._-".contains(c);
    let fits = |class: &&str| {
        class.len() <= LONGEST_CLASS
            && class.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_name))
    };
    let kept: Vec<&str> = value.split_ascii_whitespace().filter(fits).collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}
