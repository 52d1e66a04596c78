//! Checks that a text has no hidden characters: a reader of a title, a tag or an excerpt sees all of it, in the order that is
//! stored.

use icu_properties::{
    CodePointSetData, CodePointSetDataBorrowed,
    props::{DefaultIgnorableCodePoint, Emoji, Ideographic},
};

/// Characters that are invisible when a font does not support them (Unicode, section 5.21).
static IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
static IDEOGRAPHS: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Ideographic>();
static EMOJI: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Emoji>();

/// First character of a subdivision flag (UTS 51, ED-14a): a black flag, tags that spell the subdivision, and a terminating
/// tag. `U+1F3F4 gbeng` is the flag of England.
const FLAG: char = '\u{1f3f4}';
/// The subdivisions with a flag that is recommended for general interchange (UTS 51, annex C).
const PARTS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];
const LAST_TAG: char = '\u{e007f}';
/// The offset of a tag character from the ASCII character that it represents.
const TAGS: u32 = 0xe0000;
/// The most joiners, marks and selectors in a row in real text, such as an emoji's selector, a joiner and a mark.
const MOST_TOGETHER: usize = 3;

/// Whether `text` is one line on which nothing is hidden.
pub fn is_printable(text: &str) -> bool {
    !hides(text, |_| false)
}

/// As `is_printable`, where lines may end.
pub fn is_prose(text: &str) -> bool {
    !hides(text, ends_a_line)
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

/// The number of visible characters in `text`, with the spaces between them.
pub fn seen_chars(text: &str) -> usize {
    let seen: String = text.chars().filter(|c| !is_blank(*c)).collect();
    seen.trim().chars().count()
}

/// Whether there is anything to be seen.
pub fn shows(text: &str) -> bool {
    text.chars().any(|c| !is_blank(c) && !c.is_whitespace() && !c.is_control())
}

fn without_hidden(text: &str, allows: impl Fn(char) -> bool) -> String {
    judged(text, allows).filter_map(|(c, is_shown)| is_shown.then_some(c)).collect()
}

fn hides(text: &str, allows: impl Fn(char) -> bool) -> bool {
    judged(text, allows).any(|(_, is_shown)| !is_shown)
}

/// Each character, with whether it may be there.
fn judged(text: &str, allows: impl Fn(char) -> bool) -> impl Iterator<Item = (char, bool)> {
    let (mut tags, mut together, mut before) = (0_usize, 0, None);
    text.char_indices().map(move |(at, c)| {
        let spells_a_flag = tags > 0;
        tags = if c == FLAG { tags_of_a_flag(text.get(at..).unwrap_or_default()) } else { tags.saturating_sub(1) };
        let is_one_too_many = joins(c) && together >= MOST_TOGETHER;
        let is_shown = spells_a_flag || allows(c) || !(is_hidden(c, before) || is_one_too_many);
        if is_shown {
            together = if joins(c) { together + 1 } else { 0 };
            before = Some(c);
        }
        (c, is_shown)
    })
}

/// The number of tags after the flag at the start of `text`, if they spell a known subdivision; otherwise 0.
fn tags_of_a_flag(text: &str) -> usize {
    let spells = |part: &&str| {
        let tags = part.chars().filter_map(|c| char::from_u32(TAGS + u32::from(c))).chain([LAST_TAG]);
        text.chars().skip(1).take(part.len() + 1).eq(tags)
    };
    PARTS.iter().find(|part| spells(part)).map_or(0, |part| part.len() + 1)
}

/// Joiners, direction marks and variation selectors are allowed:
/// Persian words, emoji and Hebrew beside digits need them.
const fn joins(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{61c}' | '\u{fe00}'..='\u{fe0f}')
}

/// Control characters, and characters that reorder, break or hide the text around them, or are blank.
fn is_hidden(c: char, before: Option<char>) -> bool {
    let follows = |fits: fn(char) -> bool| before.is_some_and(fits);
    match c {
        '\u{fe00}'..='\u{fe0f}' => !before.is_some_and(|before| has_look(before, c)),
        // Says where a line may end, in scripts that write no spaces.
        '\u{200b}' => !follows(writes_no_spaces),
        '\u{e0100}'..='\u{e01ef}' => !follows(|before| IDEOGRAPHS.contains(before)),
        '\u{180b}'..='\u{180f}' => !follows(|before| matches!(before, '\u{1820}'..='\u{18aa}')),
        // A space between words in Braille.
        '\u{2800}' => !follows(|before| matches!(before, '\u{2801}'..='\u{28ff}')),
        _ => !joins(c) && (c.is_control() || is_blank(c)),
    }
}

/// Whether `selector` chooses a look of `c` (Unicode's lists of standardized and of emoji variation sequences, by their ranges).
/// After a letter it would choose nothing, and could spell out a second text beneath the first.
fn has_look(c: char, selector: char) -> bool {
    let is_sign = !c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace() && !joins(c) && !is_blank(c);
    let is_hieroglyph = matches!(c, '\u{13000}'..='\u{1342f}');
    match selector {
        '\u{fe00}'..='\u{fe02}' => {
            // A nought with a stroke, Myanmar, Phags-pa, letters of mathematics.
            let is_letter =
                matches!(c, '0' | '\u{1000}'..='\u{109f}' | '\u{a840}'..='\u{a877}' | '\u{1d400}'..='\u{1d7ff}');
            is_sign || is_letter || is_hieroglyph || IDEOGRAPHS.contains(c)
        }
        '\u{fe03}'..='\u{fe06}' => is_hieroglyph,
        '\u{fe0e}' | '\u{fe0f}' => is_sign || EMOJI.contains(c),
        _ => false,
    }
}

/// Thai, Lao, Myanmar, Khmer and the Tai scripts.
const fn writes_no_spaces(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{edf}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}' | '\u{1950}'..='\u{19df}'
        | '\u{1a20}'..='\u{1aad}' | '\u{a9e0}'..='\u{a9fe}' | '\u{aa60}'..='\u{aadf}')
}

