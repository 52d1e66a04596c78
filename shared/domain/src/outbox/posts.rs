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
/// cut between words until the post `fits`. Empty: the thread has none.
pub fn posts(piece: &Piece, address: Option<&str>, fits: impl Fn(&str) -> bool) -> Vec<String> {
    if let Some(Parts::Thread { posts }) = Parts::of(piece.task_type, &piece.title, &piece.html) {
        return posts;
    }
    let said = |excerpt: &str| {
        let lines = [Some(piece.title.trim()), Some(excerpt), address].into_iter().flatten();
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let excerpt = piece.excerpt.trim();
    let whole = said(excerpt);
    if fits(&whole) {
        return vec![whole];
    }
    let words = excerpt.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at);
    let cuts = words.collect::<Vec<_>>().into_iter().rev().filter_map(|at| excerpt.get(..at));
    let cut = cuts.map(|start| said(&format!("{}…", start.trim_end()))).find(|post| fits(post));
    vec![cut.unwrap_or_else(|| said(""))]
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
pub fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| next_link(rest).map(|at| from + at)) {
        let rest = text.get(at..).unwrap_or_default();
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
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

fn without_end(word: &str) -> &str {
    let mut link = word;
    loop {
        let shorter = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '…', '”', '’', '»', '>']);
        let opens = shorter.matches('(').count();
        let shorter = match shorter.strip_suffix(')') {
            Some(inner) if shorter.matches(')').count() > opens => inner,
            _ => shorter,
        };
        if shorter == link {
            return link;
        }
        link = shorter;
    }
}

/// Where the hashtags of a text are, in bytes, with their `#`: a word of letters, digits and `_` that is no number, and no part of an address.
pub fn hashtags(text: &str) -> Vec<Range<usize>> {
    let links = links(text);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut before = None;
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        let begins = c == '#' && before.is_none_or(|before: char| !is_part(before) && before != '&' && before != '/');
        before = Some(c);
        if !begins || links.iter().any(|link| link.contains(&at)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
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
}
