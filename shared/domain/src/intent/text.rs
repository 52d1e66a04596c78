//! A sentence, cut into words, quotations and the marks between them.
//! Invariant: what is cut knows where it was, so that the writer's own words can be told again as they were written.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// Within quotation marks, without them.
    Quoted,
    /// A comma, or a dash that stands alone.
    Comma,
    Colon,
    /// The end of a sentence.
    Stop,
}

#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// In lower case.
    pub(super) lower: String,
    start: usize,
    end: usize,
}

const OPENING: &str = "\"“„«";
const CLOSING: &str = "\"”“»";
const MARKS: &str = ",.;!?:…";

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if let Some((inner, length)) = quoted(rest) {
            found.push(token(Kind::Quoted, inner.trim(), at, at + length));
            at += length;
        } else {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            word(rest.get(..length).unwrap_or_default(), at, &mut found);
            at += length;
        }
    }
    found
}

/// What is quoted at the beginning of `rest`, and how long it is with its marks.
fn quoted(rest: &str) -> Option<(&str, usize)> {
    let opens = rest.chars().next().filter(|first| OPENING.contains(*first))?;
    let inner = rest.get(opens.len_utf8()..)?;
    let (end, closes) = inner.char_indices().find(|(_, one)| CLOSING.contains(*one))?;
    Some((inner.get(..end)?, opens.len_utf8() + end + closes.len_utf8()))
}

/// A word with the marks behind it.
fn word<'a>(raw: &'a str, at: usize, found: &mut Vec<Token<'a>>) {
    let bare = raw.trim_end_matches(|one| MARKS.contains(one));
    match bare {
        "" => {}
        "-" | "–" | "—" => found.push(token(Kind::Comma, bare, at, at + bare.len())),
        _ => found.push(token(Kind::Word, bare, at, at + bare.len())),
    }
    let Some(last) = raw.get(bare.len()..).and_then(|marks| marks.chars().next()) else { return };
    let kind = match last {
        ',' => Kind::Comma,
        ':' => Kind::Colon,
        _ => Kind::Stop,
    };
    found.push(token(kind, raw.get(bare.len()..).unwrap_or_default(), at + bare.len(), at + raw.len()));
}

fn token(kind: Kind, text: &str, start: usize, end: usize) -> Token<'_> {
    let lower = text.trim_matches(|one| "()[]".contains(one)).replace('’', "'").to_lowercase();
    Token { kind, text, lower, start, end }
}

/// The word in lower case; empty where there is none, or a mark.
pub(super) fn lower<'t>(rest: &'t [Token<'_>], nth: usize) -> &'t str {
    rest.get(nth).filter(|token| token.kind == Kind::Word).map_or("", |token| &token.lower)
}

/// Whether the words in lower case begin the rest.
pub(super) fn begins(rest: &[Token<'_>], words: &[&str]) -> bool {
    words.iter().enumerate().all(|(nth, word)| lower(rest, nth) == *word)
}

/// The writer's own words from the first to the last token.
pub(super) fn between<'a>(text: &'a str, tokens: &[Token<'_>]) -> &'a str {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return "" };
    text.get(first.start..last.end).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::{
        Kind::{Colon, Comma, Quoted, Stop, Word},
        *,
    };

    #[test]
    fn words_quotations_and_marks_are_told_apart_and_told_again_as_they_were() {
        let text = "Three posts, about “Bread, butter” – until 2027-03-01. Node.js: don’t (yet)!?";
        let found = tokens(text);
        let told: Vec<(Kind, &str)> = found.iter().map(|token| (token.kind, token.text)).collect();
        assert_eq!(
            told,
            [
                (Word, "Three"),
                (Word, "posts"),
                (Comma, ","),
                (Word, "about"),
                (Quoted, "Bread, butter"),
                (Comma, "–"),
                (Word, "until"),
                (Word, "2027-03-01"),
                (Stop, "."),
                (Word, "Node.js"),
                (Colon, ":"),
                (Word, "don’t"),
                (Word, "(yet)"),
                (Stop, "!?"),
            ]
        );
        assert_eq!((found[11].lower.as_str(), found[12].lower.as_str()), ("don't", "yet"));
        assert_eq!(between(text, &found[3..6]), "about “Bread, butter” –");
    }

    #[test]
    fn any_text_is_cut_without_a_fault() {
        for text in ["", " ", "\"", "“open", "...", ",", "🜍, ß”", "a\u{300}b \"\""] {
            let found = tokens(text);
            assert!(found.iter().all(|token| token.end <= text.len()), "{text:?}");
        }
    }
}
