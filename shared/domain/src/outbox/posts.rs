//! What an article says on a network of short posts, and how such networks read a post. A thread's posts go out one by one, so the
//! fingerprint of a copy is those of its posts, and what the next write makes of it is known before it is made.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    content::parts::Parts,
    outbox::port::{Piece, fingerprint_of},
};

/// Of the fingerprint of a post: enough to tell it from any other of an account.
const HASH: usize = 16;
/// Between those of the posts of a thread.
const BETWEEN: char = '.';

/// The posts of a piece, in order: those of a thread, and of anything else one, with its title, its excerpt and its `address`. The excerpt is
/// cut between words until the post `fits`, and where none of it does, the title between characters. Empty: the thread has none.
pub fn posts(piece: &Piece, address: Option<&str>, fits: impl Fn(&str) -> bool) -> Vec<String> {
    if let Some(Parts::Thread { posts }) = Parts::of(piece.task_type, &piece.title, &piece.html) {
        return posts;
    }
    let said = |title: &str, excerpt: &str| {
        let lines = [Some(title), Some(excerpt), address].into_iter().flatten();
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let (title, excerpt) = (piece.title.trim(), piece.excerpt.trim());
    let bare = said(title, "");
    let cut = |text: &str| format!("{}…", text.trim_end());
    let words = excerpt.char_indices().filter(|(_, c)| c.is_whitespace()).filter_map(|(at, _)| excerpt.get(..at));
    let excerpts = words.collect::<Vec<_>>().into_iter().rev().map(|start| said(title, &cut(start)));
    let starts = title.grapheme_indices(true).rev().filter_map(|(at, _)| title.get(..at));
    let titles = starts.filter(|start| !start.is_empty()).map(|start| said(&cut(start), ""));
    let shorter = excerpts.chain([bare.clone()]).chain(titles);
    let post = std::iter::once(said(title, excerpt)).chain(shorter).find(|post| fits(post));
    vec![post.unwrap_or(bare)]
}

/// The fingerprint of a copy with these posts.
pub fn fingerprint<'a>(posts: impl IntoIterator<Item = &'a str>) -> String {
    let of_post = |post: &str| fingerprint_of([post]).get(..HASH).unwrap_or_default().to_owned();
    posts.into_iter().map(of_post).collect::<Vec<_>>().join(&BETWEEN.to_string())
}

fn parts(fingerprint: &str) -> Vec<&str> {
    fingerprint.split(BETWEEN).filter(|part| !part.is_empty()).collect()
}

/// The fingerprint of the post of this number, from 0.
pub fn of_post(fingerprint: &str, nth: usize) -> &str {
    parts(fingerprint).get(nth).copied().unwrap_or_default()
}

/// What the next write of a copy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another text for the post of this number, from 0.
    Edit(usize),
    /// One more post, as the last.
    Add(usize),
    /// The last post is taken away.
    Drop,
}

/// The next write on the way from what is there to what is `intended`, by their fingerprints. `None`: it is there.
pub fn step(there: &str, intended: &str) -> Option<Step> {
    let (there, intended) = (parts(there), parts(intended));
    let other = there.iter().zip(&intended).position(|(is, wanted)| is != wanted);
    match other {
        Some(nth) => Some(Step::Edit(nth)),
        None if there.len() > intended.len() => Some(Step::Drop),
        None if there.len() < intended.len() => Some(Step::Add(there.len())),
        None => None,
    }
}

/// The fingerprint after that write. A copy that is no thread is written at once.
pub fn after(there: &str, intended: &str) -> String {
    let mut parts_there = parts(there);
    let wanted = parts(intended);
    match step(there, intended) {
        Some(Step::Edit(nth)) => {
            for (part, wanted) in parts_there.iter_mut().zip(&wanted).skip(nth).take(1) {
                *part = wanted;
            }
        }
        Some(Step::Add(nth)) => parts_there.extend(wanted.get(nth)),
        Some(Step::Drop) => drop(parts_there.pop()),
        None => {}
    }
    parts_there.join(&BETWEEN.to_string())
}

