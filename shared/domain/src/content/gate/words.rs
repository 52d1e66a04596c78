//! Words and sentences, as the detectors compare them.

use std::{collections::HashSet, sync::LazyLock};

/// Words that hold sentences together and say nothing of a subject.
const COMMON: &str = "a about after again all also although always am an and another any are around as at away back be became because \
    been before being below between both but by came can come could did do does doing done down during each either else enough \
    even ever every few first for from full get gets give given go goes going gone good got had has have having he her here hers \
    him himself his how however i if in instead into is it its itself just keep kept know known last least less let like little \
    long look made make makes making many may me might mine more most much must my myself near need needs never new next no nor \
    not nothing now of off often on once one only onto or other others our ours out over own part per perhaps put quite rather \
    really right said same saw say says see seem seen set several shall she should show since so some someone something still \
    such sure take taken than that the their theirs them themselves then there these they thing things this those though three \
    through thus to together too took toward two under until up upon us use used uses using usually very was way ways we well \
    went were what when where whether which while who whole whom whose why will with within without would yes yet you your \
    yours yourself";

static COMMON_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.split(' ').collect());

pub(super) fn is_common(word: &str) -> bool {
    COMMON_WORDS.contains(word)
}

/// The words of a text, in lower case: runs of letters and digits, with the apostrophes and hyphens inside them.
pub(super) fn words(text: &str) -> Vec<String> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-');
    text.split(|c: char| !inner(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
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
        } else if matches!(c, '。' | '！' | '？') {
            sentences.push(text.get(from..at + c.len_utf8()).unwrap_or_default());
            from = at + c.len_utf8();
        } else if !matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '»') {
            ended = false;
        }
    }
    sentences.push(text.get(from..).unwrap_or_default());
    sentences.into_iter().map(str::trim).filter(|sentence| !words(sentence).is_empty()).collect()
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
