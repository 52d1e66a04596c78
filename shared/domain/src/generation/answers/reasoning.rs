//! What a model thought before it answered, where its server leaves that in the answer. Marks that stand in code are
//! written about, and stay.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{Event, Parser, Tag};

use crate::content::nesting;

/// Thinking that has begun and does not end: the answer never came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endless;

/// How servers and models mark it.
const MARKS: [(&str, &str); 10] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
];
const MOST_NESTED: usize = 40;
/// What remains of a conversation's own marks beside the thinking.
const CONVERSATION: [&str; 4] = ["<|start|>assistant", "<|return|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>"];

/// More thoughts than anybody has before one answer.
const MOST_SECTIONS: usize = 50;

/// The answer without what was thought, and how many characters that were.
pub(super) fn without(answer: &str) -> Result<(Cow<'_, str>, usize), Endless> {
    let (mut rest, mut length, mut sections_left) = (begun(answer), 0, MOST_SECTIONS);
    while let Some((open, close)) = MARKS.iter().find(|(open, _)| begins(rest, open)) {
        sections_left = sections_left.checked_sub(1).ok_or(Endless)?;
        let end = end_of(rest, open.len(), close, &code(rest)).ok_or(Endless)?;
        rest = begun(taken(rest, end, &mut length));
    }
    if !MARKS.iter().any(|(open, close)| [open, close].iter().any(|mark| occurrences(rest, mark).next().is_some())) {
        return Ok((Cow::Borrowed(rest), length));
    }
    if let Some(end) = end_without_a_beginning(rest) {
        rest = begun(taken(rest, end, &mut length));
    }
    let mut text = String::with_capacity(rest.len());
    let mut kept = 0;
    for gone in sections(rest)? {
        text.push_str(rest.get(kept..gone.start).unwrap_or_default());
        length += rest.get(gone.clone()).unwrap_or_default().chars().count();
        kept = gone.end;
    }
    if kept == 0 {
        return Ok((Cow::Borrowed(rest), length));
    }
    text.push_str(rest.get(kept..).unwrap_or_default());
    Ok((Cow::Owned(text), length))
}

/// What stands behind `end`; what stood before it is counted.
fn taken<'a>(text: &'a str, end: usize, length: &mut usize) -> &'a str {
    let (gone, behind) = text.split_at_checked(end).unwrap_or((text, ""));
    *length += gone.chars().count();
    behind
}

/// Without what stands before anything that says something.
fn begun(text: &str) -> &str {
    let mut text = text;
    loop {
        let bare = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let bare = CONVERSATION.iter().find_map(|mark| bare.strip_prefix(mark)).unwrap_or(bare);
        if bare.len() == text.len() {
            return bare;
        }
        text = bare;
    }
}

/// Where thinking ends that has begun before `from`: at its own mark, or where it has none, at any. One that it writes about
/// counts only where there is no other.
fn end_of(text: &str, from: usize, close: &str, code: &[Range<usize>]) -> Option<usize> {
    let thought = text.get(from..)?;
    let is_outside = |mark: &Range<usize>| !within_code(code, mark.start);
    let ends = |close: &'static str| occurrences(thought, close).map(move |at| from + at..from + at + close.len());
    let closing = |name: &&(&str, &'static str)| name.1 == close;
    let own = MARKS.iter().find(closing).map(|(_, close)| *close)?;
    let outside = ends(own).find(is_outside).or_else(|| ends(own).last());
    let of_any = || MARKS.iter().find_map(|(_, close)| ends(close).find(is_outside));
    outside.or_else(of_any).map(|mark| mark.end)
}

/// Where thinking ends whose beginning the server has kept to itself: after the last such mark that ends a line or stands
/// before a text's first sign, and that no mark before it opens.
fn end_without_a_beginning(text: &str) -> Option<usize> {
    let code = code(text);
    let outside = |at: &usize| !within_code(&code, *at);
    let ends = MARKS.iter().filter_map(|(open, close)| {
        let opened = occurrences(text, open).find(outside).unwrap_or(text.len());
        let ends_thought = |at: &usize| {
            let behind = text.get(at + close.len()..).unwrap_or_default();
            let line = behind.trim_start_matches([' ', '\t']);
            line.is_empty() || line.starts_with(['\n', '\r', '{', '#']) || line.starts_with("```")
        };
        let last = occurrences(text, close).take_while(|at| *at < opened).filter(outside).filter(ends_thought).last();
        last.map(|at| at + close.len())
    });
    ends.max()
}

/// Thinking in the middle of a text: each section from a mark at the beginning of a line to the one that ends it.
fn sections(text: &str) -> Result<Vec<Range<usize>>, Endless> {
    let code = code(text);
    let begins_line =
        |at: usize| text.get(..at).is_some_and(|before| before.trim_end_matches([' ', '\t']).ends_with('\n'));
    let mut found: Vec<Range<usize>> = Vec::new();
    for (open, close) in MARKS {
        // One that has no end has none further on, and is not looked for again.
        let mut is_endless = false;
        for at in occurrences(text, open).filter(|at| begins_line(*at) && !within_code(&code, *at)) {
            if within(&found, at) {
                continue;
            }
            let thought = text.get(at + open.len()..).unwrap_or_default();
            let end = if is_endless { None } else { end_of(text, at + open.len(), close, &code) };
            is_endless |= end.is_none();
            match end {
                Some(end) if found.len() < MOST_SECTIONS => found.push(at..end),
                // In the middle of a line it is a word.
                None if !thought.starts_with(['\n', '\r']) => {}
                Some(_) | None => return Err(Endless),
            }
        }
    }
    found.sort_by_key(|section| section.start);
    found.dedup_by(|next, before| next.start < before.end);
    Ok(found)
}

fn begins(text: &str, mark: &str) -> bool {
    text.get(..mark.len()).is_some_and(|begin| is_mark(begin.as_bytes(), mark))
}

/// Where a mark stands, in whatever case; in square brackets a word in small letters is a link or a remark.
fn occurrences<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = usize> + 'a {
    let starts = text.match_indices(mark.chars().next().unwrap_or_default()).map(|(at, _)| at);
    starts.filter(|at| text.as_bytes().get(*at..at + mark.len()).is_some_and(|window| is_mark(window, mark)))
}

