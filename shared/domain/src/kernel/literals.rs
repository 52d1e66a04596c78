//! JSON text in pieces, before it is read: what stands between its strings, and which of its numbers no double holds.
//! A reader that makes 0 of `1e-400`, or refuses all of a text for `1e400`, leaves nobody to say so.

use std::iter;

use serde::de::IgnoredAny;

/// A part of a JSON text, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// With its quotes; without the last one where the text breaks off.
    Quoted(&'a str),
    /// A number, `true`, `null`, or a word that JSON does not know.
    Literal(&'a str),
    /// Brackets, commas, blanks.
    Between(&'a str),
}

/// All pieces of `text`, in their order. Together they are `text`.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    iter::from_fn(move || {
        let first = rest.bytes().next()?;
        let length = match first {
            b'"' => quoted(rest),
            first if is_literal(first) => rest.bytes().take_while(|byte| is_literal(*byte)).count(),
            _ => rest.bytes().take_while(|byte| *byte != b'"' && !is_literal(*byte)).count(),
        };
        let (piece, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some(match first {
            b'"' => Piece::Quoted(piece),
            first if is_literal(first) => Piece::Literal(piece),
            _ => Piece::Between(piece),
        })
    })
}

/// The numbers of `text` that would become others.
pub fn out_of_range(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Literal(literal) if is_out_of_range(literal) => Some(literal),
        _ => None,
    })
}

/// Whether a literal is a number that a double holds as nothing or not at all, though it is neither.
pub fn is_out_of_range(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit());
    let Some(value) = is_number.then(|| literal.parse::<f64>().ok()).flatten() else { return false };
    value.is_infinite() || (value == 0.0 && mantissa.contains(|c: char| matches!(c, '1'..='9')))
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

/// How long the string is that `text` begins with.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `text` as JSON takes it, for a reader to whom one odd number is no reason to lose the rest: what JSON does not know, or no
/// double holds, is `null`, and a string keeps what can be read of it.
pub fn mended(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Literal(literal) if is_known(literal) => whole.push_str(literal),
            Piece::Literal(_) => whole.push_str("null"),
            Piece::Quoted(part) => push_quoted(&mut whole, part),
            Piece::Between(part) => whole.push_str(part),
        }
    }
    whole
}

fn is_known(literal: &str) -> bool {
    !is_out_of_range(literal) && serde_json::from_str::<IgnoredAny>(literal).is_ok()
}

/// A string without what JSON does not let into one.
fn push_quoted(whole: &mut String, part: &str) {
    let mut rest = part;
    while let Some(next) = rest.chars().next() {
        let (kept, behind) = match next {
            '\\' => escape(rest),
            next if next.is_control() => (format!("\\u{:04x}", u32::from(next)), next.len_utf8()),
            next => (next.to_string(), next.len_utf8()),
        };
        whole.push_str(&kept);
        rest = rest.get(behind..).unwrap_or_default();
    }
}

/// The escape that `text` begins with, as it may stand, and how long it was.
fn escape(text: &str) -> (String, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    };
    let as_written = |length: usize| (text.get(..length).unwrap_or_default().to_owned(), length);
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => as_written(12),
        // Half of a character is none.
        (Some(0xD800..=0xDFFF), _) => ("\u{fffd}".to_owned(), 6),
        (Some(_), _) => as_written(6),
        (None, _) if text.chars().nth(1).is_some_and(|c| "\"\\/bfnrt".contains(c)) => as_written(2),
        (None, _) => ("\\\\".to_owned(), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_within_strings_are_no_literals() {
        let text = r#"{"a \" NaN": [1e400,NaN, true], "é": "-1"}"#;
        let literals: Vec<_> = pieces(text).filter(|piece| matches!(piece, Piece::Literal(_))).collect();
        assert_eq!(literals, [Piece::Literal("1e400"), Piece::Literal("NaN"), Piece::Literal("true")]);
        for text in [text, "", "\"broken \\", "{\"a\": 1", "é\u{fffd}<x>"] {
            let whole: String = pieces(text)
                .map(|piece| match piece {
                    Piece::Quoted(part) | Piece::Literal(part) | Piece::Between(part) => part,
                })
                .collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn a_number_that_becomes_nothing_or_endless_is_out_of_range() {
        for literal in ["1e400", "-1e400", "1e-400", "0.1E-999", "-5e-500"] {
            assert!(is_out_of_range(literal), "{literal}");
        }
        for literal in
            ["0", "0.0", "-0", "0e-400", "0.000e9", "1e300", "1e-300", "12", "NaN", "Infinity", "true", "x1e400"]
        {
            assert!(!is_out_of_range(literal), "{literal}");
        }
    }
}
