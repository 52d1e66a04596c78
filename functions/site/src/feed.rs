//! What is new, for programs that look for it: Atom (RFC 4287) and JSON Feed 1.1, of a site or of one of its labels. They have the
//! beginnings of articles, which a list holds, and not their texts, which would each be a read more.

use askama::Template;
use galley_domain::publishing::live::ArticleSummary;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    look::Look,
    place::{Place, of_article, of_feed, of_label},
    wanted::{Asked, Format},
};

/// As both forms have it.
#[derive(Debug, Template)]
#[template(path = "feed.xml")]
pub(crate) struct Feed {
    title: String,
    name: String,
    id: String,
    language: String,
    updated: Timestamp,
    page: String,
    atom: String,
    json: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    address: String,
    title: String,
    excerpt: String,
    language: String,
    labels: Vec<String>,
    published_at: Timestamp,
    updated_at: Timestamp,
}

impl Feed {
    pub(crate) fn of(look: &Look, place: &Place, asked: &Asked, lines: Vec<ArticleSummary>) -> Self {
        let path = match asked {
            Asked::All => "/".to_owned(),
            Asked::Under(label) => of_label(label),
        };
        let address = |format| place.address(&of_feed(format, asked));
        let entries: Vec<Entry> = lines.into_iter().map(|line| Entry::of(line, look, place)).collect();
        Self {
            title: legible(&asked.title(&look.name)),
            name: legible(&look.name),
            id: id(place, &path),
            language: look.language.as_str().to_owned(),
            // A stretch of a long list may have none under the label.
            updated: entries.iter().map(|entry| entry.updated_at).max().unwrap_or(Timestamp::UNIX_EPOCH),
            page: place.address(&path),
            atom: address(Format::Atom),
            json: address(Format::Json),
            entries,
        }
    }

    pub(crate) fn written(&self, format: Format) -> Result<String, askama::Error> {
        match format {
            Format::Atom => self.render(),
            Format::Json => Ok(self.as_json().to_string()),
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.title,
            "home_page_url": self.page,
            "feed_url": self.json,
            "language": self.language,
            "authors": [{"name": self.name}],
            "items": self.entries.iter().map(Entry::as_json).collect::<Vec<_>>(),
        })
    }
}

impl Entry {
    fn of(line: ArticleSummary, look: &Look, place: &Place) -> Self {
        let ArticleSummary { live, title, excerpt, about, .. } = line;
        let language = about.as_ref().map_or(look.language, |about| about.language);
        let mut labels = Vec::new();
        for label in about.iter().flat_map(|about| about.tags.iter().chain(about.categories.iter())) {
            let label = legible(label);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let path = of_article(&live.slug);
        Self {
            id: id(place, &path),
            address: place.address(&path),
            title: legible(&title),
            excerpt: legible(&excerpt),
            language: language.as_str().to_owned(),
            labels,
            published_at: live.published_at,
            updated_at: live.updated_at(),
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "id": self.id,
            "url": self.address,
            "title": self.title,
            "content_text": self.excerpt,
            "summary": self.excerpt,
            "language": self.language,
            "tags": self.labels,
            "date_published": self.published_at,
            "date_modified": self.updated_at,
        })
    }
}

/// Stays the same when a tenant moves to a domain of its own, so that no reader shows everything as new (a UUID of version 8,
/// RFC 9562).
fn id(place: &Place, path: &str) -> String {
    let hash = Sha256::digest(format!("galley site\n{}\n{path}", place.tenant));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().urn().to_string()
}

/// Without what XML 1.0 has no way to write, escaped or not.
fn legible(text: &str) -> String {
    let is_written =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_write_is_left_out() {
        assert_eq!(legible("a\u{0}b\u{8}c\u{1b}d\u{fffe}e\u{ffff}\té缓🦀"), "abcde\té缓🦀");
    }
}
