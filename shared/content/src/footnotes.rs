//! Footnotes of Markdown: a number where one is referred to, and all of them at the end of the text, in the order in which
//! they are. Their names are the writer's, their ids are numbers.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// `events` of `markdown` with its footnotes at the end.
pub(super) fn placed<'a>(
    markdown: &str,
    events: impl Iterator<Item = Event<'a>> + 'a,
) -> Box<dyn Iterator<Item = Event<'a>> + 'a> {
    // Most texts have none, and need not be held as a whole.
    if !markdown.contains("[^") {
        return Box::new(events);
    }
    let mut notes = Notes::default();
    for event in events {
        notes.take(event);
    }
    Box::new(notes.into_events())
}

#[derive(Default)]
struct Notes<'a> {
    text: Vec<Event<'a>>,
    /// What is open, within each other.
    open: Vec<(CowStr<'a>, Vec<Event<'a>>)>,
    closed: Vec<(CowStr<'a>, Vec<Event<'a>>)>,
    numbers: HashMap<CowStr<'a>, usize>,
}

impl<'a> Notes<'a> {
    fn number(&mut self, name: CowStr<'a>) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(name).or_insert(next)
    }

    fn take(&mut self, event: Event<'a>) {
        let event = match event {
            Event::Start(Tag::FootnoteDefinition(name)) => return self.open.push((name, Vec::new())),
            Event::End(TagEnd::FootnoteDefinition) => return self.closed.extend(self.open.pop()),
            Event::FootnoteReference(name) => {
                let number = self.number(name);
                Event::InlineHtml(format!("<sup><a href=\"#fn-{number}\">{number}</a></sup>").into())
            }
            other => other,
        };
        self.open.last_mut().map_or(&mut self.text, |(_, note)| note).push(event);
    }

    fn into_events(mut self) -> impl Iterator<Item = Event<'a>> {
        let closed = std::mem::take(&mut self.closed);
        let mut notes: Vec<_> = closed.into_iter().map(|(name, note)| (self.number(name), note)).collect();
        notes.sort_by_key(|(number, _)| *number);
        let html = |html: String| Event::Html(html.into());
        let (begins, ends) = if notes.is_empty() { ("", "") } else { ("<hr>\n<ol>\n", "</ol>\n") };
        let notes = notes.into_iter().flat_map(move |(number, note)| {
            let start = html(format!("<li id=\"fn-{number}\">\n"));
            std::iter::once(start).chain(note).chain([html("</li>\n".to_owned())])
        });
        self.text.into_iter().chain([html(begins.to_owned())]).chain(notes).chain([html(ends.to_owned())])
    }
}
