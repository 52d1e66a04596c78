//! Words and sentences, as the detectors compare them.

use crate::content::{stop_words, words::stands_alone};

/// A word of English that says nothing of a subject.
pub(super) fn is_common(word: &str) -> bool {
    stop_words::has("en", word)
}

/// The words of a text, in lower case: runs of letters and digits, with the apostrophes and hyphens inside them; where there are no
/// spaces, each character.
pub(super) fn words(text: &str) -> Vec<String> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-');
    text.split(|c: char| !inner(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .flat_map(|run| run.split_inclusive(stands_alone))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The sentences of a block. An abbreviation may end one early, which harms no count that is made here.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let (mut from, mut ended) = (0, false);
    for (at, c) in text.char_indices() {
        if ended && c.is_whitespace() {
            sentences.push(text.get(from..at).unwrap_or_default());
            from = at;
            ended = false;
        } else if matches!(c, '.' | '!' | '?' | '…') {
            ended = true;
        } else if matches!(c, '。' | '！' | '？' | '؟') {
            sentences.push(text.get(from..at + c.len_utf8()).unwrap_or_default());
            from = at + c.len_utf8();
        } else if !matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '»') {
            ended = false;
        }
    }
    sentences.push(text.get(from..).unwrap_or_default());
    sentences.into_iter().map(str::trim).filter(|sentence| sentence.contains(char::is_alphanumeric)).collect()
}

/// A word without the ending that tells its forms apart; rough, for words are only compared by it.
pub(super) fn stem(word: &str) -> &str {
    const ENDINGS: [&str; 24] = [
        "izations", "ization", "ational", "ations", "ation", "ingly", "ments", "ment", "ness", "ities", "ity", "ings",
        "ing", "edly", "ied", "ies", "ed", "ers", "er", "es", "ly", "al", "s", "e",
    ];
    let ending =
        ENDINGS.iter().find(|ending| word.strip_suffix(**ending).is_some_and(|stem| stem.chars().count() >= 4));
    ending.and_then(|ending| word.strip_suffix(*ending)).unwrap_or(word)
}

/// Whether two stems are forms of one word.
pub(super) fn akin(one: &str, other: &str) -> bool {
    let (one_len, other_len) = (one.chars().count(), other.chars().count());
    let shorter = one_len.min(other_len);
    let common = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    one == other || (shorter >= 5 && common >= 5.max(shorter - 1))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words in 200 KiB are far below 2^52")]
pub(super) const fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_pauses() {
        assert_eq!(sentences("One. Two! “Three?” four 3.5 five"), ["One.", "Two!", "“Three?”", "four 3.5 five"]);
        assert_eq!(sentences("一句。两句！"), ["一句。", "两句！"]);
        assert_eq!(words("使用 Redis 缓存"), ["使", "用", "redis", "缓", "存"]);
    }

    #[test]
    fn forms_of_a_word_are_akin_and_words_that_begin_alike_are_not() {
        for (one, other) in [("procurement", "procuring"), ("designs", "designed"), ("policies", "policy")] {
            assert!(akin(stem(one), stem(other)), "{one} {other}");
        }
        for (one, other) in [("cart", "carton"), ("trans", "transparent"), ("form", "format")] {
            assert!(!akin(stem(one), stem(other)), "{one} {other}");
        }
    }
}