fn is_mark(text: &[u8], mark: &str) -> bool {
    if mark.starts_with('[') { text == mark.as_bytes() } else { text.eq_ignore_ascii_case(mark.as_bytes()) }
}

fn within(ranges: &[Range<usize>], at: usize) -> bool {
    ranges.iter().any(|range| range.contains(&at))
}

/// The same of ranges in their order, each after the one before.
fn within_code(code: &[Range<usize>], at: usize) -> bool {
    let next = code.partition_point(|range| range.end <= at);
    code.get(next).is_some_and(|range| range.contains(&at))
}

/// What of a text is code. A block that never ends is none: it may as well be one that was thought of and given up.
fn code(text: &str) -> Vec<Range<usize>> {
    // What the parser takes long for is no article, and is refused for that later.
    if nesting::deepest(text) > MOST_NESTED {
        return Vec::new();
    }
    let parts = Parser::new(text).into_offset_iter();
    let code = parts.filter_map(|(event, range)| match event {
        Event::Code(_) => Some(range),
        Event::Start(Tag::CodeBlock(_)) if range.end < text.trim_end().len() || is_closed(text, &range) => Some(range),
        _ => None,
    });
    code.collect()
}

fn is_closed(text: &str, range: &Range<usize>) -> bool {
    let last =
        text.get(range.clone()).and_then(|block| block.trim_end().lines().nth_back(0)).unwrap_or_default().trim();
    last.len() >= 3 && (last.bytes().all(|b| b == b'`') || last.bytes().all(|b| b == b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Option<String> {
        without(answer).ok().map(|(text, _)| text.trim().to_owned())
    }

    #[test]
    fn thinking_that_never_ends_is_no_answer() {
        for answer in [
            "<think>\nFirst I look at the topic. # A title\n\nText.",
            "  <Thinking> and so on",
            "◁think▷ hm",
            "[THINK]hm",
            "<|channel|>analysis<|message|>We are to write",
            "<think>one</think>\n<think>two",
            "# A title\n\nText.\n\n<think>\nShould there be more?",
        ] {
            assert_eq!(without(answer), Err(Endless), "{answer}");
        }
    }

    #[test]
    fn what_was_thought_is_no_part_of_an_answer() {
        for answer in [
            "<think>\nI plan.\n\n# No title\n</think>\n\n# T\n\nText.",
            "\u{feff}\n<THINK>I plan.</THINK># T\n\nText.",
            "I plan, and\nplan.\n</think>\n\n# T\n\nText.",
            "I plan.</think>\n# T\n\nText.",
            "<think>a <think>b</think> c</think>\n# T\n\nText.",
            "<think>One.</think>\n<think>Two.</think>\n\n# T\n\nText.",
            "<thinking>a</thinking># T\n\nText.",
            "<reasoning>a</reasoning>\n# T\n\nText.",
            "<seed:think>a</seed:think>\n# T\n\nText.",
            "◁think▷ä◁/think▷\n\n# T\n\nText.",
            "[THINK]a[/THINK]# T\n\nText.",
            "<think>It ends with `</think>`, I know.\n</think>\n\n# T\n\nText.",
            "<think>```js\nunfinished\n</think>\n\n# T\n\nText.",
            "<thinking>it closes otherwise</think>\n# T\n\nText.",
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|># T\n\nText.",
            "# T\n\n<think>Go on?</think>Text.",
        ] {
            assert_eq!(read(answer).as_deref(), Some("# T\n\nText."), "{answer}");
        }
        assert_eq!(read("<think>{\"a\": 1}</think>{\"a\": 2}").as_deref(), Some("{\"a\": 2}"));
        assert_eq!(read("It is {\"a\": 1}?</think>{\"a\": 2}").as_deref(), Some("{\"a\": 2}"));
        assert_eq!(without("<think>ä</think>x").unwrap().1, 16);
    }

    #[test]
    fn an_article_about_the_marks_keeps_them() {
        for article in [
            "# T\n\nA model writes `<think>` first, then `</think>`.\n\nMore.",
            "# T\n\nSo:\n\n```xml\n<think>\nA plan.\n</think>\n```\n\nMore.",
            "# T\n\nIt ends with </think> and goes on.",
            "# T\n\nNothing of the kind.",
            "Text with [think] in it, and <b>thinking</b>.",
        ] {
            assert_eq!(without(article), Ok((Cow::Borrowed(article), 0)), "{article}");
        }
    }
}
