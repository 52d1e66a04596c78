//! Any script in the letters of ASCII, for paths and anchors.

use deunicode::deunicode_char;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::language::Language;

/// What becomes of Han, which Chinese and Japanese read otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Han {
    AsChinese,
    LeftOut,
}

/// `text` in a-z, 0-9 and -, at most `max` bytes of it; nothing where nothing of it is left.
pub(super) fn spelt(text: &str, language: Option<&Language>, han: Han, max: usize) -> String {
    let language = language.map_or("", Language::primary);
    let mut out = String::new();
    for c in text.nfkc() {
        if out.len() > max {
            break;
        }
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            '\'' | '’' | 'ʼ' => {}
            c if is_han(c) && han == Han::LeftOut => part(&mut out),
            c if c.is_alphanumeric() || is_combining_mark(c) => {
                for letter in by_language(c, language).or_else(|| deunicode_char(c)).unwrap_or_default().chars() {
                    match letter.to_ascii_lowercase() {
                        letter if letter.is_ascii_alphanumeric() => out.push(letter),
                        '\'' | '`' => {}
                        _ => part(&mut out),
                    }
                }
            }
            _ => part(&mut out),
        }
    }
    out.truncate(max);
    out.trim_matches('-').to_owned()
}

fn part(out: &mut String) {
    if !out.is_empty() && !out.ends_with('-') {
        out.push('-');
    }
}

/// Letters that a language spells in its own way where it has ASCII alone.
fn by_language(c: char, language: &str) -> Option<&'static str> {
    Some(match (language, c) {
        ("de", 'ä' | 'Ä') => "ae",
        ("de", 'ö' | 'Ö') | ("da" | "nb" | "nn" | "no", 'ø' | 'Ø') => "oe",
        ("de", 'ü' | 'Ü') => "ue",
        ("da" | "nb" | "nn" | "no", 'å' | 'Å') => "aa",
        _ => return None,
    })
}

const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
