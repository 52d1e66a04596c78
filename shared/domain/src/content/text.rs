//! Plain text out of HTML, and what is measured on it.

use crate::{content::clean::CleanHtml, kernel::printable};

/// Elements that end a line.
const BLOCKS: [&str; 16] =
    ["p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "tr", "div", "table", "ul", "ol"];

/// The words of `html`, a line for each block.
pub fn plain_text(html: &CleanHtml) -> String {
    plain_part(html.as_str())
}

/// The words of a part of cleaned HTML.
pub(super) fn plain_part(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let from = rest.get(at..).unwrap_or_default();
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let name = from.trim_start_matches(['<', '/']);
        let name = name.get(..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len()));
        if name.is_some_and(|name| BLOCKS.contains(&name)) && !out.ends_with('\n') {
            out.push('\n');
        } else if matches!(name, Some("td" | "th")) {
            out.push(' ');
        }
        rest = from.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    decoded(&out).trim().to_owned()
}

/// The entities that a serializer of HTML writes.
pub(super) fn decoded(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

pub fn word_count(plain: &str) -> usize {
    plain.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// The beginning of `plain`, cut at a word, on one line.
pub fn excerpt(plain: &str, max_chars: usize) -> String {
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = printable::stripped(&line);
    if line.chars().count() <= max_chars {
        return line;
    }
    // A flag that is cut leaves nothing behind.
    let room = printable::stripped(&line.chars().take(max_chars.saturating_sub(1)).collect::<String>());
    let cut = room.rfind(' ').filter(|at| *at > room.len() / 2).unwrap_or(room.len());
    format!("{}…", room.get(..cut).unwrap_or(&room).trim_end_matches([' ', ',', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::clean::clean;

    #[test]
    fn blocks_stand_on_lines_of_their_own() {
        let html = clean("<h1>A &amp; B</h1><p>one <em>two</em></p><ul><li>x</li><li>y</li></ul>").unwrap();
        assert_eq!(plain_text(&html).split_whitespace().collect::<Vec<_>>(), ["A", "&", "B", "one", "two", "x", "y"]);
        assert!(plain_text(&html).contains("A & B\n"));
    }

    #[test]
    fn an_escaped_tag_is_text() {
        assert_eq!(plain_text(&clean("<p>&lt;script&gt;</p>").unwrap()), "<script>");
    }

    #[test]
    fn an_excerpt_hides_and_turns_nothing() {
        let html = clean("<p>Pay \u{202e}0001\u{202c} now \u{e0041}&#x202e;&#8203;.</p>").unwrap();
        assert_eq!(excerpt(&plain_text(&html), 100), "Pay 0001 now .");
    }

    #[test]
    fn an_excerpt_is_cut_at_a_word() {
        assert_eq!(excerpt("one two three four", 12), "one two…");
        assert_eq!(excerpt("short", 12), "short");
        assert!(excerpt(&"x".repeat(500), 300).chars().count() <= 300);
    }
}
