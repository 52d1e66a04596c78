//! Markdown as models and people write it. The HTML it becomes, raw HTML in it included, is cleaned like any other.

use std::fmt;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use crate::{
    clean::{self, Admitted, CleanHtml, Cleaned, TooMuch},
    footnotes, nesting,
};

/// Lists and quotes in each other. The parser goes through all that are open for each line.
pub(super) const MAX_BLOCKS: usize = 40;
/// What tags, entities and attributes that do not survive may add to a text of the greatest length.
const MAX_RAW_BYTES: usize = 4 * clean::MAX_HTML_BYTES;

/// # Errors
/// `TooMuch`, naming the bound that it passes.
pub fn to_html(markdown: &str) -> Result<CleanHtml, TooMuch> {
    clean::clean(&raw(markdown)?)
}

/// As `to_html`, and says what cleaning took out.
///
/// # Errors
/// As `to_html`.
pub fn told(markdown: &str) -> Result<Cleaned, TooMuch> {
    clean::told(&raw(markdown)?)
}

/// The text with links and pictures to what was admitted alone.
///
/// # Errors
/// As `to_html`.
pub fn confined(markdown: &str, admitted: &Admitted) -> Result<Cleaned, TooMuch> {
    clean::confine(&raw(markdown)?, admitted)
}

/// Whether there is no raw HTML in it, which a site's own reader of Markdown may leave out or show as it is.
pub fn is_plain(markdown: &str) -> bool {
    nesting::deepest(markdown) <= MAX_BLOCKS
        && !events(markdown).any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)))
}

fn raw(markdown: &str) -> Result<String, TooMuch> {
    if nesting::deepest(markdown) > MAX_BLOCKS {
        return Err(TooMuch::Blocks);
    }
    let mut out = Bounded(String::with_capacity(markdown.len() * 3 / 2));
    match html::write_html_fmt(&mut out, footnotes::placed(markdown, events(markdown))) {
        Ok(()) => Ok(out.0),
        Err(fmt::Error) => Err(TooMuch::Bytes),
    }
}

/// `CommonMark` and what GitHub adds to it: tables, footnotes, lists to tick, and text that is struck out.
pub(super) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS);

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(markdown, OPTIONS).into_offset_iter().map(|(event, at)| match event {
        // "10~20 or 30~40" is what people write, and strikes nothing out.
        Event::Start(Tag::Strikethrough) | Event::End(TagEnd::Strikethrough)
            if !markdown.get(at.clone()).is_some_and(|text| text.starts_with("~~")) =>
        {
            Event::Text("~".into())
        }
        event => event,
    })
}

