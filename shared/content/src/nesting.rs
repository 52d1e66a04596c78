//! How deep a Markdown text nests lists and quotes, before it is parsed: the parser goes through all that are open for each
//! line. What is counted is never less than what the parser opens. It is more where a line could be read in two ways, and
//! where items are moved in further than they have to be.

mod fences;

use fences::{Fences, Outside};

/// What an item's line is moved in by, at least.
const COLUMNS_EACH: usize = 2;
const TAB_COLUMNS: usize = 4;
/// After so many more columns of space a line is code or goes on with a paragraph, and opens nothing.
const CODE_COLUMNS: usize = 5;
/// By so much each quote's mark may stand further in than on the line before.
const QUOTE_COLUMNS: usize = 4;
/// More marks in a line change nothing any more, and each takes a look at the rest of it.
const ENOUGH: usize = 100;

/// The most lists' items and quotes in each other.
pub fn deepest(markdown: &str) -> usize {
    // A carriage return alone ends a line too.
    let lines = markdown.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    let (mut before, mut deepest, mut begins_anew) = (Open::default(), 0, true);
    let mut fences = Fences::of(markdown);
    for line in lines {
        let outside = if before.depth == 0 { Outside::Surely } else { Outside::Perhaps };
        if fences.take(line, outside) {
            // It has ended whatever was open.
            (before, begins_anew) = (Open::default(), true);
            continue;
        }
        if line.trim_matches([' ', '\t']).is_empty() {
            fences.blank_line();
            begins_anew = true;
            continue;
        }
        let now = before.followed_by(line);
        deepest = deepest.max(now.depth);
        // Without a blank line between, it may go on with a paragraph, and then all stays open.
        before = if begins_anew { now } else { before.or(now) };
        begins_anew = false;
    }
    deepest
}

/// What is open at the end of a line, at most.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    depth: usize,
    /// Where the innermost one's text begins.
    column: usize,
}

impl Open {
    fn or(self, other: Self) -> Self {
        Self { depth: self.depth.max(other.depth), column: self.column.max(other.column) }
    }

    fn followed_by(self, line: &str) -> Self {
        let (mut rest, mut column) = (line, 0);
        // What goes on with items that are open, and what opens others.
        let (mut items, mut quotes, mut moved_in) = (0, 0, 0);
        while quotes + items < ENOUGH {
            let start = column;
            let text = rest.trim_start_matches([' ', '\t']);
            for blank in rest.bytes().take(rest.len() - text.len()) {
                column += if blank == b'\t' { TAB_COLUMNS - column % TAB_COLUMNS } else { 1 };
            }
            if items == 0 {
                moved_in += column - start;
            }
            let reach = start.max(self.column + QUOTE_COLUMNS * quotes);
            if column >= reach + CODE_COLUMNS {
                // An item of code begins a column after its mark.
                column = self.column.max(start + 1);
                break;
            }
            match mark(text) {
                Some(Mark::Quote) => quotes += 1,
                Some(Mark::Item(_)) => items += 1,
                None => break,
            }
            let (mark, after) = text.split_at(mark(text).map_or(0, Mark::len));
            column += mark.len();
            rest = after;
            if mark.starts_with('[') {
                // Whatever stands between a footnote's name and its text.
                let text = after.trim_start_matches([' ', '\t']);
                column += TAB_COLUMNS * (after.len() - text.len());
                rest = text;
            }
        }
        let gone_on_with = self.depth.min(moved_in / COLUMNS_EACH);
        Self { depth: gone_on_with + quotes + items, column }
    }
}

#[derive(Clone, Copy, Debug)]
enum Mark {
    Quote,
    /// As long as this.
    Item(usize),
}

impl Mark {
    const fn len(self) -> usize {
        match self {
            Self::Quote => 1,
            Self::Item(len) => len,
        }
    }
}

