//! A cleaned text as the blocks that a reader sees one after another.

use crate::{clean::CleanHtml, text};

/// How a footnote is named once it is cleaned.
const NOTE_ID: &str = "id=\"content-fn-";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// With its level, 1 to 6.
    Heading(u8),
    #[default]
    Paragraph,
    Item,
    Cell,
    Code,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub kind: Kind,
    /// Its words on one line; a code block's as they are.
    pub text: String,
    /// The same without what is marked as code.
    pub outside_code: String,
    /// Whether it is marked as somebody else's words.
    pub is_quoted: bool,
    /// Whether it is a footnote, which stands behind the text that it belongs to.
    pub is_note: bool,
}

impl Block {
    /// Whether sentences are to be expected in it.
    pub const fn is_prose(&self) -> bool {
        matches!(self.kind, Kind::Paragraph | Kind::Item)
    }
}

/// The heading under which the block at `at` stands; empty before the first.
pub(crate) fn heading_over(blocks: &[Block], at: usize) -> &str {
    let before = blocks.get(..at.saturating_add(1)).unwrap_or_default();
    let heading = before.iter().rev().find(|block| matches!(block.kind, Kind::Heading(_)));
    heading.map(|block| block.text.as_str()).unwrap_or_default()
}

/// The blocks of `html` in their order. Empty ones are left out.
pub fn of(html: &CleanHtml) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut rest = html.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        reader.push(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        reader.pass(tag);
        rest = after;
    }
    reader.push(rest);
    reader.end(Kind::Paragraph);
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    kind: Kind,
    open: String,
    outside_code: String,
    in_code: bool,
    /// How many quotations are open.
    quotes: usize,
    /// How many points of lists are open, from that of a footnote on.
    note_items: usize,
}

impl Reader {
    fn push(&mut self, text: &str) {
        self.open.push_str(text);
        if !self.in_code {
            self.outside_code.push_str(text);
        }
    }

    fn pass(&mut self, tag: &str) {
        let is_end = tag.starts_with('/');
        let name = tag.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let begins = match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                Kind::Heading(name.as_bytes().get(1).map_or(6, |digit| digit - b'0'))
            }
            "li" | "dd" => Kind::Item,
            // What is named in a table or under a picture is no sentence.
            "td" | "th" | "caption" | "dt" | "figcaption" => Kind::Cell,
            "pre" => Kind::Code,
            // A paragraph of an item is the item.
            "p" if self.kind == Kind::Item && !is_end && self.open.trim().is_empty() => return,
            "p" | "ul" | "ol" | "dl" | "blockquote" | "div" | "table" | "tr" | "figure" | "hr" => Kind::Paragraph,
            "br" => {
                self.push(" ");
                return;
            }
            "q" => {
                self.push("\"");
                return;
            }
            "code" => {
                self.in_code = !is_end;
                return;
            }
            _ => return,
        };
        self.end(if is_end { Kind::Paragraph } else { begins });
        if name == "li" && (self.note_items > 0 || tag.contains(NOTE_ID)) {
            self.note_items = if is_end { self.note_items.saturating_sub(1) } else { self.note_items + 1 };
        }
        if name == "blockquote" {
            self.quotes = if is_end { self.quotes.saturating_sub(1) } else { self.quotes + 1 };
        }
    }

    /// Ends what is open, and begins the next.
    fn end(&mut self, next: Kind) {
        let line = |text: &str| text::decoded(text).split_whitespace().collect::<Vec<_>>().join(" ");
        let text = match self.kind {
            Kind::Code => text::decoded(&self.open).trim_end().to_owned(),
            _ => line(&self.open),
        };
        if !text.is_empty() {
            let (outside_code, is_quoted) = (line(&self.outside_code), self.quotes > 0);
            self.blocks.push(Block { kind: self.kind, text, outside_code, is_quoted, is_note: self.note_items > 0 });
        }
        self.open.clear();
        self.outside_code.clear();
        self.kind = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown;

    fn read(markdown: &str) -> Vec<(Kind, String)> {
        of(&markdown::to_html(markdown).unwrap()).into_iter().map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn every_block_is_read_once_in_its_order() {
        let blocks =
            read("Why *so*.\n\n## Part &amp; one\n\n- a\n- b **c**\n\n```\nlet x = 1;\n```\n\n> Quoted.\n\nEnd.");
        let expected = [
            (Kind::Paragraph, "Why so."),
            (Kind::Heading(2), "Part & one"),
            (Kind::Item, "a"),
            (Kind::Item, "b c"),
            (Kind::Code, "let x = 1;"),
            (Kind::Paragraph, "Quoted."),
            (Kind::Paragraph, "End."),
        ];
        assert_eq!(blocks, expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn a_loose_list_has_its_items_and_a_table_its_cells() {
        assert_eq!(read("1. one\n\n2. two\n").iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Kind::Item; 2]);
        let table = read("| a | b |\n| - | - |\n| c | d |\n");
        assert!(table.iter().all(|(kind, _)| *kind == Kind::Cell) && table.len() == 4, "{table:?}");
    }

    #[test]
    fn a_footnote_is_known_to_its_end() {
        let blocks =
            of(&markdown::to_html("One.[^a]\n\nTwo.\n\n[^a]: A note.\n\n    - with a point\n\n    and more.\n")
                .unwrap());
        let told: Vec<(&str, bool)> = blocks.iter().map(|block| (block.text.as_str(), block.is_note)).collect();
        let expected =
            [("One.1", false), ("Two.", false), ("A note.", true), ("with a point", true), ("and more.", true)];
        assert_eq!(told, expected);
        assert!(of(&markdown::to_html("- one\n- two").unwrap()).iter().all(|block| !block.is_note));
    }
}
