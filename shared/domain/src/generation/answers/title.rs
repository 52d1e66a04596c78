//! The title that an answer begins with, as a reader sees it: its marks and entities are resolved.

use pulldown_cmark::{Event, Options, Parser};

use crate::kernel::printable;

/// How a line says that it is the title.
const LABELS: [&str; 14] = [
    "title:",
    "subject:",
    "titel:",
    "betreff:",
    "titre:",
    "objet:",
    "título:",
    "asunto:",
    "titolo:",
    "tytuł:",
    "标题：",
    "标题:",
    "タイトル：",
    "العنوان:",
];
const QUOTES: [(char, char); 8] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('»', '«'), ('「', '」'), ('『', '』'), ('《', '》')];

/// The title of `text` and what follows it. `None`: it begins with none.
pub(super) fn of(text: &str) -> Option<(String, &str)> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = first.trim();
    if let Some(heading) = line.strip_prefix("# ") {
        return Some((resolved(unlabelled(heading).unwrap_or(heading))?, rest));
    }
    if let Some(heading) = between(line, "<h1>", "</h1>") {
        return Some((resolved(heading)?, rest));
    }
    let (under, behind) = rest.split_once('\n').unwrap_or((rest, ""));
    let under = under.trim_end();
    if !line.is_empty() && under.len() >= 2 && under.bytes().all(|byte| byte == b'=') {
        return Some((resolved(unlabelled(line).unwrap_or(line))?, behind));
    }
    // A line of a paragraph is none.
    let stands_alone = under.trim().is_empty() || under.starts_with('#');
    Some((resolved(unlabelled(line).filter(|_| stands_alone)?)?, rest))
}

/// A heading as it reads, on one line.
fn resolved(heading: &str) -> Option<String> {
    let marked = format!("# {}", heading.trim());
    let mut title = String::new();
    for event in Parser::new_ext(&marked, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) => title.push_str(&text),
            Event::SoftBreak | Event::HardBreak => title.push(' '),
            _ => {}
        }
    }
    headline(unquoted(title.trim()))
}

/// What follows the label of a line, however the label is marked.
fn unlabelled(line: &str) -> Option<&str> {
    let bare = line.trim_start_matches(['*', '_']);
    let lower = bare.to_lowercase();
    let label = LABELS.iter().find(|label| lower.starts_with(**label))?;
    // Lower case may be longer or shorter; of these letters it is not.
    let title = bare.get(label.len()..)?;
    let title = if bare.len() < line.len() { title.trim().trim_matches(['*', '_']) } else { title };
    Some(title.trim()).filter(|title| !title.is_empty())
}

/// Without the quotation marks around all of it.
fn unquoted(title: &str) -> &str {
    let inner = QUOTES.iter().find_map(|(open, close)| {
        let inner = title.strip_prefix(*open)?.strip_suffix(*close)?;
        (!inner.contains([*open, *close])).then_some(inner)
    });
    inner.map_or(title, str::trim)
}

fn between<'a>(line: &'a str, open: &str, close: &str) -> Option<&'a str> {
    line.strip_prefix(open)?.strip_suffix(close)
}

/// What of a line can be a title.
pub(in crate::generation) fn headline(line: &str) -> Option<String> {
    let cut: String = line.trim().chars().take(200).collect();
    let title = printable::stripped(&cut).trim().to_owned();
    (printable::seen_chars(&title) >= 3).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_title_is_not_taken_for_one() {
        for text in [
            "Text.\n\nMore.",
            "## A part\n\nText.",
            "#hashtag and more\n\nText.",
            "Title IX is a law.\n\nText.",
            "Title: what is in a\nname, one asks.\n\nText.",
            "Title:\n\nText.",
            "A paragraph\n---\n\nText.",
            "a\n\n====\n",
            "# \u{200d}\u{200e}\n\nText.",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_title_is_what_a_reader_sees_of_it() {
        for (text, title) in [
            ("# A title", "A title"),
            ("   #  A closed title ##  ", "A closed title"),
            ("# C# and F#", "C# and F#"),
            (
                "# The `Cache-Control` *header*, _explained_ by [RFC 9111](https://x.example/) &amp; more",
                "The Cache-Control header, explained by RFC 9111 & more",
            ),
            ("# **Bold** ~~gone~~ ![a cat](c.png)", "Bold gone a cat"),
            ("# `__init__` and snake_case_names", "__init__ and snake_case_names"),
            ("# 1. The first of many", "1. The first of many"),
            ("# 2 < 3 &lt; 4", "2 < 3 < 4"),
            ("# \"All of it quoted\"", "All of it quoted"),
            ("# „Alles in Zeichen“", "Alles in Zeichen"),
            ("# \"Some\" of it \"quoted\"", "\"Some\" of it \"quoted\""),
            ("A Setext *Title* Here\n=====", "A Setext Title Here"),
            ("Title: A labelled one", "A labelled one"),
            ("**Title:** A labelled one", "A labelled one"),
            ("**Title: A labelled one**", "A labelled one"),
            ("# Title: A labelled one", "A labelled one"),
            ("Titel: Über das Zwischenspeichern", "Über das Zwischenspeichern"),
            ("标题：缓存如何工作", "缓存如何工作"),
            ("<h1>As HTML &amp; all</h1>", "As HTML & all"),
        ] {
            assert_eq!(of(&format!("{text}\n\nText.")), Some((title.to_owned(), "\nText.")), "{text}");
        }
    }
}