/// HTML as long as it may become.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MAX_RAW_BYTES {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// `text` as Markdown that shows exactly it: every character that could mean something is escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> CleanHtml {
        to_html(markdown).unwrap()
    }

    #[test]
    fn raw_html_is_cleaned() {
        assert_eq!(shown("a <script>b</script> c").as_str().trim(), "<p>a  c</p>");
        assert!(!shown("[x](javascript:alert(1))").as_str().contains("javascript"));
    }

    #[test]
    fn structure_survives() {
        let html = shown("# T\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n");
        for tag in ["<h1 ", "<ul>", "<table>", "<td>"] {
            assert!(html.as_str().contains(tag), "{}", html.as_str());
        }
    }

    #[test]
    fn what_github_adds_is_not_shown_as_it_was_typed() {
        for (markdown, html) in [
            ("~~gone~~ ~20 to ~30, 10~20 and 30~40", "<p><del>gone</del> ~20 to ~30, 10~20 and 30~40</p>\n"),
            ("1. a\n\ntext\n\n3. c", "<ol>\n<li>a</li>\n</ol>\n<p>text</p>\n<ol start=\"3\">\n<li>c</li>\n</ol>\n"),
            ("- [x] done\n- [ ] open", "<ul>\n<li>☑ \ndone</li>\n<li>☐ \nopen</li>\n</ul>\n"),
            ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n"),
        ] {
            assert_eq!(shown(markdown).as_str(), html);
        }
        let table = shown("| x | y | z |\n|:--|:-:|--:|\n| 1 | ~~2~~ | 3 |\n");
        for cell in
            ["<th align=\"left\">x</th>", "<td align=\"center\"><del>2</del></td>", "<td align=\"right\">3</td>"]
        {
            assert!(table.as_str().contains(cell), "{}", table.as_str());
        }
    }

    #[test]
    fn a_footnote_stands_at_the_end_and_is_linked_whatever_it_is_called() {
        let html = shown(
            "One[^b] two[^location] three[^b] [^none].\n\n[^location]: The *note*.\n\n    Its second part.\n\n[^b]: Other.\n[^unused]: Third.\n\nEnd.",
        );
        let link = |nth: u8| {
            format!("<sup><a href=\"#content-fn-{nth}\" rel=\"noopener noreferrer nofollow\">{nth}</a></sup>")
        };
        let lines = [
            format!("<p>One{} two{} three{} [^none].</p>", link(1), link(2), link(1)),
            "<p>End.</p>".to_owned(),
            "<hr>".to_owned(),
            "<ol>".to_owned(),
            "<li id=\"content-fn-1\">".to_owned(),
            "<p>Other.</p>".to_owned(),
            "</li>".to_owned(),
            "<li id=\"content-fn-2\">".to_owned(),
            "<p>The <em>note</em>.</p>".to_owned(),
            "<p>Its second part.</p>".to_owned(),
            "</li>".to_owned(),
            "<li id=\"content-fn-3\">".to_owned(),
            "<p>Third.</p>".to_owned(),
            "</li>".to_owned(),
            "</ol>".to_owned(),
        ];
        assert_eq!(html.as_str().lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn a_table_of_contents_leads_to_its_parts() {
        let told = told("- [Set up](#set-up)\n- [Gone](#gone)\n\n## Set up\n\n[x](img/a.md) ![y](b.png)").unwrap();
        assert!(told.html.as_str().contains("href=\"#content-set-up\""), "{}", told.html.as_str());
        let names: Vec<_> = told.removed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["img/a.md", "b.png", "#gone"]);
    }

    #[test]
    fn escaped_text_has_no_structure() {
        for text in ["<script>", "](javascript:x)", "# head", "`code`", "**bold**", "[a]: b", "| x |"] {
            let html = shown(&format!("before {}", escaped(text)));
            assert_eq!(html.as_str().matches('<').count(), 2, "{}", html.as_str());
        }
    }

    #[test]
    fn lists_and_quotes_as_deep_as_nobody_writes_them_are_refused_before_they_are_parsed() {
        let by_lines = |mark: &str, step: usize, depth: usize| {
            (0..depth).map(|nth| format!("{}{mark}x\n", " ".repeat(step * nth))).collect::<Vec<_>>().concat()
        };
        for markdown in [
            ">".repeat(255_000),
            "> * ".repeat(60_000),
            "- ".repeat(41) + "x",
            "1. ".repeat(41) + "x",
            by_lines("- ", 2, 60),
            by_lines("1. ", 3, 60),
            format!("text\n\n{}x", " >".repeat(41)),
            format!("{}a\n2. b\n{}{}c", "- ".repeat(30), " ".repeat(60), "- ".repeat(30)),
        ] {
            assert_eq!(to_html(&markdown), Err(TooMuch::Blocks), "{:?}", markdown.get(..40));
        }
        for markdown in [
            by_lines("- ", 2, 20),
            by_lines("10. ", 4, 10),
            format!("{}x", "> ".repeat(20)),
            "-".repeat(300),
            "- ".repeat(41),
            format!("{}x", "- ".repeat(40)),
            format!("```\n{}> x\n```", " ".repeat(84)),
            "* ".repeat(20),
            format!("```\n{}x\n```", " ".repeat(300)),
            "| - | - | - |\n".repeat(3),
            "1.2.3.4.5.6.7.8.9 ".repeat(100),
        ] {
            assert!(to_html(&markdown).is_ok(), "{:?}", markdown.get(..40));
        }
    }
}
