//! The code block that some models put around an answer (`CommonMark`, section 4.5). An article that begins and ends with
//! code blocks of its own has none around it.

use crate::content::text;

/// What such a block calls itself.
const MARKDOWN: [&str; 6] = ["markdown", "md", "mdx", "gfm", "mdown", "commonmark"];
const ANYTHING: [&str; 8] = ["", "text", "txt", "plain", "plaintext", "html", "json", "xml"];
/// What stands beside a text in a block is short, and no text of its own.
const MOST_BESIDE: usize = 60;
const TIMES_LONGER: usize = 3;

/// An answer that is one block, and what is said before and after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fenced<'a> {
    pub(super) before: &'a str,
    pub(super) inner: &'a str,
    pub(super) after: &'a str,
}

/// The line that begins a block or ends one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark<'a> {
    sign: char,
    length: usize,
    info: &'a str,
}

impl<'a> Mark<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
        let info = text.trim_start_matches(sign);
        let length = text.len() - info.len();
        let fits = line.len() - text.len() < 4 && length >= 3 && !(sign == '`' && info.contains('`'));
        fits.then_some(Self { sign, length, info: info.trim() })
    }

    fn ends(&self, begun: &Self) -> bool {
        self.sign == begun.sign && self.length >= begun.length && self.info.is_empty()
    }

    /// Its language, in lower case.
    fn language(&self) -> String {
        let word = self.info.split([' ', '\t', '{', ',']).next().unwrap_or_default();
        word.trim_start_matches('.').to_lowercase()
    }
}

/// A line that is a mark, and where it is.
#[derive(Clone, Copy, Debug)]
struct Marked<'a> {
    mark: Mark<'a>,
    start: usize,
    end: usize,
}

/// The block that `text` is, if it is one. `speaks` tells words to whoever asked from words of a text.
pub(super) fn around(text: &str, speaks: impl Fn(&str) -> bool) -> Option<Fenced<'_>> {
    let marks = marks(text);
    let (first, others) = marks.split_first()?;
    let language = first.mark.language();
    let (before, inside) = (text.get(..first.start)?.trim(), text.get(first.end..)?);
    let is_markdown = MARKDOWN.contains(&language.as_str());
    if !is_markdown && !ANYTHING.contains(&language.as_str()) {
        return None;
    }
    let Some(last) = end_of(first, others, is_markdown) else {
        // It breaks off, or nobody closed it.
        let unclosed = is_markdown || (others.is_empty() && before.is_empty());
        let fits = unclosed && (before.is_empty() || speaks(before)) && !inside.trim().is_empty();
        return fits.then_some(Fenced { before, inner: inside.trim(), after: "" });
    };
    let (inner, after) = (text.get(first.end..last.start)?.trim_matches(['\n', '\r']), text.get(last.end..)?.trim());
    let is_spoken = |words: &str| words.is_empty() || speaks(words);
    let is_one = is_spoken(before) && is_spoken(after)
        || is_markdown && {
            let beside = text::word_count(before) + text::word_count(after);
            let is_aside = |words: &str| text::word_count(words) <= MOST_BESIDE && !has_heading(words);
            is_aside(before) && is_aside(after) && text::word_count(inner) >= TIMES_LONGER * beside
                || (is_title(before) && after.is_empty())
        };
    (is_one && !inner.trim().is_empty()).then_some(Fenced { before, inner, after })
}

pub(super) fn begins(line: &str) -> bool {
    Mark::of(line).is_some()
}

/// A title alone: the block after it is the text.
pub(super) fn is_title(words: &str) -> bool {
    words.starts_with("# ") && !words.contains('\n')
}

fn has_heading(words: &str) -> bool {
    words.lines().any(|line| line.trim_start().starts_with('#'))
}

/// Where the block ends that `first` begins: blocks within have languages, by which they are told from its end. Where that
/// leaves blocks behind it, they are within, too.
fn end_of<'a>(first: &Marked<'a>, others: &[Marked<'a>], is_markdown: bool) -> Option<Marked<'a>> {
    let mut open: Vec<Mark<'a>> = vec![first.mark];
    for (at, marked) in others.iter().enumerate() {
        let innermost = open.last()?;
        if marked.mark.ends(innermost) {
            open.pop();
        } else if open.len() == 1 && (!marked.mark.info.is_empty() || marked.mark.sign != first.mark.sign) {
            open.push(marked.mark);
        }
        if open.is_empty() {
            let is_last = at + 1 == others.len();
            return if is_last || !is_markdown { Some(*marked) } else { last_of(first, others) };
        }
    }
    None
}

fn last_of<'a>(first: &Marked<'a>, others: &[Marked<'a>]) -> Option<Marked<'a>> {
    let (last, within) = others.split_last()?;
    (last.mark.ends(&first.mark) && within.len() % 2 == 0).then_some(*last)
}

fn marks(text: &str) -> Vec<Marked<'_>> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let at = start;
        start += line.len();
        (at, line)
    });
    lines
        .filter_map(|(start, line)| Some(Marked { mark: Mark::of(line.trim_end())?, start, end: start + line.len() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Fenced<'_>> {
        around(text, |words| words.starts_with("Here is") || words.starts_with("Let me know"))
    }

    #[test]
    fn an_article_with_code_blocks_of_its_own_stays_as_it_is() {
        for article in [
            "```\na = 1\n```\n\nThat sets a.\n\n```\nb = 2\n```",
            "```js\na();\n```\n\nThat calls a.\n\n```js\nb();\n```",
            "```js\nthe_whole_answer();\n```",
            "```\na = 1\n```\n\nThat sets a.",
            "Run it:\n\n```\nmake\n```",
            "# T\n\nText.\n\n```markdown\n# An example\n```\n\n## A part\n\nMore text.",
            "# T\n\nText.\n\n~~~\na\n~~~",
            "    ```\n    # indented is code\n    ```",
            "``` one `line` ```",
            "```\n```",
        ] {
            assert_eq!(read(article), None, "{article}");
        }
    }

    #[test]
    fn a_block_of_any_kind_around_an_answer_is_matched_by_its_own_end() {
        let text = "# T\n\nText of some words that fill it.\n\n```js\na();\n```\n\nThe end of it.";
        for fenced in [
            format!("```markdown\n{text}\n```"),
            format!("```\n{text}\n```"),
            format!("````md\n{text}\n````"),
            format!("~~~markdown\n{text}\n~~~~  "),
            format!("  ``` Markdown title=x\n{text}\n  ```"),
            format!("```markdown\n{text}"),
        ] {
            assert_eq!(read(&fenced).map(|fenced| fenced.inner), Some(text), "{fenced}");
        }
        let plain = "# T\n\nSome words:\n\n```\na\n```\n\nThe end.";
        assert_eq!(read(&format!("```markdown\n{plain}\n```")).unwrap().inner, plain);
        assert_eq!(read("```markdown\n# T\n\nText that breaks").unwrap().inner, "# T\n\nText that breaks");
    }

    #[test]
    fn words_beside_the_block_are_told_from_the_text() {
        let fenced = read(
            "Here is it:\n\n```markdown\n# T\n\nText that is long enough to be one, and more.\n```\n\nLet me know.",
        );
        let fenced = fenced.unwrap();
        assert_eq!((fenced.before, fenced.after), ("Here is it:", "Let me know."));
        assert_eq!(read("Here is it:\n\n```\n# T\n\nText.\n```\n").unwrap().inner, "# T\n\nText.");
        let titled = read("# T\n\n```markdown\nText.\n```").unwrap();
        assert_eq!((titled.before, titled.inner), ("# T", "Text."));
    }
}
