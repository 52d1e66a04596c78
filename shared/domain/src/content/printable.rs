//! What a line of text may be made of. Whoever reads a title, a tag or an excerpt sees all of it, in the order in which it is
//! stored.

/// Where a flag of a part of a country begins (UTS 51, ED-14a): a black flag, tags that spell the part, and the tag that ends
/// them. `U+1F3F4 gbeng` is the flag of England.
const FLAG: char = '\u{1f3f4}';
const LAST_TAG: char = '\u{e007f}';
const TAGS: std::ops::RangeInclusive<char> = '\u{e0000}'..=LAST_TAG;
/// A country's two letters and the part's one to four (UTS 51, annex C).
const SPELLED: std::ops::RangeInclusive<usize> = 3..=6;

/// Whether `text` is one line on which nothing is hidden.
pub fn is_printable(text: &str) -> bool {
    next_hidden(text, |_| false).is_none()
}

/// As `is_printable`, where lines may end.
pub fn is_prose(text: &str) -> bool {
    next_hidden(text, ends_a_line).is_none()
}

/// `text` without what is hidden in it, on one line.
pub fn stripped(text: &str) -> String {
    without_hidden(text, |_| false)
}

/// As `stripped`, where lines may end.
pub fn stripped_prose(text: &str) -> String {
    without_hidden(text, ends_a_line)
}

const fn ends_a_line(c: char) -> bool {
    matches!(c, '\n' | '\t' | '\r')
}

fn without_hidden(text: &str, allows: impl Fn(char) -> bool + Copy) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = next_hidden(rest, allows) {
        let (seen, hidden) = rest.split_at(at);
        out.push_str(seen);
        rest = hidden.strip_prefix(|_: char| true).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Where the first character stands that is not to be there.
fn next_hidden(text: &str, allows: impl Fn(char) -> bool) -> Option<usize> {
    let mut flag_ends = 0;
    for (at, c) in text.char_indices() {
        if c == FLAG {
            flag_ends = at + c.len_utf8() + tags_of_a_flag(text.get(at + c.len_utf8()..).unwrap_or_default());
        }
        if at >= flag_ends && is_hidden(c) && !allows(c) {
            return Some(at);
        }
    }
    None
}

/// So many bytes of tags after a black flag spell a part of a country. None, where they spell nothing.
fn tags_of_a_flag(text: &str) -> usize {
    let spelled =
        text.chars().take_while(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')).count();
    let ends = text.chars().nth(spelled) == Some(LAST_TAG);
    if ends && SPELLED.contains(&spelled) { (spelled + 1) * LAST_TAG.len_utf8() } else { 0 }
}

/// Control characters, and what reorders, breaks or hides the text around it. The joiners, and the marks that say which way
/// a neighbour reads, hide nothing: Persian words, emoji and Hebrew beside digits need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || TAGS.contains(&c)
        || matches!(
            c,
            '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLAND: &str = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";

    #[test]
    fn what_hides_or_reorders_text_is_not_printable() {
        for hidden in [
            "a\u{202e}b",
            "a\u{2066}b\u{2069}",
            "a\u{200b}b",
            "\u{feff}a",
            "a\u{2060}b",
            "a\u{2028}b",
            "a\tb",
            "a\nb",
            "a\0b",
            "tag \u{e0068}\u{e0069}",
            "a flag that says more \u{1f3f4}\u{e0069}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}\u{e0061}\u{e007f}",
            "a flag without an end \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}",
            "a flag and a second end \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\u{e007f}",
        ] {
            assert!(!is_printable(hidden), "{hidden:?}");
            assert!(is_printable(&stripped(hidden)), "{hidden:?}");
        }
        assert_eq!(stripped("safe\u{202e}gpj.exe\u{e0041}"), "safegpj.exe");
        assert!(!is_prose("line\u{202e}\n") && is_prose("line\n\tand line\r\n"));
    }

    #[test]
    fn what_people_write_in_any_language_is_printable() {
        for text in [
            ENGLAND,
            "The flag \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} of Scotland",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200f} (2)",
            "a\u{200e}b\u{61c}c",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{fe0f}",
            "\u{1f3f4}\u{200d}\u{2620}\u{fe0f} a pirate's flag, and a plain \u{1f3f4}",
            "日本語の記事",
        ] {
            assert!(is_printable(text), "{text:?}");
            assert_eq!(stripped(text), text);
        }
    }
}
