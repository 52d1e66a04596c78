//! HTML that costs a parser far more than it is long. Two kinds are known: elements nested deeper than anyone writes, for
//! which the parser takes quadratic time, and formatting that outlives the block it was opened in, which HTML has every
//! later block open again: 16 KiB of that became 8 MiB.

/// Nested deeper than this is a bomb.
const MAX_NESTING: usize = 1024;
/// What is opened again may be as long as the text itself, and this much longer: few people close every `<b>`.
const SLACK: usize = 64 * 1024;

const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// They hold nothing.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements that the next of their kind, or of a kind beside them, ends; unless one of the last stands between.
const ENDED_BY_THE_NEXT: [(&str, &[&str], &[&str]); 6] = [
    ("li", &["li"], &["ul", "ol"]),
    ("td", &["td", "th"], &["table"]),
    ("th", &["td", "th"], &["table"]),
    ("tr", &["tr"], &["table"]),
    ("dd", &["dd", "dt"], &["dl"]),
    ("dt", &["dd", "dt"], &["dl"]),
];
/// Through these no end tag reaches an element outside, but for the parts of a table and the table.
const WALLS: [&str; 16] = [
    "table",
    "td",
    "th",
    "caption",
    "template",
    "object",
    "marquee",
    "applet",
    "desc",
    "foreignobject",
    "title",
    "mtext",
    "mi",
    "mo",
    "mn",
    "ms",
];
const TABLE_PARTS: [&str; 9] = ["table", "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"];
/// Elements that may stand in a paragraph; every other ends it.
const IN_A_PARAGRAPH: [&str; 5] = ["span", "label", "button", "sub", "sup"];

/// A parser keeps so many of the same formatting open and forgets the rest.
const MOST_ALIKE: usize = 3;

/// Whether parsing `html` would take far more than its length suggests. One pass, and wrong only in seeing bombs where
/// none are.
pub(super) fn is_bomb(html: &str) -> bool {
    let mut scan = Scan::default();
    let mut end = 0;
    for (at, _) in html.match_indices('<') {
        if end <= at {
            end = html.get(at..).and_then(|rest| rest.find('>')).map_or(html.len(), |found| at + found);
        }
        let tag = Tag::of(html.get(at..end).unwrap_or_default());
        if !tag.name.is_empty() && !VOID.contains(&tag.name.as_str()) {
            scan.see(tag);
        }
        if scan.open.len() + scan.forgotten > MAX_NESTING || scan.opened_again > html.len() + SLACK {
            return true;
        }
    }
    false
}

/// A tag without its last bracket.
struct Tag<'a> {
    name: String,
    closing: bool,
    text: &'a str,
}

impl<'a> Tag<'a> {
    fn of(text: &'a str) -> Self {
        let inner = text.strip_prefix('<').unwrap_or(text);
        let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
        Self { name: inner.get(..end).unwrap_or_default().to_ascii_lowercase(), closing, text }
    }
}

/// An element that is open, as far as a single pass can tell.
struct Open<'a> {
    tag: Tag<'a>,
    formatting: bool,
    /// The block that it was opened in is closed: every block from here on opens it again.
    dangling: bool,
}

#[derive(Default)]
struct Scan<'a> {
    open: Vec<Open<'a>>,
    /// Formatting that a parser no longer opens again, but that is still open.
    forgotten: usize,
    dangling_bytes: usize,
    opened_again: usize,
}

impl<'a> Scan<'a> {
    fn see(&mut self, tag: Tag<'a>) {
        let formatting = FORMATTING.contains(&tag.name.as_str());
        match (tag.closing, formatting) {
            (true, true) => self.end_formatting(&tag.name),
            (true, false) => {
                let in_table = TABLE_PARTS.contains(&tag.name.as_str());
                self.end_block(&[&tag.name], if in_table { &["table", "template"] } else { &WALLS });
            }
            (false, true) => self.open_formatting(tag),
            (false, false) => {
                if !IN_A_PARAGRAPH.contains(&tag.name.as_str()) {
                    self.end_block(&["p"], &WALLS);
                }
                if let Some((_, ended, walls)) = ENDED_BY_THE_NEXT.iter().find(|(next, ..)| *next == tag.name) {
                    self.end_block(ended, walls);
                }
                self.open.push(Open { tag, formatting: false, dangling: false });
            }
        }
        self.opened_again += self.dangling_bytes;
    }

