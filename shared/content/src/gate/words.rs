//! Words and sentences, as the detectors compare them.

pub(super) use crate::stems::stem;
use crate::{stop_words, words::stands_alone};

/// A word of English that says nothing of a subject.
pub(super) fn is_common(word: &str) -> bool {
    stop_words::has("en", word)
}

/// The words of a text, in lower case: runs of letters and digits, with the apostrophes and hyphens inside them; where there are no
/// spaces, each character.
pub(super) fn words(text: &str) -> Vec<String> {
    runs(text).map(str::to_lowercase).collect()
}

/// The same as they stand in the text.
pub(super) fn runs(text: &str) -> impl Iterator<Item = &str> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-');
    text.split(move |c: char| !inner(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .flat_map(|run| run.split_inclusive(stands_alone))
        .filter(|word| !word.is_empty())
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

/// In small letters, with one kind of apostrophe.
pub(super) fn lower(sentence: &str) -> String {
    sentence.to_lowercase().replace('’', "'")
}

/// Whether a sentence in small letters begins with one of `list`, whatever marks stand before it.
pub(super) fn begins(sentence: &str, list: &[&str]) -> bool {
    let sentence = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    list.iter().any(|begin| sentence.starts_with(begin))
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
}
