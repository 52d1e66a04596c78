//! Writes a tree as HTML, and turns bare addresses of the web into links.

use std::sync::LazyLock;

use html5ever::{
    Attribute, LocalName, QualName, local_name, ns,
    serialize::{HtmlSerializer, SerializeOpts, Serializer},
};
use linkify::{LinkFinder, LinkKind};

use crate::{
    address,
    clean::{
        admitted::Admits,
        policy::{self, Element},
        tree::{Tree, Visit},
    },
};

static FINDER: LazyLock<LinkFinder> = LazyLock::new(|| {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
});

pub(super) fn write(tree: &Tree, admits: Admits<'_>) -> String {
    let serializer = HtmlSerializer::new(Vec::new(), SerializeOpts::default());
    let mut out = Writer { serializer, run: String::new(), literal: 0, admits };
    tree.walk(|visit| match visit {
        Visit::Start(Element::As(name), attributes) => out.start(name, attributes),
        Visit::End(Element::As(name)) => out.end(name),
        Visit::Text(text) => out.run.push_str(text),
        Visit::Start(Element::Unwritten, _) | Visit::End(Element::Unwritten) => {}
    });
    out.flush();
    String::from_utf8(out.serializer.writer).unwrap_or_default()
}

struct Writer<'a> {
    serializer: HtmlSerializer<Vec<u8>>,
    /// Text up to the next tag. What stood in elements that are not written is one text with what stands around them.
    run: String,
    /// Elements that are open and in which an address stays as it is.
    literal: usize,
    admits: Admits<'a>,
}

fn is_literal(name: &LocalName) -> bool {
    matches!(*name, local_name!("a") | local_name!("code") | local_name!("pre"))
}

/// Punctuation that is written wide, and quotes.
fn ends_an_address(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
        | '\u{ff5b}'..='\u{ff65}' | '\u{2018}'..='\u{201f}' | '\u{2026}')
}

fn html(name: &LocalName) -> QualName {
    QualName::new(None, ns!(html), name.clone())
}

/// Writing into memory cannot fail.
impl Writer<'_> {
    fn start(&mut self, name: &LocalName, attributes: &[Attribute]) {
        self.flush();
        self.literal += usize::from(is_literal(name));
        drop(self.serializer.start_elem(html(name), attributes.iter().map(|one| (&one.name, &*one.value))));
    }

    fn end(&mut self, name: &LocalName) {
        self.flush();
        self.literal -= usize::from(is_literal(name));
        drop(self.serializer.end_elem(html(name)));
    }

    fn flush(&mut self) {
        let run = std::mem::take(&mut self.run);
        if self.literal > 0 {
            drop(self.serializer.write_text(&run));
            return;
        }
        // No address of the web goes on after the punctuation of Chinese and Japanese, which stands without a blank.
        for part in run.split_inclusive(ends_an_address) {
            self.linked(part);
        }
    }

    fn linked(&mut self, text: &str) {
        for span in FINDER.spans(text) {
            let piece = span.as_str();
            let end = piece.find(|c: char| c.is_whitespace() || "<>\"".contains(c) || ends_an_address(c));
            let (candidate, tail) = piece.split_at(end.unwrap_or(piece.len()));
            let Some(url) = address::web(candidate).filter(|_| span.kind().is_some()) else {
                drop(self.serializer.write_text(piece));
                continue;
            };
            match self.admits.link(&url, candidate) {
                // Where it may not lead there, only the host is left: an address would be made a link by the next reading.
                None => {
                    drop(self.serializer.write_text(url.host_str().unwrap_or_default()));
                    drop(self.serializer.write_text(tail));
                }
                Some(address) => {
                    let link = html(&local_name!("a"));
                    let attributes = [
                        policy::attribute(local_name!("href"), address),
                        policy::attribute(local_name!("rel"), policy::REL),
                    ];
                    drop(
                        self.serializer.start_elem(link.clone(), attributes.iter().map(|one| (&one.name, &*one.value))),
                    );
                    drop(self.serializer.write_text(address));
                    drop(self.serializer.end_elem(link));
                    drop(self.serializer.write_text(tail));
                }
            }
        }
    }
}