    fn open_formatting(&mut self, tag: Tag<'a>) {
        // A link ends the one before it.
        if tag.name == "a" || tag.name == "nobr" {
            self.end_formatting(&tag.name);
        }
        let mut alike =
            self.open.iter().enumerate().rev().filter(|(_, open)| open.formatting && open.tag.text == tag.text);
        if let Some((at, _)) = alike.nth(MOST_ALIKE - 1) {
            self.forget(at);
            self.forgotten += 1;
        }
        self.open.push(Open { tag, formatting: true, dangling: false });
    }

    fn end_formatting(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open.tag.name == name) {
            self.forget(at);
        }
    }

    fn forget(&mut self, at: usize) {
        let ended = self.open.remove(at);
        if ended.dangling {
            self.dangling_bytes -= ended.tag.text.len();
        }
    }

    /// Ends the innermost of `names` that no wall hides, and what is open within it, but not the formatting: that dangles.
    fn end_block(&mut self, names: &[&str], walls: &[&str]) {
        let is_one = |of: &[&str], open: &Open<'_>| of.contains(&open.tag.name.as_str());
        let found = self.open.iter().enumerate().rev().find(|(_, open)| is_one(names, open) || is_one(walls, open));
        let Some((at, _)) = found.filter(|(_, open)| is_one(names, open)) else { return };
        let within: Vec<Open<'a>> = self.open.drain(at..).filter(|open| open.formatting).collect();
        for mut open in within {
            if !open.dangling {
                open.dangling = true;
                self.dangling_bytes += open.tag.text.len();
            }
            self.open.push(open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct(count: usize) -> String {
        (0..count).map(|nth| format!("<u id={nth}>")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn what_people_write_is_no_bomb() {
        for html in [
            "<p>One <b>two</b> <a href=\"https://example.com/\">three</a></p>".repeat(3000),
            format!("<b>{}</b>", "<p>In one bold.</p>".repeat(8000)),
            format!("<p><b>Never closed.{}", "<p>A paragraph of some words.</p>".repeat(5000)),
            format!("<pre><code class=\"language-rust\">{}</code></pre>", "<span class=\"k\">fn</span> ".repeat(6000)),
            format!("<ul>{}</ul>", "<li><a href=\"https://example.com/a/long/path\">x".repeat(100)),
            format!("<table>{}</table>", "<tr><td>a<td>b".repeat(9000)),
            format!("<table>{}</table>", "<tr><td><table><tr><td>a</table>".repeat(3000)),
            "line<br>".repeat(5000),
            "<".repeat(200_000),
            "a < b and ".repeat(20_000),
        ] {
            assert!(!is_bomb(&html), "{}", html.get(..80).unwrap());
        }
    }

    #[test]
    fn formatting_that_outlives_its_block_is_one() {
        for html in [
            format!("<p>{}{}", distinct(900), "</p><p>x".repeat(2000)),
            format!("<p>{}{}", distinct(100), "<p>x".repeat(2000)),
            format!("<div>{}{}", distinct(900), "</div><div>x".repeat(2000)),
            format!("<ul><li>{}{}", distinct(900), "<li>x".repeat(2000)),
            format!("<p><code class=\"{}\">{}", "c".repeat(3000), "</p><p>x".repeat(2000)),
            "<P><I CLASS=a><B><p>".repeat(8000),
        ] {
            assert!(is_bomb(&html), "{}", html.get(..80).unwrap());
        }
    }

    #[test]
    fn deep_nesting_is_one() {
        assert!(is_bomb(&"<div>".repeat(2000)));
        assert!(is_bomb(&"<b><div>".repeat(2000)));
        assert!(is_bomb(&"<div><table><td></div>".repeat(1000)));
        // Ends of what was never open end nothing.
        assert!(is_bomb(&"<div></x></b>".repeat(2000)));
        assert!(!is_bomb(&"<div>".repeat(1000)));
    }
}