/// The mark that `text` begins with, if it opens something.
fn mark(text: &str) -> Option<Mark> {
    if text.starts_with('>') {
        return Some(Mark::Quote);
    }
    if let Some((name, after)) = text.strip_prefix("[^").and_then(|text| text.split_once(']')) {
        let is_note = !name.is_empty() && after.starts_with(':');
        return is_note.then(|| Mark::Item(name.len() + "[^]:".len()));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (last, after) = text.split_at(digits).1.split_at_checked(1)?;
    let is_mark = if digits == 0 { matches!(last, "-" | "+" | "*") } else { matches!(last, "." | ")") };
    let ends = after.is_empty() || after.starts_with([' ', '\t']);
    (is_mark && ends && digits <= 9 && !is_break(text)).then_some(Mark::Item(digits + 1))
}

/// A thematic break: three or more of one mark, and blanks.
fn is_break(line: &str) -> bool {
    let Some(mark) = line.chars().next().filter(|c| matches!(c, '-' | '*')) else { return false };
    line.matches(mark).count() >= 3 && line.trim_matches([mark, ' ', '\t']).is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};

    use super::*;

    /// As the parser nests it.
    fn parsed(markdown: &str) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        for event in Parser::new_ext(markdown, super::super::markdown::OPTIONS) {
            match event {
                Event::Start(Tag::Item | Tag::BlockQuote(_)) => depth += 1,
                Event::End(TagEnd::Item | TagEnd::BlockQuote(_)) => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    #[test]
    fn what_only_looks_like_nesting_is_none() {
        let code = " ".repeat(84);
        for (markdown, depth) in [
            (format!("```\n{code}> x\n\n{code}- - - - x\n```"), 0),
            (format!("{code}> x"), 0),
            (format!("A paragraph\n{code}- x"), 0),
            ("- ".repeat(41), 0),
            ("* ".repeat(200), 0),
            (format!("> {}", "- ".repeat(60)), 1),
            (format!("1. ```\n   {code}> x\n   ```"), 1),
            ("- a\n  - b\n    - c\n".repeat(100), 3),
            ("10. a\n    10. b\n".repeat(100), 3),
            ("> a\n>\n> b\n".repeat(100), 1),
            (format!("```text\n{}x\n```", "> ".repeat(41)), 0),
            (format!("Text\n ~~~~\n{}x\n~~~\n\n{}y\n~~~~~ \n> z", "+ ".repeat(60), "1. ".repeat(50)), 1),
            (format!("- a\n- b\n```\n{}x", "- ".repeat(50)), 1),
            (format!("A <b>word</b>\n\n<br>\n\n   ```\n{}x\n```\n", ">".repeat(300)), 0),
        ] {
            assert_eq!(deepest(&markdown), depth, "{markdown:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_fence_hides_no_nesting() {
        let deep = format!("{}x", "> ".repeat(41));
        for before in [
            "    ```",
            "```a`b",
            "``",
            "- a\n  ```",
            "<!--\n\n```",
            "<div>\n```",
            "~~~\n~~~",
            "- <pre>\n\n```",
            "x ```",
            "```\r>````\ra",
            "<b>x</b>\n```\n\n```",
            "> <div>\n```\n\n```",
            "```\n```\t\n```",
        ] {
            let markdown = format!("{before}\n{deep}");
            assert!(deepest(&markdown) > 40, "{before:?}");
        }
    }

    const LINE: &str = "( {0,9}|\t{1,2})?((>|\\[\\^a\\]:|\\[\\^b\\]:|-|\\+|\\*|1\\.|2\\)|100\\.)( {0,6}|\t)){0,4}(a|b c|~~b|\\[x\\] a|---|```|~~~|# h|<div>|<!--|-->|\\| a \\||\\[a\\]: b|\\[a\\]: b \"c|x\\[\\^a\\]|'|\"|````|``` a`|<pre>|</pre>|<?b|>|)";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn nothing_is_nested_deeper_than_it_is_counted(lines in proptest::collection::vec(LINE, 0..12), end in "\n|\r\n|\r") {
            let markdown = lines.join(&end);
            prop_assert!(parsed(&markdown) <= deepest(&markdown), "{:?}: {} {}", markdown, parsed(&markdown), deepest(&markdown));
        }

        /// Moved in by as much as four columns each, and twice as deep as anybody writes.
        #[test]
        fn what_is_written_is_not_refused(marks in proptest::collection::vec("-|\\*|1\\.|22\\.", 1..20), siblings in 1_usize..4, gap in "\n|\n\n") {
            let mut markdown = String::new();
            let mut column = 0;
            for mark in marks {
                for _ in 0..siblings {
                    markdown.push_str(&format!("{}{mark} text{gap}", " ".repeat(column)));
                }
                column += mark.len() + 1;
            }
            prop_assert!(deepest(&markdown) <= super::super::markdown::MAX_BLOCKS, "{markdown}");
        }
    }
}