/// The fingerprint of the post that a write adds to `known` posts, if that is what it does.
pub fn added(writing: &str, known: usize) -> Option<&str> {
    let parts = parts(writing);
    if parts.len() == known + 1 { parts.last().copied() } else { None }
}

/// What people take for characters.
pub fn characters(text: &str) -> usize {
    text.graphemes(true).count()
}

/// Where the addresses of a text are, in bytes: from `https://` to what does not belong to it, as a full stop or a bracket after it does not.
/// Chinese, Japanese and Korean put no blank behind an address: whatever of theirs follows it is text, as in an address it is encoded.
pub fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| next_link(rest).map(|at| from + at)) {
        let rest = text.get(at..).unwrap_or_default();
        let word = balanced(rest.split(ends_link).next().unwrap_or_default());
        let link = without_end(word);
        if link.split_once("://").is_some_and(|(_, host)| !host.is_empty()) {
            found.push(at..at + link.len());
        }
        from = at + word.len().max(1);
    }
    found
}

fn next_link(text: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().filter_map(|scheme| text.find(scheme)).min()
}

/// Blanks, angle brackets, and letters and marks of Chinese, Japanese and Korean, also those of full width.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '<' | '>' | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}')
        || matches!(c, '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}')
        || matches!(c, '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// A word up to its first bracket that has no other.
fn balanced(word: &str) -> &str {
    let mut open = Vec::new();
    for (at, c) in word.char_indices() {
        match c {
            '(' => open.push(at),
            ')' if open.pop().is_none() => return word.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    open.first().and_then(|at| word.get(..*at)).unwrap_or(word)
}

fn without_end(word: &str) -> &str {
    word.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '…', '”', '’', '»'])
}

/// Where the hashtags of a text are, in bytes, with their `#`: a word of letters, digits and `_` that is no number, and no part of an address.
/// A letter has the marks that are written on it with it.
pub fn hashtags(text: &str) -> Vec<Range<usize>> {
    let links = links(text);
    let is_part = |grapheme: &str| grapheme.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let mut before = "";
    let mut found = Vec::new();
    for (at, grapheme) in text.grapheme_indices(true) {
        let begins = grapheme == "#" && !is_part(before) && before != "&" && before != "/";
        before = grapheme;
        if !begins || links.iter().any(|link| link.contains(&at)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let end = rest.grapheme_indices(true).find(|(_, grapheme)| !is_part(grapheme)).map_or(rest.len(), |(at, _)| at);
        let tag = rest.get(..end).unwrap_or_default();
        if !tag.is_empty() && !tag.chars().all(|c| c.is_ascii_digit()) {
            found.push(at..at + 1 + end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::content::kind::TaskType;

    fn piece(task_type: TaskType, html: &str, excerpt: &str) -> Piece {
        Piece {
            task_type,
            title: "A title".to_owned(),
            html: html.to_owned(),
            markdown: None,
            excerpt: excerpt.to_owned(),
            slug: "a-title".parse().unwrap(),
            tags: Vec::new(),
            categories: Vec::new(),
            image: None,
            language: "en".to_owned(),
            published_at: Timestamp::UNIX_EPOCH,
            written_at: Timestamp::UNIX_EPOCH,
            dated: None,
        }
    }

    #[test]
    fn a_thread_is_its_posts_and_an_article_is_one_that_leads_to_it() {
        let thread = piece(TaskType::SocialMedia, "<ol><li>One.</li><li>Two. #go</li></ol>", "An excerpt.");
        assert_eq!(posts(&thread, Some("https://example.com/a"), |_| true), ["One.", "Two. #go"]);
        assert_eq!(posts(&piece(TaskType::SocialMedia, "<p>None.</p>", ""), None, |_| true), Vec::<String>::new());
        let article = piece(TaskType::BlogPost, "<p>Text.</p>", "Why it is so.");
        let address = Some("https://example.com/a");
        assert_eq!(posts(&article, address, |_| true), ["A title\n\nWhy it is so.\n\nhttps://example.com/a"]);
        assert_eq!(posts(&article, None, |_| true), ["A title\n\nWhy it is so."]);
        let fits = |post: &str| characters(post) <= 41;
        assert_eq!(posts(&article, address, fits), ["A title\n\nWhy it…\n\nhttps://example.com/a"]);
        assert_eq!(posts(&article, address, |_| false), ["A title\n\nhttps://example.com/a"], "whatever is left");
        let short = |post: &str| characters(post) <= 28;
        assert_eq!(posts(&article, address, short), ["A ti…\n\nhttps://example.com/a"], "of the title what fits");
        let article = Piece { title: "nai\u{308}ve".to_owned(), ..article };
        let shorter = |post: &str| characters(post) <= 27;
        assert_eq!(posts(&article, address, shorter), ["nai\u{308}…\n\nhttps://example.com/a"], "at a character");
    }

    #[test]
    fn each_write_leads_to_what_is_wanted_and_is_told_before() {
        let of = |posts: &str| fingerprint(posts.split_whitespace());
        for (there, wanted, steps) in [
            ("", "a b c", vec![Step::Add(0), Step::Add(1), Step::Add(2)]),
            ("a", "a b", vec![Step::Add(1)]),
            ("a b c", "a x", vec![Step::Edit(1), Step::Drop]),
            ("a b", "x b c", vec![Step::Edit(0), Step::Add(2)]),
            ("a b", "a b", vec![]),
        ] {
            let (mut at, wanted) = (of(there), of(wanted));
            let mut made = Vec::new();
            while let Some(step) = step(&at, &wanted) {
                made.push(step);
                at = after(&at, &wanted);
            }
            assert_eq!((made, at), (steps, wanted.clone()), "{there}");
        }
        assert_eq!(after("0f0f", "abcd"), "abcd", "what is no thread is written at once");
        assert_eq!((added(&of("a b"), 1), added(&of("a b"), 2)), (Some(&*of("b")), None));
    }

    #[test]
    fn addresses_and_hashtags_are_found_where_they_are_in_bytes() {
        let text = "Größe (https://example.com/a_(b)?x=1&y=2) #größe, http://b.example. https:// a#b #1 &#39; https://c.example/#d #ende";
        let said = |ranges: Vec<Range<usize>>| ranges.into_iter().map(|range| &text[range]).collect::<Vec<_>>();
        assert_eq!(
            said(links(text)),
            ["https://example.com/a_(b)?x=1&y=2", "http://b.example", "https://c.example/#d"]
        );
        assert_eq!(said(hashtags(text)), ["#größe", "#ende"]);
        assert_eq!(characters("a👩‍👩‍👧ü"), 3);
    }

    #[test]
    fn an_address_ends_where_another_script_or_a_bracket_goes_on() {
        for (text, link) in [
            ("文書 (https://example.com/a)を読む。", "https://example.com/a"),
            ("https://example.com/aを読む", "https://example.com/a"),
            ("「https://example.com/a」と", "https://example.com/a"),
            ("（https://example.com/a）。", "https://example.com/a"),
            ("见https://example.com/a。再见", "https://example.com/a"),
            ("https://example.com/a를 보세요", "https://example.com/a"),
            ("(https://example.com/a)b", "https://example.com/a"),
            ("see (https://example.com/a_(b)), then", "https://example.com/a_(b)"),
            ("https://example.com/a(b", "https://example.com/a"),
            ("<https://example.com/ü>", "https://example.com/ü"),
        ] {
            assert_eq!(links(text).into_iter().map(|range| &text[range]).collect::<Vec<_>>(), [link], "{text}");
        }
        let text = "https://example.com/aとhttps://example.com/b";
        assert_eq!(links(text).len(), 2);
    }

    #[test]
    fn a_hashtag_has_the_marks_of_its_letters() {
        let text = "#हिन्दी, #cafe\u{301}! e\u{301}#no #\u{fe0f}\u{20e3} #日本語 #1";
        let tags: Vec<&str> = hashtags(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(tags, ["#हिन्दी", "#cafe\u{301}", "#日本語"]);
    }
}