/// Whether nothing is seen of it, and no space either.
fn is_blank(c: char) -> bool {
    // Between what is in no set: ends of lines, a cell without dots, what annotates, a note without a head.
    !c.is_ascii()
        && (IGNORABLE.contains(c)
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{fff9}'..='\u{fffb}' | '\u{1d159}'))
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
            "blanks of Hangul \u{3164}\u{115f}\u{1160}\u{ffa0}",
            "\u{2800}\u{2800}",
            "graphemes\u{34f}",
            "soft\u{ad}hyphen",
            "a vowel of no Mongolian\u{180e}b",
            "a selector of no ideograph\u{e0100}",
            "many selectors \u{1f600}\u{fe01}\u{fe02}",
            "many joiners a\u{200d}\u{200c}\u{200d}\u{200c}b",
            "assigned to nothing \u{e0080}\u{e0fff}\u{fff0}\u{fff8}",
            "\u{17b4}\u{1bca0}\u{1d173}\u{1d159}",
            "no part of a country \u{1f3f4}\u{e0061}\u{e0062}\u{e0063}\u{e007f}",
            "a\u{fe0f}b",
            "c\u{fe01}d\u{fe0c}",
            "\u{431}\u{fe0e}",
            "many line ends \u{e44}\u{200b}\u{200b}",
            "a line end \u{e44}\u{200b}a\u{200b}",
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
            "\u{e20}\u{e32}\u{e29}\u{e32}\u{200b}\u{e44}\u{e17}\u{e22}",
            "\u{1797}\u{17b6}\u{179f}\u{17b6}\u{200b}\u{1781}\u{17d2}\u{1798}\u{17c2}\u{179a}",
            "done \u{2713}\u{fe0e} \u{2192}\u{fe0e} 0\u{fe00} \u{2229}\u{fe00} 葛\u{fe00}",
            "葛\u{e0100}城",
            "\u{1820}\u{180e}\u{1821}\u{180b}",
            "\u{2813}\u{2800}\u{2813}",
            "\u{915}\u{94d}\u{200d}\u{937} #\u{fe0f}\u{20e3} \u{2764}\u{fe0f}\u{200d}\u{1f525}",
        ] {
            assert!(is_printable(text), "{text:?}");
            assert_eq!(stripped(text), text);
        }
    }

    #[test]
    fn what_shows_nothing_is_no_text_and_counts_for_nothing() {
        for nothing in ["\u{200d}\u{200e}\u{fe0f}", " \u{200d}\u{a0}\u{200c} ", "\u{200b}\u{2060}\u{feff}", "\u{3164}"]
        {
            assert_eq!((shows(nothing), seen_chars(nothing)), (false, 0), "{nothing:?}");
        }
        assert_eq!(seen_chars(" a\u{200d} b\u{200d} "), 3);
        assert_eq!((shows(ENGLAND), seen_chars(ENGLAND)), (true, 1));
    }

    proptest::proptest! {
        #[test]
        fn what_is_left_hides_nothing(text in "[\u{200c}-\u{200f}\u{fe0e}\u{fe0f}\u{e0061}-\u{e007f}\u{1f3f4}\u{180e}\u{1820}\u{2800}\u{2801}\u{200b}ab葛\u{e0100}]{0,12}") {
            let left = stripped(&text);
            proptest::prop_assert!(is_printable(&left), "{:?} -> {:?}", text, left);
            proptest::prop_assert_eq!(is_printable(&text), left == text);
        }
    }
}
